#include "nginx.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

namespace outage {

namespace {

// A TCP socket that closes itself.
class tcp_socket {
public:
  tcp_socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

  ~tcp_socket() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  tcp_socket(const tcp_socket&) = delete;
  tcp_socket& operator=(const tcp_socket&) = delete;

  bool binds(uint16_t port) const {
    return with_address(port, ::bind);
  }

  bool connects(uint16_t port) const {
    return with_address(port, ::connect);
  }

private:
  template <class F>
  bool with_address(uint16_t port, F f) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return f(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }

  int fd_;
};

// Below the range from which the kernel picks: there, a client of a dead nginx
// could get nginx's port as its own and then be connected to itself.
uint16_t free_port() {
  std::random_device source;
  std::uniform_int_distribution<int> pick{10'000, 30'000};
  for (int i = 0; i < 1'000; ++i) {
    auto port = static_cast<uint16_t>(pick(source));
    if (tcp_socket{}.binds(port))
      return port;
  }
  throw std::runtime_error("found no free port on 127.0.0.1");
}

constexpr const char* configuration = R"(# written by the example
daemon off;
# One process: what is done to it is done to all of nginx.
master_process off;
pid nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path tmp/body;
  proxy_temp_path tmp/proxy;
  fastcgi_temp_path tmp/fastcgi;
  uwsgi_temp_path tmp/uwsgi;
  scgi_temp_path tmp/scgi;
  default_type text/plain;
  server { listen 127.0.0.1:PORT; root html; index page.txt; }
}
)";

// What the child of a fork may still do: it turns into nginx or ends.
[[noreturn]] void become(pid_t parent, int log, char* const argv[]) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(1); // it died before the line above
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0u, 0);
  ::execv(argv[0], argv);
  ::_exit(127);
}

} // namespace

nginx::nginx(std::filesystem::path binary, std::filesystem::path prefix)
  : binary_(std::move(binary)), prefix_(std::filesystem::absolute(prefix)),
    port_(free_port()) {
  if (::access(binary_.c_str(), X_OK) != 0)
    throw std::runtime_error(binary_.string() + " is no program");
  write_files();
}

nginx::~nginx() {
  kill();
}

void nginx::start() {
  kill();
  auto log_file = prefix_ / "stderr.log";
  auto log =
    ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log < 0)
    throw std::runtime_error("cannot write " + log_file.string());
  // Nothing is allocated between fork and exec: there are other threads.
  std::string args[] = {binary_.string(),
                        "-e",
                        "stderr",
                        "-p",
                        prefix_.string(),
                        "-c",
                        (prefix_ / "nginx.conf").string()};
  char* argv[std::size(args) + 1] = {};
  for (size_t i = 0; i < std::size(args); ++i)
    argv[i] = args[i].data();
  auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become(parent, log, argv);
  ::close(log);
  if (pid_ < 0) {
    pid_ = 0;
    throw std::runtime_error("cannot start a process");
  }
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (running() && std::chrono::steady_clock::now() < until) {
    if (tcp_socket{}.connects(port_))
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  throw std::runtime_error("nginx does not start: " + this->log());
}

void nginx::hang() {
  if (pid_ > 0)
    ::kill(pid_, SIGSTOP);
}

void nginx::kill() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::string nginx::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/";
}

void nginx::write_files() const {
  std::string text = configuration;
  text.replace(text.find("PORT"), 4, std::to_string(port_));
  std::filesystem::create_directories(prefix_ / "html");
  std::filesystem::create_directories(prefix_ / "tmp");
  std::ofstream conf{prefix_ / "nginx.conf"};
  conf << text;
  std::ofstream page{prefix_ / "html" / "page.txt"};
  for (int line = 1; line <= 100; ++line)
    page << "line " << line << " of a page worth asking for\n";
  if (!conf.flush() || !page.flush())
    throw std::runtime_error("cannot write into " + prefix_.string());
}

bool nginx::running() {
  if (pid_ <= 0 || ::waitpid(pid_, nullptr, WNOHANG) == 0)
    return pid_ > 0;
  pid_ = 0;
  return false;
}

std::string nginx::log() const {
  std::ifstream in{prefix_ / "stderr.log"};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace outage
