// The guide's chapter "Health Checking".
#include "from_the_guide/fixture.hpp"
#include "support/loopback_server.hpp"
#include "support/temp_dir.hpp"

#include <resilience/json/health_json.hpp>
#include <resilience/store/sqlite_probe.hpp>

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>

namespace resilience::test {

namespace {

health_report asked(caf::actor_system& sys, const health_actor& x) {
  return *call<health_report>(sys, x, check_now{});
}

TEST_F(guide_threads, a_check_is_a_function) {
  auto ping = [](bool well) {
    if (!well)
      throw std::runtime_error("Service unreachable");
    auto report = health_report::healthy("Service is operational");
    report.details = {{"latency_ms", "50"}};
    return report;
  };
  auto check = probe::function([=] { return ping(true); });
  auto checker = rt.health_checker("my-service", check);
  auto report = asked(sys, checker);
  EXPECT_EQ(report.status, health_status::healthy);
  EXPECT_EQ(report.message, "Service is operational");
  EXPECT_EQ(report.details, (health_details{{"latency_ms", "50"}}));

  auto broken = probe::function([=] { return ping(false); });
  auto bad = rt.health_checker("bad", broken, {.unhealthy_after = 1});
  auto found = asked(sys, bad);
  EXPECT_EQ(found.status, health_status::unhealthy);
  EXPECT_EQ(found.message, "exception: Service unreachable");
}

TEST_F(guide_threads, a_check_asks_an_actor) {
  auto check = probe::actor(service, std::string{"ping"});
  auto checker = rt.health_checker("my-service", check);
  auto report = call<health_report>(sys, checker, check_now{});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->status, health_status::healthy);
}

TEST_F(guide_threads, the_runtime_is_the_composite) {
  temp_dir dir;
  auto db = dir.file("missing.db");
  loopback_server server{""};
  auto port = server.port();
  auto data = probe::function([=] { return check_sqlite({.path = db}); });
  auto redis = probe::tcp("127.0.0.1", port);
  auto cb = rt.breaker({.name = "external-api"});
  auto api = probe::circuit(cb);
  auto one = rt.health_checker("redis", redis, {}, {.tags = {"ready"}});
  auto two = rt.health_checker("db", data, {.unhealthy_after = 1});
  auto three = rt.health_checker("api", api);
  EXPECT_EQ(asked(sys, one).status, health_status::healthy);
  EXPECT_EQ(asked(sys, two).status, health_status::unhealthy);
  EXPECT_EQ(asked(sys, three).status, health_status::healthy);
  auto report = rt.health();
  auto ready = rt.health("ready").ready();
  EXPECT_EQ(report.status, health_status::unhealthy);
  EXPECT_EQ(report.parts.at(0).name, "db");
  EXPECT_TRUE(ready);
  auto body = to_json_value(rt.health()).dump();
  EXPECT_NE(body.find("\"unhealthy\""), std::string::npos);
}

} // namespace

} // namespace resilience::test
