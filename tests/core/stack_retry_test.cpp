// A call and its attempts: what is tried again, when, and what the caller is
// told where it ends.
#include "support/scripted_guard.hpp"

#include <algorithm>

namespace resilience::test {

namespace {

using deed = scripted_guard::deed;

struct stop_case {
  const char* name;
  policy p;
  std::vector<deed> script;
  scripted_hooks hooks;
  reply expected;
  size_t attempts;
};

std::ostream& operator<<(std::ostream& out, const stop_case& x) {
  return out << x.name;
}

policy changed(policy p, const std::function<void(policy&)>& change) {
  change(p);
  return p;
}

reply after(reply x, int attempts, retry_stop why,
            std::optional<duration> hint = {}) {
  return with(std::move(x), {attempts, why, hint});
}

const stop_case stop_cases[] = {
  {"all attempts",
   retry_policy(),
   {fails(1), fails(2), fails(3)},
   {},
   after(trouble(3), 3, retry_stop::attempts),
   3},
  {"the last of the attempts keeps its hint",
   retry_policy(2),
   {fails(1), fails(2, ms(7))},
   {},
   after(trouble(2, ms(7)), 2, retry_stop::attempts, ms(7)),
   2},
  {"not on the list",
   changed(retry_policy(), [](policy& p) { p.retry->retry_on = {"shop:1"}; }),
   {fails(1), fails(2)},
   {},
   after(trouble(2), 2, retry_stop::not_retryable),
   2},
  {"on the list of those that are not",
   changed(retry_policy(),
           [](policy& p) { p.retry->dont_retry_on = {"shop:1"}; }),
   {fails(1)},
   {},
   after(trouble(1), 1, retry_stop::not_retryable),
   1},
  {"the predicate says no",
   retry_policy(),
   {fails(1), fails(2)},
   {.retry_if = [](const reply& e) { return e.code == 1; }, .given = true},
   after(trouble(2), 2, retry_stop::not_retryable),
   2},
  {"the request is not idempotent",
   retry_policy(),
   {fails(1)},
   {.idempotent = [](int) { return false; }, .given = true},
   after(trouble(1), 1, retry_stop::not_retryable),
   1},
  {"the budget",
   changed(retry_policy(4),
           [](policy& p) {
             p.retry->budget = retry_budget_config{2, 0, 0};
           }),
   {fails(1), fails(2), fails(3)},
   {},
   after(trouble(3), 3, retry_stop::budget),
   3},
  {"a delay that does not fit",
   changed(retry_policy(3, ms(10)),
           [](policy& p) { p.timeout->total = ms(15); }),
   {fails(1), fails(2)},
   {},
   after(trouble(2), 2, retry_stop::deadline),
   2},
  {"a delay that ends with the call",
   changed(retry_policy(3, ms(10)),
           [](policy& p) { p.timeout->total = ms(10); }),
   {fails(1)},
   {},
   after(trouble(1), 1, retry_stop::deadline),
   1},
  {"a hint that does not fit",
   changed(retry_policy(3, ms(1)),
           [](policy& p) { p.timeout->total = ms(50); }),
   {fails(1, ms(50))},
   {},
   after(trouble(1, ms(50)), 1, retry_stop::deadline, ms(50)),
   1},
  {"a hint that is too long",
   changed(retry_policy(), [](policy& p) { p.retry->max_hint = ms(50); }),
   {fails(1, ms(51))},
   {},
   after(trouble(1, ms(51)), 1, retry_stop::hint, ms(51)),
   1},
  {"the circuit opens",
   changed(retry_policy(3),
           [](policy& p) {
             p.breaker->failure_threshold = 2;
             p.breaker->cooldown = ms(100);
           }),
   {fails(1), fails(2)},
   {},
   after(trouble(2), 2, retry_stop::circuit, ms(90)),
   2},
};

class retry_stops : public ::testing::TestWithParam<stop_case> {};

TEST_P(retry_stops, with_the_last_real_error) {
  auto& x = GetParam();
  ASSERT_TRUE(validate(x.p).empty()) << to_string(validate(x.p));
  scripted_guard g{x.p, x.hooks};
  g.script = {x.script.begin(), x.script.end()};
  g.ask();
  g.run(ms(1000));
  EXPECT_EQ(g.of(1).got, x.expected);
  EXPECT_EQ(g.of(1).attempts.size(), x.attempts);
  EXPECT_EQ(g.counts().failures, x.attempts);
  g.expect_idle();
}

INSTANTIATE_TEST_SUITE_P(table, retry_stops, ::testing::ValuesIn(stop_cases));

std::vector<duration> delays(const scripted_guard::record& x) {
  std::vector<duration> result;
  for (size_t i = 1; i < x.attempts.size(); ++i)
    result.push_back(x.attempts[i].at - x.attempts[i - 1].at);
  return result;
}

TEST(stack_retry, a_success_passes_and_nothing_is_held) {
  for (const auto& p : {quiet_policy(), retry_policy(), bulkhead_policy(1)}) {
    scripted_guard g{p};
    g.otherwise = says(value(7), ms(5));
    g.ask();
    EXPECT_EQ(g.of(1).answers, 0);
    g.run(ms(5));
    EXPECT_EQ(g.of(1).got, value(7));
    EXPECT_EQ(g.of(1).attempts.size(), 1u);
    EXPECT_EQ(g.of(1).attempts.at(0).due, g.of(1).arrived + ms(100));
    EXPECT_EQ(g.counts().successes, 1u);
    g.expect_idle();
  }
}

TEST(stack_retry, delays_are_those_of_the_backoff) {
  auto p = retry_policy(5);
  p.retry->backoff.kind = backoff_kind::exponential;
  scripted_guard g{p};
  g.script = {fails(), fails(), fails(), fails(), says(value(1))};
  g.ask();
  g.run(ms(500));
  EXPECT_EQ(delays(g.of(1)),
            (std::vector<duration>{ms(10), ms(20), ms(40), ms(80)}));
  EXPECT_EQ(g.of(1).got, value(1));
  EXPECT_EQ(g.layers().retries, 4u);
  g.expect_idle();
}

TEST(stack_retry, decorrelated_delays_grow_from_the_last_one) {
  auto p = retry_policy(20);
  p.retry->backoff.jitter = jitter_kind::decorrelated;
  p.retry->backoff.max_delay = ms(1000);
  scripted_guard g{p};
  g.otherwise = fails();
  g.ask();
  g.run(ms(20'000));
  auto all = delays(g.of(1));
  ASSERT_EQ(all.size(), 19u);
  auto previous = ms(10);
  for (auto x : all) {
    EXPECT_GE(x, ms(10));
    EXPECT_LE(x, 3 * previous);
    previous = x;
  }
  EXPECT_GT(*std::max_element(all.begin(), all.end()), ms(30));
}

TEST(stack_retry, a_longer_hint_replaces_the_delay_a_shorter_one_does_not) {
  scripted_guard g{retry_policy()};
  g.script = {fails(1, ms(30)), fails(2, ms(9)), says(value(1))};
  g.ask();
  g.run(ms(100));
  EXPECT_EQ(delays(g.of(1)), (std::vector<duration>{ms(30), ms(10)}));
}

TEST(stack_retry, an_attempt_that_times_out_is_tried_again) {
  scripted_guard g{retry_policy(3)};
  g.script = {silent(), says(value(9), ms(5))};
  g.ask();
  g.run(ms(99));
  EXPECT_EQ(g.counts().failures, 0u);
  g.run(ms(1));
  EXPECT_EQ(g.counts().failures, 1u);
  g.run(ms(15));
  EXPECT_EQ(g.of(1).got, value(9));
  EXPECT_EQ(g.counts().latency.empty(), false);
  EXPECT_EQ(g.noted, 1u) << "the circuit's status says why";
  g.expect_idle();
}

TEST(stack_retry, the_late_answer_of_an_earlier_attempt_finds_nothing) {
  scripted_guard g{retry_policy(3)};
  g.script = {says(value(1), ms(150)), says(value(2), ms(90))};
  g.ask();
  g.run(ms(151)); // the second attempt began at 110
  EXPECT_EQ(g.of(1).answers, 0);
  EXPECT_EQ(g.counts().late_answers, 1u);
  g.run(ms(50));
  EXPECT_EQ(g.of(1).got, value(2));
  EXPECT_EQ(g.of(1).attempts.size(), 2u);
  g.expect_idle();
}

TEST(stack_retry, an_answer_during_the_pause_is_late) {
  scripted_guard g{retry_policy(2, ms(50))};
  g.script = {{{trouble(1), value(1)}, ms(5), false}, says(value(2))};
  g.ask();
  g.run(ms(20));
  EXPECT_EQ(g.counts().late_answers, 1u);
  EXPECT_EQ(g.of(1).answers, 0);
  g.run(ms(40));
  EXPECT_EQ(g.of(1).got, value(2));
}

TEST(stack_retry, who_answers_twice_is_heard_once) {
  scripted_guard g{quiet_policy()};
  for (auto now : {false, true}) {
    g.otherwise = {{value(1), value(2)}, {}, now};
    auto n = g.ask();
    EXPECT_EQ(g.of(n).got, value(1));
  }
  EXPECT_EQ(g.counts().late_answers, 2u);
  EXPECT_EQ(g.counts().successes, 2u);
  g.expect_idle();
}

TEST(stack_retry, what_is_neutral_is_not_tried_again) {
  auto p = retry_policy();
  p.fallback = fallback_config{};
  scripted_guard g{p,
                   {.fallback = scripted_hooks::fallback_kind::function,
                    .answer = [](const reply&) { return value(1); }}};
  g.script = {says(from_within(errc::circuit_open))};
  g.ask();
  EXPECT_EQ(g.of(1).got, from_within(errc::circuit_open));
  EXPECT_EQ(g.counts().neutral, 1u);
  EXPECT_EQ(g.counts().failures, 0u);
  EXPECT_EQ(g.layers().fallbacks, 0u);
  g.expect_idle();
}

TEST(stack_retry, a_value_that_counts_as_a_failure_comes_as_it_is) {
  auto p = retry_policy(2);
  p.fallback = fallback_config{};
  scripted_guard g{p,
                   {.fallback = scripted_hooks::fallback_kind::function,
                    .answer = [](const reply&) { return value(1); }}};
  g.otherwise = says(value(-4));
  g.ask();
  g.run(ms(100));
  EXPECT_EQ(g.of(1).attempts.size(), 2u);
  EXPECT_EQ(g.of(1).got, value(-4)) << "no error: neither report nor fallback";
  EXPECT_EQ(g.counts().failures, 2u);
}

TEST(stack_retry, without_retry_a_failure_comes_as_it_is) {
  auto p = quiet_policy();
  p.bulkhead = bulkhead_config{};
  scripted_guard g{p};
  g.otherwise = fails(5);
  g.ask();
  EXPECT_EQ(g.of(1).got, trouble(5));
  g.expect_idle();
}

TEST(stack_retry, each_call_adds_to_the_budget_when_it_begins) {
  auto p = retry_policy(2, ms(0));
  p.retry->budget = retry_budget_config{1, 0.5, 0};
  scripted_guard g{p};
  g.otherwise = fails(1);
  std::vector<retry_stop> whys;
  for (int i = 0; i < 5; ++i)
    whys.push_back(g.of(g.ask()).got.report->why);
  // 1, then 0.5, 1, 0.5, 1: every second call is tried again.
  using enum retry_stop;
  EXPECT_EQ(whys, (std::vector{attempts, budget, attempts, budget, attempts}));
  EXPECT_EQ(g.layers().retries, 3u);
}

TEST(stack_retry, who_was_not_admitted_at_all_adds_nothing_to_the_budget) {
  auto p = retry_policy(2, ms(0));
  p.breaker->failure_threshold = 1;
  p.retry->budget = retry_budget_config{10, 1, 0};
  scripted_guard g{p};
  g.otherwise = fails(1);
  g.ask(); // takes one for the retry, which the circuit then refuses
  EXPECT_EQ(g.of(1).got.report->why, retry_stop::circuit);
  EXPECT_EQ(g.layers().retry_budget, 9);
  g.ask();
  EXPECT_EQ(g.of(2).got.code, static_cast<int64_t>(errc::circuit_open));
  EXPECT_EQ(g.of(2).got.report, std::nullopt);
  EXPECT_EQ(g.layers().retry_budget, 9);
}

TEST(stack_retry, the_circuit_counts_no_rejection_as_a_failure) {
  auto p = retry_policy(1);
  p.breaker->failure_threshold = 1;
  p.breaker->cooldown = ms(10);
  scripted_guard g{p};
  g.script = {fails(1)};
  g.ask();
  for (int i = 0; i < 3; ++i)
    g.ask();
  EXPECT_EQ(g.counts().failures, 1u);
  EXPECT_EQ(g.counts().rejected, 3u);
  EXPECT_EQ(g.of(2).got, ours(errc::circuit_open, ms(10)));
  EXPECT_TRUE(g.of(2).bounced) << "no layer follows this call";
  g.expect_idle();
}

} // namespace

} // namespace resilience::test
