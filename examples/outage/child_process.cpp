#include "child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <thread>

namespace outage {

namespace {

// What the child of a fork may still do: it turns into this program or ends.
[[noreturn]] void become(pid_t parent, int out, char* const argv[]) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(1); // it died before the line above
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0u, 0);
  ::execv("/proc/self/exe", argv);
  ::_exit(127);
}

} // namespace

child_process::child_process(const std::vector<std::string>& args) {
  // Nothing is allocated between fork and exec: there are other threads.
  auto words = args;
  words.insert(words.begin(), "outage");
  std::vector<char*> argv;
  for (auto& x : words)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error("cannot make a pipe");
  auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become(parent, ends[1], argv.data());
  ::close(ends[1]);
  out_ = ends[0];
  if (pid_ < 0) {
    ::close(out_);
    throw std::runtime_error("cannot start a process");
  }
}

child_process::~child_process() {
  terminate();
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds{3};
  while (running() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  kill();
  ::close(out_);
}

std::vector<std::string> child_process::lines(std::chrono::milliseconds wait) {
  pollfd what{out_, POLLIN, 0};
  if (::poll(&what, 1, static_cast<int>(wait.count())) > 0) {
    char buffer[4096];
    auto n = ::read(out_, buffer, sizeof(buffer));
    if (n > 0)
      rest_.append(buffer, static_cast<size_t>(n));
    else if (n == 0) // it is closed: that is no reason to spin
      std::this_thread::sleep_for(wait);
  }
  std::vector<std::string> result;
  for (auto at = rest_.find('\n'); at != rest_.npos; at = rest_.find('\n')) {
    result.push_back(rest_.substr(0, at));
    rest_.erase(0, at + 1);
  }
  return result;
}

void child_process::kill() {
  if (gone_)
    return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  note_end(status);
}

void child_process::terminate() {
  if (!gone_)
    ::kill(pid_, SIGTERM);
}

bool child_process::running() {
  int status = 0;
  if (!gone_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
    note_end(status);
  return !gone_;
}

void child_process::note_end(int status) {
  gone_ = true;
  if (WIFEXITED(status))
    exit_code_ = WEXITSTATUS(status);
}

} // namespace outage
