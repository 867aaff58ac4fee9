// HTTP checks against a server of this machine that behaves well or badly.
#include "resilience/http/http_probe.hpp"

#include "support/loopback_server.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

std::string answer(const std::string& status, const std::string& body = {},
                   const std::string& more = {}) {
  return "HTTP/1.1 " + status
         + "\r\nContent-Length: " + std::to_string(body.size())
         + "\r\nConnection: close\r\n" + more + "\r\n" + body;
}

health_report check(const loopback_server& server, http_probe_config x = {}) {
  if (x.url.empty())
    x.url = server.url();
  EXPECT_EQ(validate(x), faults{});
  return check_http(x);
}

void expect_unhealthy(const health_report& r, const std::string& text) {
  EXPECT_EQ(r.status, health_status::unhealthy);
  EXPECT_NE(r.message.find(text), std::string::npos) << r.message;
}

} // namespace

TEST(http_probe, a_status_in_range_is_healthy) {
  loopback_server server{answer("204 No Content")};
  auto r = check(server);
  EXPECT_EQ(r.status, health_status::healthy);
  EXPECT_EQ(r.message, server.url() + ": status 204");
  ASSERT_EQ(r.details.size(), 1u);
  EXPECT_EQ(r.details[0].second, "204");
}

TEST(http_probe, another_status_is_not) {
  loopback_server server{answer("503 Service Unavailable", "down")};
  expect_unhealthy(check(server), ": status 503");
  EXPECT_EQ(check(server).details[0].second, "503");
  EXPECT_EQ(check(server, {.lowest_status = 503, .highest_status = 503}).status,
            health_status::healthy);
}

TEST(http_probe, the_body_can_be_asked_for_a_text) {
  loopback_server server{answer("200 OK", "all systems UP today")};
  EXPECT_EQ(check(server, {.body_contains = "UP"}).status,
            health_status::healthy);
  expect_unhealthy(check(server, {.body_contains = "DOWN"}),
                   "status 200, but its body has no \"DOWN\"");
  expect_unhealthy(check(server, {.body_contains = "UP", .max_body = 4}),
                   "within its limit");
}

TEST(http_probe, a_body_without_end_is_not_read_to_it) {
  loopback_server server{[](connection& x) {
    x.read_head();
    x.send("HTTP/1.1 200 OK\r\n\r\n");
    while (x.send(std::string(65'536, 'x'))) {
      // for as long as anybody reads
    }
  }};
  EXPECT_EQ(check(server, {.limit = 60s}).status, health_status::healthy);
  EXPECT_EQ(check(server, {.max_body = 0, .limit = 60s}).status,
            health_status::healthy);
  expect_unhealthy(check(server, {.body_contains = "end", .limit = 60s}),
                   "within its limit");
}

TEST(http_probe, who_hangs_or_drips_is_given_up) {
  loopback_server hangs{[](connection& x) { x.hang(); }};
  expect_unhealthy(check(hangs, {.limit = 50ms}), "timed out");
  loopback_server drips{[](connection& x) {
    x.read_head();
    x.send("HTTP/1.1 200 OK\r\nX-Slow: ");
    while (x.send("x") && x.pause(1ms)) {
      // never comes to an end
    }
  }};
  expect_unhealthy(check(drips, {.limit = 100ms}), "timed out");
}

TEST(http_probe, who_closes_early_or_talks_garbage_is_unhealthy) {
  loopback_server silent{[](connection& x) { x.read_head(); }};
  EXPECT_EQ(check(silent).status, health_status::unhealthy);
  loopback_server half{[](connection& x) {
    x.read_head();
    x.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.");
  }};
  EXPECT_EQ(check(half).status, health_status::unhealthy);
  loopback_server garbage{std::string{"\x16\x03\x01 what? \r\n\r\n"}};
  EXPECT_EQ(check(garbage).status, health_status::unhealthy);
}

TEST(http_probe, where_nobody_listens_it_is_unhealthy) {
  bound_socket nobody;
  http_probe_config x;
  x.url = "http://127.0.0.1:" + std::to_string(nobody.port()) + "/";
  expect_unhealthy(check_http(x), x.url);
}

TEST(http_probe, redirects_are_followed_only_when_asked_for) {
  loopback_server target{answer("200 OK")};
  loopback_server server{
    answer("302 Found", {}, "Location: " + target.url() + "\r\n")};
  expect_unhealthy(check(server), "status 302");
  EXPECT_EQ(check(server, {.max_redirects = 1}).status, health_status::healthy);
  loopback_server loop{answer("302 Found", {}, "Location: /health\r\n")};
  EXPECT_EQ(check(loop, {.max_redirects = 3}).status, health_status::unhealthy);
  loopback_server file{
    answer("302 Found", {}, "Location: file:///etc/passwd\r\n")};
  EXPECT_EQ(check(file, {.max_redirects = 3}).status, health_status::unhealthy);
}

TEST(http_probe, sends_a_get_and_the_headers) {
  std::string head;
  {
    loopback_server server{[&](connection& x) {
      head = x.read_head();
      x.send(answer("200 OK"));
    }};
    check(server, {.url = server.url("/a?b=c"), .headers = {"X-Token: t"}});
  }
  EXPECT_TRUE(head.starts_with("GET /a?b=c HTTP/1.1\r\n")) << head;
  EXPECT_NE(head.find("\r\nX-Token: t\r\n"), std::string::npos) << head;
}

TEST(http_probe, reports_show_no_secrets) {
  loopback_server server{answer("200 OK")};
  auto port = std::to_string(server.port());
  auto r = check(server, {.url = "http://me:pass@127.0.0.1:" + port
                                 + "/x@y?token=secret#z"});
  EXPECT_EQ(r.message, "http://127.0.0.1:" + port + "/x@y: status 200");
}

TEST(http_probe, settings_have_bounds) {
  http_probe_config x;
  x.url = "ftp://host/";
  x.lowest_status = 300;
  x.highest_status = 99;
  x.limit = 0s;
  x.max_redirects = -1;
  x.max_body = -1;
  x.headers = {"A: b\r\nInjected: c"};
  auto text = to_string(validate(x));
  for (auto part : {"url must begin with", "highest_status must be between",
                    "lowest_status must not be above", "limit", "max_redirects",
                    "max_body", "one line"})
    EXPECT_NE(text.find(part), std::string::npos) << part << ": " << text;
  EXPECT_FALSE(http_probe(x).found().empty());
  EXPECT_FALSE(http_probe({.url = "file:///etc/passwd"}).found().empty());
  EXPECT_TRUE(http_probe({.url = "HTTPS://host/"}).found().empty());
}

} // namespace resilience::test
