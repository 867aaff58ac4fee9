// The machines between many calls, one by one; late_ptr, which holds them.
#include "resilience/late_ptr.hpp"
#include "resilience/layers.hpp"

#include "support/instants.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace resilience::test {

namespace {

using entry = layers::entry;

policy with_retry(int attempts, std::optional<retry_budget_config> budget) {
  policy p;
  p.retry = retry_config{};
  p.retry->max_attempts = attempts;
  p.retry->backoff = {.initial_delay = ms(10), .jitter = jitter_kind::none};
  p.retry->budget = budget;
  return p;
}

// -- what is wanted -----------------------------------------------------------

TEST(layers, are_wanted_where_something_is_on) {
  struct {
    std::function<void(policy&)> change;
    bool wanted;
    bool follows;
  } cases[] = {
    {[](policy&) {}, false, false},
    {[](policy& p) { p.timeout.reset(); }, false, false},
    {[](policy& p) { p.breaker.reset(); }, false, false},
    {[](policy& p) { p.retry = retry_config{.max_attempts = 1}; }, false,
     false},
    {[](policy& p) { p.retry = retry_config{}; }, true, true},
    {[](policy& p) { p.bulkhead = bulkhead_config{}; }, true, true},
    {[](policy& p) { p.rate_limiter = rate_limit_config{}; }, true, false},
    {[](policy& p) { p.fallback = fallback_config{}; }, true, true},
    {[](policy& p) { p.timeout->total = ms(1); }, true, true},
    {[](policy& p) { p.timeout->on_timeout = timeout_action::return_none; },
     true, true},
  };
  for (const auto& x : cases) {
    policy p;
    x.change(p);
    EXPECT_EQ(layers::wanted(p), x.wanted) << describe(p);
    EXPECT_EQ(layers{p}.follows_calls(), x.follows) << describe(p);
  }
}

TEST(layers, of_one_kind_arm_no_other) {
  std::function<void(policy&)> kinds[] = {
    [](policy& p) { p.rate_limiter = rate_limit_config{}; },
    [](policy& p) { p.bulkhead = bulkhead_config{}; },
    [](policy& p) { p.retry = retry_config{}; },
    [](policy& p) { p.fallback = fallback_config{}; },
    [](policy& p) { p.timeout->total = ms(1); },
    [](policy& p) { p.timeout->on_timeout = timeout_action::return_none; },
    [](policy& p) { p.hedge = hedge_config{}; },
    [](policy& p) { p.hedge = hedge_config{.quantile = 0.9}; },
    [](policy& p) { p.shedding = shedding_config{}; },
    [](policy& p) { p.chaos = chaos_config{.error_rate = 1}; },
    [](policy& p) { p.keyed = keyed_config{}; },
    [](policy& p) {
      p.bulkhead = bulkhead_config{};
      p.bulkhead->adaptive = adaptive_config{};
    },
  };
  for (const auto& turn_on : kinds) {
    policy p;
    turn_on(p);
    layers x{p};
    auto tokens = 0;
    auto places = 0;
    for (int i = 0; i < 1000; ++i) {
      tokens += x.take_token(at(0)) ? 1 : 0;
      places += x.enter(false, [] { return 0; }) == entry::full ? 0 : 1;
    }
    EXPECT_EQ(tokens == 1000, !p.rate_limiter) << describe(p);
    EXPECT_EQ(places == 1000, !p.bulkhead) << describe(p);
    EXPECT_EQ(x.retries(), p.retry.has_value()) << describe(p);
    EXPECT_EQ(x.falls_back(), p.fallback.has_value()) << describe(p);
    EXPECT_EQ(x.hedges(), p.hedge.has_value()) << describe(p);
    EXPECT_EQ(x.sheds(), p.shedding.has_value()) << describe(p);
    EXPECT_EQ(x.makes_faults(), p.chaos.has_value()) << describe(p);
    EXPECT_EQ(x.keyed(), p.keyed.has_value()) << describe(p);
    EXPECT_EQ(x.learns(), (p.hedge && p.hedge->quantile)
                            || (p.bulkhead && p.bulkhead->adaptive))
      << describe(p);
  }
}

TEST(layers, that_are_off_let_all_pass) {
  layers x{policy{}};
  auto never = []() -> uint64_t { return 0; };
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(x.take_token(at(0)));
    EXPECT_EQ(x.enter(false, never), entry::passed);
  }
  EXPECT_FALSE(x.covers({"shop", 1, {}}));
  EXPECT_FALSE(x.may_retry({"shop", 1, {}}));
  EXPECT_EQ(x.total(), duration::max());
  EXPECT_EQ(x.on_timeout(), timeout_action::raise);
  EXPECT_EQ(x.leave(), std::nullopt);
  EXPECT_EQ(x.metrics(at(0)), layer_metrics{});
}

// -- bulkhead -----------------------------------------------------------------

TEST(layers, who_waits_is_entered_only_when_ready_and_only_if_taken) {
  policy p;
  p.bulkhead = bulkhead_config{1, 2, ms(5)};
  layers x{p};
  uint64_t next = 0;
  auto open = [&] { return next; };
  EXPECT_EQ(x.enter(false, open), entry::granted);
  EXPECT_EQ(x.enter(false, open), entry::not_ready);
  EXPECT_EQ(x.enter(true, open), entry::refused); // the id is 0
  EXPECT_EQ(x.metrics(at(0)).queued, 0u);
  next = 7;
  EXPECT_EQ(x.enter(true, open), entry::queued);
  next = 8;
  EXPECT_EQ(x.enter(true, open), entry::queued);
  EXPECT_EQ(x.enter(true, open), entry::full);
  EXPECT_EQ(x.enter(false, open), entry::full) << "full before not ready";
  auto m = x.metrics(at(0));
  EXPECT_EQ(m.running, 1u);
  EXPECT_EQ(m.queued, 2u);
  EXPECT_EQ(m.bulkhead_full, 2u);
  EXPECT_EQ(x.leave(), 7u);
  x.abandon(8, true);
  x.abandon(8, false);
  EXPECT_EQ(x.leave(), std::nullopt);
  EXPECT_EQ(x.metrics(at(0)).bulkhead_full, 3u);
  EXPECT_EQ(x.metrics(at(0)).running, 0u);
}

// -- retry --------------------------------------------------------------------

struct decide_case {
  const char* name;
  layers::failed_attempt failed;
  std::optional<retry_stop> stop;
  duration delay;
  double left;
};

std::ostream& operator<<(std::ostream& out, const decide_case& x) {
  return out << x.name;
}

class decides : public ::testing::TestWithParam<decide_case> {};

TEST_P(decides, in_one_order) {
  auto& x = GetParam();
  auto p = with_retry(3, retry_budget_config{1, 0, 0});
  p.retry->max_hint = ms(50);
  layers uut{p};
  auto got = uut.decide(x.failed, at(100));
  EXPECT_EQ(got.stop, x.stop);
  EXPECT_EQ(got.delay, x.delay);
  EXPECT_EQ(uut.metrics(at(100)).retry_budget, x.left);
  EXPECT_EQ(uut.metrics(at(100)).retries, x.stop ? 0u : 1u);
}

constexpr auto no_end = time_point::max();
using failed = layers::failed_attempt;
using enum retry_stop;

const decide_case decide_cases[] = {
  {"the first", failed{1, {}, {}, no_end}, std::nullopt, ms(10), 0},
  {"the second", failed{2, ms(10), {}, no_end}, std::nullopt, ms(20), 0},
  {"the last", failed{3, ms(20), {}, no_end}, attempts, {}, 1},
  {"more than allowed", failed{9, ms(20), {}, no_end}, attempts, {}, 1},
  {"attempts before hint", failed{3, {}, ms(51), at(0)}, attempts, {}, 1},
  {"hint before deadline", failed{1, {}, ms(51), at(0)}, hint, {}, 1},
  {"the longest hint", failed{1, {}, ms(50), no_end}, std::nullopt, ms(50), 0},
  {"a short hint", failed{1, {}, ms(9), no_end}, std::nullopt, ms(10), 0},
  {"ends with the call", failed{1, {}, {}, at(110)}, deadline, {}, 1},
  {"just fits", failed{1, {}, {}, at(110) + 1ns}, std::nullopt, ms(10), 0},
};

INSTANTIATE_TEST_SUITE_P(table, decides, ::testing::ValuesIn(decide_cases));

TEST(layers, a_failed_attempt_is_the_first_unless_told_otherwise) {
  layers x{with_retry(1, std::nullopt)};
  EXPECT_EQ(x.decide({}, at(0)).stop, attempts);
}

TEST(layers, a_delay_may_depend_on_the_last_one) {
  auto p = with_retry(1000, std::nullopt);
  p.retry->backoff.jitter = jitter_kind::decorrelated;
  layers x{p};
  auto longest = duration{};
  for (int i = 0; i < 1000; ++i) {
    // Before the first one there was none, whatever is said.
    auto first = x.decide({1, ms(500), {}, no_end}, at(0)).delay;
    EXPECT_LE(first, ms(30));
    longest =
      std::max(longest, x.decide({2, ms(500), {}, no_end}, at(0)).delay);
  }
  EXPECT_GT(longest, ms(1000));
  EXPECT_LE(longest, ms(1500));
}

TEST(layers, calls_count_for_the_budget_only_where_there_is_retry) {
  auto p = with_retry(2, retry_budget_config{5, 0.5, 0});
  layers x{p};
  for (int i = 0; i < 5; ++i)
    x.decide({}, at(0));
  EXPECT_EQ(x.decide({}, at(0)).stop, budget);
  x.on_call();
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 0.5);
  EXPECT_EQ(x.decide({}, at(0)).stop, budget);
  x.on_call();
  EXPECT_EQ(x.decide({}, at(0)).stop, std::nullopt);
  auto off = p;
  off.retry->max_attempts = 1;
  x.configure(off, at(0));
  for (int i = 0; i < 10; ++i)
    x.on_call();
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 0);
}

TEST(layers, calls_made_before_count_at_the_old_rate) {
  layers x{with_retry(2, retry_budget_config{10, 0.5, 0})};
  for (int i = 0; i < 8; ++i)
    x.decide({}, at(0));
  x.on_call();
  x.on_call();
  x.configure(with_retry(2, retry_budget_config{10, 3, 0}), at(0));
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 3);
  x.on_call();
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 6);
}

TEST(layers, a_budget_that_is_turned_on_later_starts_full) {
  layers x{with_retry(2, std::nullopt)};
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 0);
  x.configure(with_retry(2, retry_budget_config{1000, 0, 0}), at(0));
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 1000);
}

TEST(layers, what_is_turned_on_later_starts_full) {
  layers x{[] {
    policy p;
    p.bulkhead = bulkhead_config{};
    return p;
  }()};
  auto p = with_retry(2, retry_budget_config{1000, 0, 0});
  p.rate_limiter = rate_limit_config{1, ms(1000), 1000};
  x.configure(p, at(0));
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(x.take_token(at(0)));
  EXPECT_FALSE(x.take_token(at(0)));
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 1000);
  x.decide({}, at(0));
  // What was on before keeps what it has.
  p.rate_limiter->burst = 2000;
  p.rate_limiter->rate = 1000;
  p.retry->budget->capacity = 2000;
  x.configure(p, at(0));
  EXPECT_FALSE(x.take_token(at(0)));
  EXPECT_TRUE(x.take_token(at(1)));
  EXPECT_EQ(x.metrics(at(0)).retry_budget, 999);
}

TEST(layers, counts_what_it_is_told) {
  layers x{policy{}};
  x.count_fallback(true);
  x.count_fallback(false);
  x.count_fallback(false);
  x.count_substitute();
  x.count_hook_failure();
  layer_metrics expected;
  expected.fallbacks = 1;
  expected.fallback_failures = 2;
  expected.substituted = 1;
  expected.hook_failures = 1;
  EXPECT_EQ(x.metrics(at(0)), expected);
}

TEST(layers, describes_a_timeout_only_where_there_is_one) {
  policy p;
  p.timeout->total = ms(5);
  p.timeout->on_timeout = timeout_action::return_none;
  layers x{p};
  policy with_limit;
  x.describe_into(with_limit);
  EXPECT_EQ(with_limit.timeout, p.timeout);
  policy without;
  without.timeout.reset();
  x.describe_into(without);
  EXPECT_EQ(without.timeout, std::nullopt);
}

// -- late_ptr -----------------------------------------------------------------

TEST(late_ptr, owns_what_it_was_given) {
  auto alive = std::make_shared<int>(1);
  {
    late_ptr<std::shared_ptr<int>> x;
    EXPECT_EQ(x.get(), nullptr);
    x.set(std::make_unique<std::shared_ptr<int>>(alive));
    EXPECT_EQ(**x.get(), 1);
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
  late_ptr<int> never;
  EXPECT_EQ(never.get(), nullptr);
}

TEST(late_ptr, shows_others_nothing_or_all) {
  for (int round = 0; round < 100; ++round) {
    late_ptr<std::vector<int>> x;
    auto reader = [&] {
      while (x.get() == nullptr)
        std::this_thread::yield();
      EXPECT_EQ(x.get()->size(), 1000u);
    };
    run_together({[&] { x.set(std::make_unique<std::vector<int>>(1000, 1)); },
                  reader, reader});
  }
}

} // namespace

} // namespace resilience::test
