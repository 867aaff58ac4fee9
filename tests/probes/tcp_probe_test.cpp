// TCP checks against sockets of this machine.
#include "resilience/probes/tcp_probe.hpp"

#include "support/loopback_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace resilience::test {

using namespace std::chrono_literals;

TEST(tcp_probe, what_accepts_is_healthy_whatever_it_does_then) {
  loopback_server hangs{[](connection& x) { x.hang(); }};
  auto r = check_tcp("127.0.0.1", hangs.port(), 10s);
  EXPECT_EQ(r.status, health_status::healthy) << r.message;
  EXPECT_EQ(r.message, "127.0.0.1 port " + std::to_string(hangs.port())
                         + " accepts connections");
  ASSERT_EQ(r.details.size(), 1u);
  EXPECT_EQ(r.details[0].second, "127.0.0.1");
  loopback_server closes{[](connection&) {}};
  EXPECT_EQ(check_tcp("127.0.0.1", closes.port(), 10s).status,
            health_status::healthy);
}

TEST(tcp_probe, takes_version_6) {
  if (!bound_socket{AF_INET6}.usable())
    GTEST_SKIP() << "no IPv6 here";
  loopback_server server{[](connection&) {}, AF_INET6};
  auto r = check_tcp("::1", server.port(), 10s);
  EXPECT_EQ(r.status, health_status::healthy) << r.message;
}

TEST(tcp_probe, tries_all_addresses_of_a_name) {
  // localhost may be ::1, where nobody listens, and 127.0.0.1.
  loopback_server server{[](connection&) {}};
  auto r = check_tcp("localhost", server.port(), 10s);
  EXPECT_EQ(r.status, health_status::healthy) << r.message;
}

TEST(tcp_probe, where_nobody_listens_it_is_refused) {
  bound_socket nobody;
  auto r = check_tcp("127.0.0.1", nobody.port(), 10s);
  EXPECT_EQ(r.status, health_status::unhealthy);
  EXPECT_EQ(r.message, "127.0.0.1 port " + std::to_string(nobody.port())
                         + " accepts no connection: 127.0.0.1: Connection "
                           "refused");
}

TEST(tcp_probe, who_does_not_answer_is_given_up) {
  // A full queue of connections: the kernel drops who else comes.
  bound_socket full;
  full.listen(0);
  std::vector<std::unique_ptr<bound_socket>> others;
  for (int i = 0; i < 4; ++i) {
    auto x = std::make_unique<bound_socket>();
    ::fcntl(x->fd(), F_SETFL, O_NONBLOCK);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(full.port());
    ::connect(x->fd(), reinterpret_cast<sockaddr*>(&to), sizeof(to));
    others.push_back(std::move(x));
  }
  auto began = clock::now();
  auto r = check_tcp("127.0.0.1", full.port(), 50ms);
  EXPECT_EQ(r.status, health_status::unhealthy);
  EXPECT_NE(r.message.find("timed out"), std::string::npos) << r.message;
  EXPECT_GE(clock::now() - began, 50ms);
  EXPECT_LT(clock::now() - began, patience);
}

TEST(tcp_probe, a_name_that_is_none_cannot_be_looked_up) {
  for (const auto& host : {std::string{"no such host!"}, std::string{"::1::"},
                           std::string{"256.1.1.1.1"}, std::string(300, 'x')}) {
    auto r = check_tcp(host, 80, 10s);
    EXPECT_EQ(r.status, health_status::unhealthy) << host;
    EXPECT_NE(r.message.find("cannot be looked up"), std::string::npos)
      << r.message;
  }
}

} // namespace resilience::test
