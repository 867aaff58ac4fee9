// The guide's health of an HTTP service; needs resilience::http.
#include "from_the_guide/fixture.hpp"
#include "support/loopback_server.hpp"

#include <resilience/http/http_probe.hpp>

#include <string>

namespace resilience::test {

namespace {

TEST_F(guide_threads, http_health) {
  loopback_server server{"HTTP/1.1 204 No Content\r\n\r\n"};
  auto url = server.url();
  auto check = http_probe({.url = url});
  auto checker = rt.health_checker("external-api", check);
  auto report = call<health_report>(sys, checker, check_now{});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->status, health_status::healthy) << report->message;
}

} // namespace

} // namespace resilience::test
