#include "resilience/probes/tcp_probe.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace resilience {

namespace {

class file_descriptor {
public:
  explicit file_descriptor(int fd) noexcept : fd_(fd) {}

  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;

  ~file_descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// A code of getaddrinfo; 0 for none.
std::pair<addresses, int> look_up(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  auto code =
    ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  return {addresses{code == 0 ? found : nullptr, &::freeaddrinfo}, code};
}

// Until the socket is connected, or `until`; an errno, 0 for success.
int wait_connected(int fd, time_point until) {
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      saturating_sub(until, clock::now()));
    if (left.count() <= 0)
      return ETIMEDOUT;
    pollfd what{fd, POLLOUT, 0};
    constexpr std::chrono::milliseconds::rep hour = 3'600'000;
    auto ready =
      ::poll(&what, 1, static_cast<int>(std::min(left.count(), hour)));
    if (ready < 0 && errno != EINTR)
      return errno;
    if (ready <= 0)
      continue;
    int error = 0;
    socklen_t size = sizeof(error);
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
      return errno;
    return error;
  }
}

// An errno, 0 for success.
int try_connect(const addrinfo& to, time_point until) {
  file_descriptor fd{::socket(to.ai_family,
                              to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                              to.ai_protocol)};
  if (fd.get() < 0)
    return errno;
  if (::connect(fd.get(), to.ai_addr, to.ai_addrlen) == 0)
    return 0;
  if (errno != EINPROGRESS && errno != EINTR)
    return errno;
  return wait_connected(fd.get(), until);
}

std::string address_text(const addrinfo& x) {
  char host[NI_MAXHOST];
  auto code = ::getnameinfo(x.ai_addr, x.ai_addrlen, host, sizeof(host),
                            nullptr, 0, NI_NUMERICHOST);
  return code == 0 ? host : "?";
}

std::string error_text(int code) {
  return std::generic_category().message(code);
}

} // namespace

health_report check_tcp(const std::string& host, uint16_t port,
                        duration limit) {
  auto where = host + " port " + std::to_string(port);
  auto [found, code] = look_up(host, port);
  if (code != 0)
    return health_report::unhealthy(
      where + " cannot be looked up: "
      + (code == EAI_SYSTEM ? error_text(errno) : ::gai_strerror(code)));
  std::vector<const addrinfo*> all;
  for (auto* i = found.get(); i != nullptr; i = i->ai_next)
    all.push_back(i);
  auto end = saturating_add(clock::now(), limit);
  auto tries = std::ssize(all);
  std::string failures;
  for (const auto* x : all) {
    // One that swallows all must leave time for the others.
    auto now = clock::now();
    auto error =
      try_connect(*x, saturating_add(now, saturating_sub(end, now) / tries--));
    auto text = address_text(*x);
    if (error == 0) {
      auto result = health_report::healthy(where + " accepts connections");
      result.details = {{"address", text}};
      return result;
    }
    failures +=
      (failures.empty() ? "" : ", ") + text + ": " + error_text(error);
  }
  return health_report::unhealthy(where
                                  + " accepts no connection: " + failures);
}

} // namespace resilience
