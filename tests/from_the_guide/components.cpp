// The guide's chapters "Combined Patterns" and "Integration with Aragora
// Components", all but its HTTP client's health (http_health.cpp).
#include "from_the_guide/fixture.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

namespace resilience::test {

namespace {

TEST_F(guide, combined_patterns_before_an_actor) {
  policy p{.name = "external-api"};
  p.breaker->failure_threshold = 5;
  p.breaker->cooldown = 30s;
  p.retry = retry_config{.max_attempts = 3};
  p.retry->backoff.initial_delay = 1s;
  p.timeout->limit = 10s;
  p.timeout->total = 30s;
  auto robust = rt.guard(service, p);
  auto text = describe(p);
  EXPECT_NE(text.find("3 attempts"), std::string::npos) << text;
  // Each attempt counts: two calls open the circuit.
  target.otherwise(reaction::error(caf::sec::runtime_error));
  for (int i = 0; i < 2; ++i) {
    env.ask<std::string>(robust, 1);
    env.advance(3s);
  }
  EXPECT_EQ(target.requests(), 5u);
  EXPECT_TRUE(env.ask<std::string>(robust, 1).is(errc::circuit_open));
}

TEST_F(guide_threads, combined_patterns_around_a_function) {
  auto get = [](std::string endpoint) { return "page of " + endpoint; };
  policy p{.name = "external-api"};
  auto robust_api_call = protect(rt, p, get);
  auto page = robust_api_call.value("https://api.example.com");
  EXPECT_EQ(page, "page of https://api.example.com");
}

TEST_F(guide, airlock) {
  auto agent = service;
  std::string sorry{"I'm currently unavailable. Please try again later."};
  airlock_config config;
  config.circuit_breaker_threshold = 3;
  config.retry_on_rate_limit = true;
  config.rate_limit_errors.push_back("shop::errc:429");
  config.fallback_response = caf::make_message(sorry);
  auto safe = airlock(rt, agent, config);
  target.next(
    reaction::error(make_error(errc::rate_limited, "model", duration{20ms})));
  auto answer = env.ask<std::string>(safe, 1);
  EXPECT_TRUE(answer.pending());
  env.advance(1s); // 20 ms, or the backoff if that is longer
  EXPECT_EQ(answer.value(), "fresh");
  target.next(reaction::error(caf::sec::runtime_error));
  EXPECT_EQ(env.ask<std::string>(safe, 1).value(), sorry);
}

TEST_F(guide_threads, arena) {
  auto agent = service;
  std::string question{"?"};
  arena_config config{.name = "debate"};
  config.agent.breaker->failure_threshold = 3;
  auto debate = spawn_arena(rt, config);
  auto in = call<void>(sys, debate.handle(), joining("critic", agent));
  EXPECT_TRUE(in);
  start_round round{caf::make_message(question), 1, 10s};
  auto result = call<round_result>(sys, debate.handle(), round);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, round_end::quorum);
  EXPECT_EQ(result->answers.at(0).name, "critic");
  EXPECT_EQ(rt.status_of("debate/critic").state, circuit_state::closed);
}

TEST_F(guide_threads, http_client) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  auto http_get = [asked](const std::string& url) {
    if (++*asked < 2)
      throw std::runtime_error("status 503");
    return "page of " + url;
  };
  std::string base_url{"https://api.example.com"};
  policy p{.name = "api.example.com"};
  p.timeout->limit = 30s;
  p.retry = retry_config{.max_attempts = 3};
  p.retry->backoff.initial_delay = 1ms;
  p.breaker = breaker_config{.failure_threshold = 5};
  auto get = [=](std::string path) { return http_get(base_url + path); };
  auto client = protect(rt, p, get);
  auto response = client.value("/endpoint");
  EXPECT_EQ(response, "page of https://api.example.com/endpoint");
  EXPECT_EQ(*asked, 2);
}

} // namespace

} // namespace resilience::test
