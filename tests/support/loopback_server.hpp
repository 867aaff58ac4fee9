// A server on this machine that does what a test says, well or badly, and ends
// with the test: nobody waits for it, whatever its clients do.
#pragma once

#include "support/gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace resilience::test {

/// A socket bound to a free port of this machine. Until somebody listens there,
/// connections are refused; and nobody else gets the port.
class bound_socket {
public:
  explicit bound_socket(int family = AF_INET)
    : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto is_six = family == AF_INET6;
    auto* addr = is_six ? reinterpret_cast<sockaddr*>(&six)
                        : reinterpret_cast<sockaddr*>(&four);
    socklen_t size = is_six ? sizeof(six) : sizeof(four);
    usable_ = fd_ >= 0 && ::bind(fd_, addr, size) == 0
              && ::getsockname(fd_, addr, &size) == 0;
    port_ = ntohs(is_six ? six.sin6_port : four.sin_port);
  }

  bound_socket(const bound_socket&) = delete;
  bound_socket& operator=(const bound_socket&) = delete;

  ~bound_socket() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  /// Whether this machine has such addresses.
  bool usable() const noexcept {
    return usable_;
  }

  int fd() const noexcept {
    return fd_;
  }

  uint16_t port() const noexcept {
    return port_;
  }

  void listen(int backlog = 16) const {
    if (::listen(fd_, backlog) != 0)
      throw std::runtime_error("cannot listen");
  }

private:
  int fd_;
  bool usable_ = false;
  uint16_t port_ = 0;
};

/// The server's side of one connection.
class connection {
public:
  /// @param stop readable once the server is to end.
  connection(int fd, int stop) : fd_(fd), stop_(stop) {}

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  ~connection() {
    ::close(fd_);
  }

  /// Up to the empty line after a request's head.
  std::string read_head() {
    std::string result;
    std::array<char, 1024> buf;
    while (result.find("\r\n\r\n") == std::string::npos && wait(POLLIN)) {
      auto n = ::recv(fd_, buf.data(), buf.size(), 0);
      if (n <= 0)
        break;
      result.append(buf.data(), static_cast<size_t>(n));
    }
    return result;
  }

  /// False: the client has gone, or the server ends.
  bool send(std::string_view text) {
    while (!text.empty()) {
      if (!wait(POLLOUT))
        return false;
      auto n =
        ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN)
        return false;
      text.remove_prefix(n < 0 ? 0 : static_cast<size_t>(n));
    }
    return true;
  }

  /// Until the client goes, or the server ends.
  void hang() {
    std::array<char, 1024> buf;
    while (wait(POLLIN) && ::recv(fd_, buf.data(), buf.size(), 0) > 0) {
      // nop
    }
  }

  /// A pause between two pieces. False: the server ends.
  bool pause(std::chrono::milliseconds d) {
    pollfd one{stop_, POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(d.count())) == 0;
  }

private:
  bool wait(short what) {
    pollfd both[] = {{fd_, what, 0}, {stop_, POLLIN, 0}};
    constexpr auto most = std::chrono::milliseconds{patience}.count();
    return ::poll(both, 2, static_cast<int>(most)) > 0 && both[1].revents == 0;
  }

  int fd_;
  int stop_;
};

/// Serves one connection after the other, on a thread of its own.
class loopback_server {
public:
  using handler = std::function<void(connection&)>;

  explicit loopback_server(handler f, int family = AF_INET)
    : socket_(family), handler_(std::move(f)) {
    if (::pipe(stop_) != 0)
      throw std::runtime_error("no pipe");
    socket_.listen();
    thread_ = std::thread{[this] { run(); }};
  }

  /// Answers each request with this text.
  explicit loopback_server(std::string answer)
    : loopback_server([text = std::move(answer)](connection& x) {
        x.read_head();
        x.send(text);
      }) {}

  ~loopback_server() {
    ::close(stop_[1]); // readable, at its end
    thread_.join();
    ::close(stop_[0]);
  }

  uint16_t port() const noexcept {
    return socket_.port();
  }

  std::string url(std::string_view path = "/health") const {
    return "http://127.0.0.1:" + std::to_string(port()) + std::string{path};
  }

private:
  void run() {
    pollfd both[] = {{socket_.fd(), POLLIN, 0}, {stop_[0], POLLIN, 0}};
    while (::poll(both, 2, -1) > 0 && both[1].revents == 0) {
      auto fd = ::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0)
        continue;
      connection x{fd, stop_[0]};
      handler_(x);
    }
  }

  bound_socket socket_;
  handler handler_;
  int stop_[2] = {-1, -1};
  std::thread thread_;
};

} // namespace resilience::test
