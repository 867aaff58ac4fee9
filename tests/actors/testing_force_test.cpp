// Circuits that are in a state because a test wants it.
#include "resilience/testing/testing.hpp"

#include "support/printing.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

class forced : public testing::Test {
public:
  static policy named(std::string name = "payments") {
    policy result;
    result.name = std::move(name);
    result.breaker = breaker_config{.failure_threshold = 3,
                                    .cooldown = 10s,
                                    .half_open_max_calls = 1,
                                    .success_threshold = 1};
    return result;
  }

  answer<int32_t> ask() {
    return env.ask<int32_t>(payments, 1);
  }

  environment env;
  runtime rt{env.sys};
  scripted_target bank{env.sys, reaction::answer(int32_t{1})};
  caf::actor payments = rt.guard(bank.handle(), named());
};

TEST_F(forced, an_open_circuit_is_as_real_as_any) {
  force_open(rt, "payments");
  EXPECT_EQ(state_of(rt, "payments"), circuit_state::open);
  auto x = ask();
  EXPECT_TRUE(x.is(errc::circuit_open)) << x.text();
  EXPECT_EQ(retry_after(x.error()), 10s);
  EXPECT_EQ(bank.requests(), 0u);
  auto m = rt.metrics_of("payments");
  EXPECT_EQ(m.failures, 3u);
  EXPECT_EQ(m.times_opened, 1u);
  EXPECT_EQ(env.run_until(rt, "payments", circuit_state::half_open, 1min), 10s);
  EXPECT_TRUE(ask().ok());
  EXPECT_EQ(state_of(rt, payments), circuit_state::closed);
}

TEST_F(forced, a_half_open_circuit_probes_at_once) {
  bank.next(reaction::answer(int32_t{1}).after(1s));
  force_half_open(rt, payments);
  EXPECT_EQ(state_of(rt, payments), circuit_state::half_open);
  auto probe = ask();
  EXPECT_TRUE(ask().is(errc::half_open_full));
  env.advance(1s);
  EXPECT_TRUE(probe.ok());
  EXPECT_EQ(state_of(rt, payments), circuit_state::closed);
  EXPECT_EQ(rt.metrics_of("payments").failures, 0u);
}

TEST_F(forced, a_failed_probe_opens_what_was_half_open_by_force) {
  bank.next(reaction::error(caf::sec::runtime_error));
  force_half_open(rt, "payments");
  ask();
  EXPECT_EQ(state_of(rt, "payments"), circuit_state::open);
}

TEST_F(forced, a_closed_circuit_lets_calls_through) {
  force_open(rt, "payments");
  force_closed(rt, "payments");
  EXPECT_TRUE(ask().ok());
}

TEST_F(forced, any_state_leads_to_any_other) {
  using force = void (*)(runtime&, const std::string&);
  const std::pair<force, circuit_state> all[] = {
    {force_open<std::string>, circuit_state::open},
    {force_half_open<std::string>, circuit_state::half_open},
    {force_closed<std::string>, circuit_state::closed}};
  for (const auto& [from, before] : all)
    for (const auto& [to, after] : all) {
      from(rt, "payments");
      EXPECT_EQ(state_of(rt, "payments"), before);
      to(rt, "payments");
      EXPECT_EQ(state_of(rt, "payments"), after) << before;
    }
}

TEST_F(forced, what_others_have_set_is_taken_back) {
  auto handle = rt.control(payments);
  for (auto who : {owner::hand, owner::health, owner::cluster}) {
    env.ask<circuit_status>(handle, isolate{who});
    ASSERT_EQ(state_of(rt, "payments"), circuit_state::isolated);
    force_open(rt, "payments");
    EXPECT_EQ(state_of(rt, "payments"), circuit_state::open);
  }
  env.ask<circuit_status>(handle, disable{});
  force_half_open(rt, "payments");
  EXPECT_EQ(state_of(rt, "payments"), circuit_state::half_open);
}

TEST_F(forced, breakers_and_guards_without_names_too) {
  auto p = named({});
  auto g = rt.guard(bank.handle(), p);
  auto b = rt.breaker(p);
  force_open(rt, g);
  force_open(rt, b);
  EXPECT_TRUE(env.ask<int32_t>(g, 1).is(errc::circuit_open));
  EXPECT_TRUE(env.ask<call_permit>(b, acquire{}).is(errc::circuit_open));
  EXPECT_EQ(state_of(rt, payments), circuit_state::closed);
  EXPECT_EQ(env.run_until(rt, g, circuit_state::half_open, 1h), 10s);
}

TEST_F(forced, windows_do_not_come_between) {
  auto p = named("window");
  p.breaker->failure_threshold = 1'000'000;
  p.breaker->window = window_config{.window_size = 10, .minimum_calls = 10};
  rt.breaker(p);
  force_open(rt, "window");
  EXPECT_EQ(state_of(rt, "window"), circuit_state::open);
}

TEST_F(forced, what_cannot_be_is_told) {
  EXPECT_THROW(force_open(rt, "paymnets"), invalid_config_error);
  EXPECT_THROW(force_open(rt, bank.handle()), invalid_config_error);
  EXPECT_THROW(force_open(rt, caf::actor{}), invalid_config_error);
  EXPECT_THROW(env.run_until(rt, "paymnets", circuit_state::open, 1s),
               invalid_config_error);
  auto p = named("off");
  p.breaker = std::nullopt;
  auto g = rt.guard(bank.handle(), p);
  for (auto force : {force_open<std::string>, force_half_open<std::string>,
                     force_closed<std::string>})
    try {
      force(rt, "off");
      ADD_FAILURE() << "forced a breaker that is off";
    } catch (const invalid_config_error& e) {
      EXPECT_NE(std::string{e.what()}.find("it is disabled"), std::string::npos)
        << e.what();
    }
  EXPECT_TRUE(env.ask<int32_t>(g, 1).ok());
}

TEST_F(forced, run_until_gives_up_at_its_limit) {
  force_open(rt, "payments");
  auto begin = env.now();
  EXPECT_FALSE(env.run_until(rt, "payments", circuit_state::closed, 1h));
  EXPECT_EQ(env.now(), begin + 1h);
}

TEST_F(forced, calls_under_way_do_not_count_for_the_new_state) {
  bank.next(reaction::error(caf::sec::runtime_error).after(1s), 3);
  for (int i = 0; i < 3; ++i)
    ask();
  force_closed(rt, "payments");
  force_half_open(rt, "payments");
  env.advance(1s);
  EXPECT_EQ(state_of(rt, "payments"), circuit_state::half_open);
}

TEST_F(forced, a_guard_that_has_ended_has_a_circuit_still) {
  caf::anon_send_exit(payments, caf::exit_reason::user_shutdown);
  env.run();
  force_open(rt, payments);
  EXPECT_EQ(rt.status_of("payments").state, circuit_state::open);
}

} // namespace

} // namespace resilience::test
