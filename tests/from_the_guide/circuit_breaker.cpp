// The guide's chapters "Quick Start" and "Circuit Breaker" up to its registry.
#include "from_the_guide/fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <iostream>
#include <stdexcept>
#include <string>

namespace resilience::test {

namespace {

/// Has circuits of its own: no fixture's runtime beside it.
TEST(guide_start, a_runtime_holds_the_circuits) {
  environment env;
  auto& sys = env.sys;
  runtime rt{sys};
  policy p{.name = "anthropic-api", .provider = "anthropic"};
  auto cb = get_circuit_breaker(rt, p);
  EXPECT_EQ(rt.status_of("anthropic-api").provider, "anthropic");
  auto own = rt.breaker({.breaker = breaker_config{.cooldown = 30s}});
  EXPECT_NE(own, cb);
  EXPECT_EQ(rt.circuits().size(), 1u);
  auto api_call = [] { return 7; };
  auto result = execute(cb, api_call);
  EXPECT_EQ(result, 7);
}

TEST_F(guide, actors_ask_and_go_on) {
  auto api = rt.guard(service);
  std::string seen;
  auto use = [&](const std::string& answer) { seen = answer; };
  auto complain = [&](const caf::error&) { seen = "none"; };
  sys.spawn([&](caf::event_based_actor* self) {
    std::string question{"?"};
    compat::request(self, api, caf::infinite, question).then(use, complain);
  });
  env.run();
  EXPECT_EQ(seen, "fresh");
}

TEST_F(guide_threads, plain_threads_ask_and_wait) {
  auto api = rt.guard(service);
  std::string question{"?"};
  auto answer = call<std::string>(sys, api, question);
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, "fresh");
}

TEST_F(guide, states) {
  policy p{.name = "api"};
  auto api = rt.guard(service, p);
  auto closed = rt.status_of("api").state == circuit_state::closed;
  EXPECT_TRUE(closed);
  target.next(reaction::error(caf::sec::runtime_error), 5);
  for (int i = 0; i < 5; ++i)
    env.ask<std::string>(api, 1);
  auto open = rt.status_of("api").state == circuit_state::open;
  EXPECT_TRUE(open);
  env.advance(30s);
  auto probing = rt.status_of("api").state == circuit_state::half_open;
  EXPECT_TRUE(probing);
  target.otherwise(reaction::silence());
  for (int i = 0; i < 3; ++i)
    env.ask<std::string>(api, 1);
  EXPECT_TRUE(env.ask<std::string>(api, 1).is(errc::half_open_full));
}

TEST_F(guide, circuit_open_error) {
  auto api = rt.guard(service, {.name = "api"});
  force_open(rt, "api");
  auto e = env.ask<std::string>(api, 1).error();
  auto wait = duration{};
  if (e == errc::circuit_open)
    wait = retry_after(e).value();
  EXPECT_EQ(wait, 30s);
}

TEST_F(guide, basic_usage) {
  auto my_function = [](int arg1, int arg2) {
    if (arg2 == 0)
      throw std::domain_error("divided by zero");
    return arg1 / arg2;
  };
  auto get_fallback_result = [] { return -1; };
  auto handle_error = [](const std::exception&) { return -2; };
  breaker_config x;
  x.failure_threshold = 5;
  x.cooldown = 30s;
  x.half_open_max_calls = 3;
  auto cb = rt.breaker({.name = "api", .breaker = x});
  auto run = [&](int arg1, int arg2) {
    auto result = 0;
    try {
      result = execute(cb, [&] { return my_function(arg1, arg2); });
    } catch (const circuit_open_error&) {
      result = get_fallback_result();
    } catch (const std::exception& e) {
      result = handle_error(e);
    }
    return result;
  };
  EXPECT_EQ(run(6, 3), 2);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(run(6, 0), -2);
  EXPECT_EQ(run(6, 3), -1);
}

TEST_F(guide, registry) {
  policy p{.name = "openai-api", .provider = "openai"};
  p.breaker->failure_threshold = 3;
  p.breaker->cooldown = 60s;
  auto cb = get_circuit_breaker(rt, p);
  EXPECT_EQ(get_circuit_breaker(rt, p), cb);
  EXPECT_THROW(get_circuit_breaker(rt, {.name = "openai-api"}),
               invalid_config_error);
  force_open(rt, "openai-api");
  auto status = rt.status_of("openai-api");
  std::string state = to_string(status.state);
  auto failure_count = status.consecutive_failures;
  EXPECT_EQ(state, "open");
  EXPECT_EQ(failure_count, 0); // of the state that has begun
  reset_all_circuit_breakers(rt);
  EXPECT_EQ(rt.status_of("openai-api").state, circuit_state::closed);
}

TEST_F(guide, decorator_of_an_actor) {
  auto api = rt.guard(service, {.name = "external-api"});
  EXPECT_EQ(env.ask<std::string>(api, 1).value(), "fresh");
  EXPECT_EQ(rt.metrics_of("external-api").successes, 1u);
}

TEST_F(guide_threads, decorator_of_a_function) {
  auto post = [](std::string endpoint, std::string data) {
    if (endpoint.empty()) // where a client would say 404
      throw std::runtime_error("no such endpoint");
    return endpoint + ": " + data;
  };
  auto call_api = protect(rt, {.name = "external-api"}, post);
  auto json = call_api.value("https://example.org", "{}");
  EXPECT_EQ(json, "https://example.org: {}");
  EXPECT_THROW(call_api.value("", "{}"), call_error);
  EXPECT_EQ(rt.metrics_of("external-api").failures, 1u);
}

} // namespace

} // namespace resilience::test
