// The guide's chapter "Best Practices".
#include "from_the_guide/fixture.hpp"

#include <resilience/json/health_json.hpp>
#include <resilience/presets.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace resilience::test {

namespace {

void expect_numbers(const policy& p, int threshold, duration cooldown,
                    int attempts) {
  EXPECT_EQ(p.breaker->failure_threshold, threshold);
  EXPECT_EQ(p.breaker->cooldown, cooldown);
  EXPECT_EQ(p.retry->max_attempts, attempts);
}

TEST(guide_best_practices, thresholds) {
  auto api = presets::external_api("weather");
  auto db = presets::database("orders");
  auto queue = presets::message_queue("mail");
  auto ai = presets::ai_provider("anthropic-api");
  expect_numbers(api, 5, 30s, 3);
  expect_numbers(db, 3, 10s, 2);
  expect_numbers(queue, 5, 15s, 3);
  expect_numbers(ai, 3, 60s, 2);
}

TEST(guide_best_practices, backoff_and_jitter_are_the_default) {
  retry_config good{.max_attempts = 5};
  EXPECT_EQ(good.backoff.kind, backoff_kind::exponential);
  EXPECT_EQ(good.backoff.jitter, jitter_kind::full);
  policy p;
  p.retry = retry_config{.max_attempts = 4};
  EXPECT_EQ(warnings(p).size(), 0u);
  p.retry->backoff.kind = backoff_kind::constant;
  p.retry->backoff.jitter = jitter_kind::none;
  auto said = warnings(p);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("without jitter"), std::string::npos);
}

TEST_F(guide, fallbacks) {
  auto cached = [] { return caf::make_message(std::string{"cached"}); };
  auto plain = [] { return caf::make_message(std::string{"default"}); };
  auto get_data = [=](const caf::error& e) -> caf::expected<caf::message> {
    return e == errc::circuit_open ? cached() : plain();
  };
  auto f = fallback::function(get_data);
  policy p{.name = "primary"};
  auto primary = rt.guard(service, p, {.fallback = f});
  EXPECT_EQ(env.ask<std::string>(primary, 1).value(), "fresh");
  target.next(reaction::error(caf::sec::runtime_error));
  EXPECT_EQ(env.ask<std::string>(primary, 1).value(), "default");
  force_open(rt, "primary");
  EXPECT_EQ(env.ask<std::string>(primary, 1).value(), "cached");
}

TEST_F(guide, fallbacks_for_some_errors) {
  scripted_target cache{sys, reaction::answer(std::string{"cached"})};
  policy p{.name = "primary"};
  p.fallback = fallback_config{.on = {"resilience:circuit_open"}};
  auto f = fallback::actor(cache.handle());
  auto primary = rt.guard(service, p, {.fallback = f});
  target.next(reaction::error(caf::sec::runtime_error));
  auto first = env.ask<std::string>(primary, 1);
  EXPECT_TRUE(first.is(caf::sec::runtime_error));
  force_open(rt, "primary");
  EXPECT_EQ(env.ask<std::string>(primary, 1).value(), "cached");
}

TEST_F(guide, circuit_health) {
  auto cb = rt.breaker({.name = "api"});
  force_open(rt, "api");
  auto circuit_health = [&] { return to_json_value(rt.health()).dump(); };
  EXPECT_NE(circuit_health().find("\"circuit:api\""), std::string::npos);
}

} // namespace

/// The guide's own example of a test.
TEST(guide_best_practices, circuit_breaker_opens) {
  environment env;
  runtime rt{env.sys};
  scripted_target api{env.sys};
  policy p{.breaker = breaker_config{.failure_threshold = 2}};
  auto guarded = rt.guard(api.handle(), p);
  api.next(reaction::error(caf::sec::runtime_error), 2);
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(env.ask<int>(guarded, 1).is(caf::sec::runtime_error));
  EXPECT_TRUE(env.ask<int>(guarded, 1).is(errc::circuit_open));
}

} // namespace resilience::test
