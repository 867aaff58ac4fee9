// Second attempts: when one is sent, who answers the caller, and what becomes
// of the other.
#include "core/hedge_fixture.hpp"

namespace resilience::test {

namespace {

/// How the one call of `g` ends.
struct ending {
  reply got;
  duration took;
  size_t attempts;
};

ending end_of(scripted_guard& g) {
  g.ask();
  g.run(ms(1000));
  g.expect_idle();
  const auto& x = g.of(1);
  return {x.got, x.answered_at - x.arrived, x.attempts.size()};
}

struct course {
  const char* name;
  std::deque<deed> script;
  reply got;
  int64_t took;
  size_t attempts;
  uint64_t won = 0;
};

std::ostream& operator<<(std::ostream& out, const course& x) {
  return out << x.name;
}

const course courses[] = {
  {"a fast answer needs no second attempt",
   {says(value(1), ms(19))},
   value(1),
   19,
   1},
  {"the first answers before the second",
   {says(value(1), ms(30)), says(value(2), ms(30))},
   value(1),
   30,
   2},
  {"the second answers before the first",
   {says(value(1), ms(90)), says(value(2), ms(10))},
   value(2),
   30,
   2,
   1},
  {"the second answers inside send",
   {says(value(1), ms(90)), at_once(value(2))},
   value(2),
   20,
   2,
   1},
  {"the first is silent",
   {silent(), says(value(2), ms(10))},
   value(2),
   30,
   2,
   1},
  {"the second fails, the first answers",
   {says(value(1), ms(50)), fails(7)},
   value(1),
   50,
   2},
  {"the second is turned away further in, the first answers",
   {says(value(1), ms(50)), says(from_within(errc::circuit_open))},
   value(1),
   50,
   2},
  {"the first fails, the second answers",
   {says(trouble(7), ms(30)), says(value(2), ms(40))},
   value(2),
   60,
   2},
  {"the first times out, the second answers",
   {silent(), says(value(2), ms(90))},
   value(2),
   110,
   2},
  {"the first fails, then the second",
   {says(trouble(7), ms(30)), says(trouble(8), ms(40))},
   trouble(8),
   60,
   2},
  {"the second fails, then the first",
   {says(trouble(7), ms(50)), says(trouble(8), ms(10))},
   trouble(7),
   50,
   2},
  {"the first fails before there is a second", {fails(7)}, trouble(7), 0, 1},
  {"the first is turned away further in while there is a second",
   {says(from_within(errc::circuit_open), ms(30)), silent()},
   from_within(errc::circuit_open),
   30,
   2},
  {"nobody answers", {silent(), silent()}, ours(errc::timed_out), 120, 2},
};

class hedged_call : public testing::TestWithParam<course> {};

TEST_P(hedged_call, ends_as_it_should) {
  const auto& x = GetParam();
  scripted g{hedge_policy(), x.script};
  auto end = end_of(g);
  EXPECT_EQ(end.got, x.got);
  EXPECT_EQ(end.took, ms(x.took));
  EXPECT_EQ(end.attempts, x.attempts);
  EXPECT_EQ(g.layers().hedges, x.attempts - 1);
  EXPECT_EQ(g.layers().hedges_won, x.won);
}

INSTANTIATE_TEST_SUITE_P(stack_hedge, hedged_call, testing::ValuesIn(courses));

TEST(stack_hedge, a_late_first_answer_is_counted_and_dropped) {
  scripted g{hedge_policy(), {says(value(1), ms(90)), says(value(2), ms(10))}};
  EXPECT_EQ(end_of(g).got, value(2));
  EXPECT_EQ(g.counts().late_answers, 1u);
  EXPECT_EQ(g.counts().successes, 1u);
  EXPECT_EQ(g.counts().neutral, 1u);
}

TEST(stack_hedge, each_attempt_counts_in_the_circuit) {
  scripted g{hedge_policy(), {says(trouble(7), ms(30)), fails(8)}};
  end_of(g);
  EXPECT_EQ(g.counts().failures, 2u);
  EXPECT_EQ(g.counts().total_calls, 2u);
}

TEST(stack_hedge, only_a_request_that_may_be_sent_twice) {
  auto g = scripted(hedge_policy(), {says(value(1), ms(90))},
                    {.idempotent = [](int) { return false; }, .given = true});
  EXPECT_EQ(end_of(g).attempts, 1u);
  EXPECT_EQ(g.layers().hedges, 0u);
}

TEST(stack_hedge, the_budget_bounds_it) {
  auto p = hedge_policy();
  p.hedge->budget = retry_budget_config{2, 0, 0};
  scripted_guard g{p};
  g.otherwise = says(value(1), ms(50));
  for (int i = 0; i < 5; ++i)
    g.call();
  g.run(ms(200));
  g.expect_idle();
  EXPECT_EQ(g.layers().hedges, 2u);
  EXPECT_EQ(g.layers().retry_budget, 0);
}

TEST(stack_hedge, retries_and_hedges_share_the_budget_of_retry) {
  auto p = hedge_policy();
  p.retry = constant_retry(3, ms(10));
  p.retry->budget = retry_budget_config{1, 0, 0};
  scripted g{p, {says(trouble(7), ms(30)), says(trouble(8), ms(5))}};
  auto end = end_of(g);
  // The hedge took it.
  EXPECT_EQ(end.got, with(trouble(7), {1, retry_stop::budget, {}}));
  EXPECT_EQ(end.attempts, 2u);
}

TEST(stack_hedge, calls_add_to_its_budget) {
  auto p = hedge_policy();
  p.hedge->budget = retry_budget_config{1, 0.5, 0};
  scripted_guard g{p};
  g.otherwise = says(value(1), ms(50));
  for (int i = 0; i < 6; ++i) {
    g.ask();
    g.run(ms(100));
  }
  // One was there, two calls pay for one; the first two find it full.
  EXPECT_EQ(g.layers().hedges, 3u);
}

TEST(stack_hedge, a_call_is_hedged_once_and_its_retries_are_not) {
  auto p = hedge_policy();
  p.retry = constant_retry(2, ms(10));
  scripted g{p,
             {says(trouble(1), ms(50)), says(trouble(2), ms(25)),
              says(value(3), ms(90))}};
  auto end = end_of(g);
  EXPECT_EQ(end.got, value(3));
  EXPECT_EQ(end.attempts, 3u);
  EXPECT_EQ(end.took, ms(150));
}

TEST(stack_hedge, a_retry_is_hedged_where_the_first_attempt_was_not) {
  auto p = hedge_policy();
  p.retry = constant_retry(2, ms(10));
  scripted g{p, {fails(1), says(value(2), ms(90)), says(value(3))}};
  auto end = end_of(g);
  EXPECT_EQ(end.got, value(3));
  EXPECT_EQ(end.took, ms(30));
}

TEST(stack_hedge, when_both_have_failed_the_retry_follows) {
  auto p = hedge_policy();
  p.retry = constant_retry(2, ms(10));
  scripted g{
    p, {says(trouble(1), ms(30)), says(trouble(2), ms(20)), says(value(3))}};
  auto end = end_of(g);
  EXPECT_EQ(end.got, value(3));
  EXPECT_EQ(end.took, ms(50));
}

TEST(stack_hedge, nothing_is_past_the_deadline_of_the_call) {
  auto p = hedge_policy();
  p.timeout->total = ms(60);
  scripted g{p, {silent(), silent()}};
  auto end = end_of(g);
  EXPECT_EQ(end.got, ours(errc::timed_out));
  EXPECT_EQ(end.took, ms(60));
  EXPECT_EQ(g.of(1).attempts.back().due, g.of(1).arrived + ms(60));
}

TEST(stack_hedge, none_where_the_attempt_ends_first) {
  scripted g{hedge_policy(ms(100)), {silent()}};
  EXPECT_EQ(end_of(g).attempts, 1u);
  EXPECT_EQ(g.layers().hedges, 0u);
}

TEST(stack_hedge, none_while_the_circuit_probes) {
  auto p = hedge_policy();
  p.breaker->failure_threshold = 1;
  p.breaker->cooldown = ms(100);
  scripted g{p, {fails(1), says(value(2), ms(50))}};
  g.ask();
  g.run(ms(100));
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.of(2).got, value(2));
  EXPECT_EQ(g.of(2).attempts.size(), 1u);
  g.expect_idle();
}

TEST(stack_hedge, none_once_the_circuit_has_opened) {
  auto p = hedge_policy();
  p.breaker->failure_threshold = 1;
  scripted g{p, {says(value(1), ms(50)), says(trouble(7), ms(10))}};
  g.call();
  g.call();
  g.run(ms(200));
  EXPECT_EQ(g.of(1).got, value(1));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  EXPECT_EQ(g.layers().hedges, 0u);
  EXPECT_EQ(g.counts().rejected, 0u);
  g.expect_idle();
}

TEST(stack_hedge, none_where_the_guard_is_full) {
  auto p = hedge_policy();
  p.max_in_flight = 1;
  scripted g{p, {says(value(1), ms(50))}};
  EXPECT_EQ(end_of(g).attempts, 1u);
}

TEST(stack_hedge, both_run_in_one_place_of_the_bulkhead) {
  auto p = hedge_policy();
  p.bulkhead = bulkhead_config{1, 1, ms(1000)};
  scripted g{
    p,
    {says(value(1), ms(90)), says(value(2), ms(10)), says(value(3), ms(10))}};
  g.call();
  g.call();
  g.run(ms(29));
  EXPECT_EQ(g.layers().running, 1u);
  g.run(ms(500));
  EXPECT_EQ(g.of(1).got, value(2));
  EXPECT_EQ(g.of(2).answered_at - g.of(2).arrived, ms(40));
  g.expect_idle();
}

TEST(stack_hedge, waits_for_a_quantile_of_the_recent_calls) {
  auto p = hedge_policy(ms(70));
  p.hedge->quantile = 0.9;
  scripted_guard g{p};
  g.otherwise = says(value(1), ms(10));
  // The delay holds until there are enough.
  g.script = {says(value(1), ms(80)), says(value(2), ms(1))};
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.of(1).answered_at - g.of(1).arrived, ms(71));
  for (int i = 0; i < 100; ++i) {
    g.ask();
    g.run(ms(20));
  }
  EXPECT_EQ(g.layers().hedges, 1u);
  g.script = {silent(), says(value(3), ms(1))};
  g.ask();
  g.run(ms(200));
  auto took = g.calls.back().answered_at - g.calls.back().arrived;
  EXPECT_GE(took, ms(10));
  EXPECT_LE(took, ms(12));
  g.expect_idle();
}

TEST(stack_hedge, what_is_overtaken_does_not_hide_that_it_was_slow) {
  auto p = hedge_policy(ms(90));
  p.hedge->quantile = 0.9;
  scripted_guard g{p};
  // From 1 to 100 ms; second attempts are fast.
  for (int i = 0; i < 1000; ++i) {
    g.otherwise = says(value(1), ms(1 + i * 37 % 100));
    g.call();
    g.otherwise = says(value(2), ms(1));
    g.run(ms(200));
  }
  // About a tenth. Were only those known that answered their callers, ever more
  // would be hedged.
  EXPECT_GE(g.layers().hedges, 90u);
  EXPECT_LE(g.layers().hedges, 200u);
}

TEST(stack_hedge, failures_are_no_latencies) {
  auto p = hedge_policy(ms(50));
  p.hedge->quantile = 0.9;
  scripted_guard g{p};
  g.otherwise = fails(1);
  for (int i = 0; i < 100; ++i) {
    g.ask();
    g.run(ms(1));
  }
  g.script = {silent(), says(value(3), ms(1))};
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.calls.back().answered_at - g.calls.back().arrived, ms(51));
}

} // namespace

} // namespace resilience::test
