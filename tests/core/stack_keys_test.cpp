// Calls whose key has a circuit of its own: where their attempts are admitted
// and counted.
#include "support/scripted_guard.hpp"

namespace resilience::test {

namespace {

// Of the calls in turn the keys are one, two, none, one, ...
policy keyed_policy() {
  auto p = quiet_policy();
  p.breaker->failure_threshold = 2;
  p.breaker->cooldown = ms(500);
  p.keyed = keyed_config{};
  return p;
}

uint64_t failures(circuit& x) {
  return x.metrics(time_point{}).failures;
}

TEST(stack_keys, each_attempt_is_counted_where_its_call_belongs) {
  scripted_guard g{keyed_policy()};
  g.otherwise = fails(1);
  for (int i = 0; i < 4; ++i)
    g.ask();
  EXPECT_EQ(failures(g.of_key(1)), 2u);
  EXPECT_EQ(failures(g.of_key(2)), 1u);
  EXPECT_EQ(g.counts().failures, 1u);
  EXPECT_EQ(g.of_key(1).state(), circuit_state::open);
  EXPECT_EQ(g.machine().state(), circuit_state::closed);
}

TEST(stack_keys, a_rejection_names_the_key) {
  scripted_guard g{keyed_policy()};
  g.of_key(1).isolate(owner::hand, g.now());
  g.ask();
  g.ask();
  g.run(ms(1));
  EXPECT_EQ(g.of(1).got.code, static_cast<int64_t>(errc::circuit_isolated));
  EXPECT_EQ(g.of(1).got.key, "one");
  EXPECT_EQ(g.of(2).got, value(200));
}

TEST(stack_keys, what_is_done_by_hand_to_the_guards_circuit_holds_for_all) {
  scripted_guard g{keyed_policy()};
  g.otherwise = fails(1);
  g.machine().isolate(owner::health, g.now());
  g.ask();
  g.ask();
  EXPECT_EQ(g.of(2).got.code, static_cast<int64_t>(errc::circuit_isolated));
  EXPECT_EQ(g.of(2).got.key, "");
  g.machine().disable(g.now());
  for (int i = 0; i < 9; ++i)
    g.ask();
  EXPECT_EQ(g.sent.size(), 9u);
  g.machine().restore(owner::hand, g.now());
  g.machine().restore(owner::health, g.now());
  g.ask();
  EXPECT_EQ(failures(g.of_key(2)) + failures(g.of_key(1)) + g.counts().failures,
            10u);
  g.expect_idle();
}

TEST(stack_keys, whom_an_outer_layer_turns_away_is_not_asked_for_a_key) {
  auto p = keyed_policy();
  p.rate_limiter = rate_limit_config{1, ms(10'000), 1};
  scripted_guard g{p};
  g.ask();
  g.run(ms(1));
  g.ask();
  EXPECT_EQ(g.of(2).got.code, static_cast<int64_t>(errc::rate_limited));
  EXPECT_EQ(g.keys_asked, 1u);
}

TEST(stack_keys, timeouts_retries_and_deaths_count_there_too) {
  auto p = keyed_policy();
  p.breaker->failure_threshold = 100;
  p.retry = constant_retry(2, ms(10));
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  g.run(ms(500));
  EXPECT_EQ(failures(g.of_key(1)), 2u);
  g.ask();
  g.run(ms(5));
  g.die();
  EXPECT_EQ(failures(g.of_key(2)), 1u);
  EXPECT_EQ(g.counts().failures, 0u);
  g.expect_idle();
}

TEST(stack_keys, a_retry_that_its_circuit_rejects_ends_with_the_last_error) {
  auto p = keyed_policy();
  p.breaker->failure_threshold = 1;
  p.retry = constant_retry(3, ms(10));
  scripted_guard g{p};
  g.otherwise = fails(7);
  g.ask();
  g.run(ms(100));
  EXPECT_EQ(g.of(1).got, with(trouble(7), {1, retry_stop::circuit, ms(490)}));
}

TEST(stack_keys, without_a_lease_of_its_own_the_guards_bounds_a_call) {
  auto p = keyed_policy();
  p.timeout.reset();
  p.breaker->lease = ms(40);
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  g.run(ms(40));
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  EXPECT_EQ(g.of_key(1).metrics(g.now()).expired, 1u);
  g.expect_idle();
}

TEST(stack_keys, second_attempts_stay_with_their_key) {
  auto p = keyed_policy();
  p.breaker->failure_threshold = 100;
  p.hedge = hedge_config{.delay = ms(20)};
  scripted_guard g{p};
  g.script = {silent(), says(value(2), ms(1))};
  g.ask();
  g.run(ms(200));
  auto m = g.of_key(1).metrics(g.now());
  EXPECT_EQ(m.total_calls, 2u);
  EXPECT_EQ(m.successes, 1u);
  EXPECT_EQ(m.neutral, 1u);
  EXPECT_EQ(g.counts().total_calls, 0u);
  g.expect_idle();
}

TEST(stack_keys, the_end_of_the_guard_settles_them) {
  scripted_guard g{keyed_policy()};
  g.otherwise = silent();
  g.ask();
  g.end();
  EXPECT_EQ(g.of_key(1).metrics(g.now()).neutral, 1u);
  g.expect_idle();
}

} // namespace

} // namespace resilience::test
