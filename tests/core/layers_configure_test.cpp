// The machines between many calls, given other settings while they work.
#include "resilience/layers.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace resilience::test {

namespace {

policy with_chaos(const chaos_config& x) {
  policy p;
  p.chaos = x;
  return p;
}

policy with_hedge(const hedge_config& x) {
  policy p;
  p.hedge = x;
  return p;
}

policy with_adaptive(const adaptive_config& x, int32_t ceiling) {
  policy p;
  p.bulkhead = bulkhead_config{
    .max_concurrent = ceiling, .max_queue = 1000, .max_wait = ms(10'000)};
  p.bulkhead->adaptive = x;
  return p;
}

std::vector<injected> faults_of(layers& x, int n = 50) {
  std::vector<injected> result;
  for (int i = 0; i < n; ++i)
    result.push_back(x.draw_fault());
  return result;
}

constexpr chaos_config mixed{.error_rate = 0.3, .drop_rate = 0.3};

TEST(layers_configure, chaos_goes_on_where_it_was) {
  layers x{with_chaos(mixed)};
  layers all{with_chaos(mixed)};
  auto expected = faults_of(all, 100);
  auto got = faults_of(x);
  x.configure(with_chaos(mixed), at(0));
  auto rest = faults_of(x);
  got.insert(got.end(), rest.begin(), rest.end());
  EXPECT_EQ(got, expected);
  x.configure(with_chaos({.error_rate = 1}), at(0));
  EXPECT_EQ(faults_of(x), std::vector<injected>(50, injected::error));
}

TEST(layers_configure, chaos_that_was_off_begins_anew) {
  layers x{with_chaos(mixed)};
  auto first = faults_of(x);
  x.configure(policy{}, at(0));
  EXPECT_EQ(faults_of(x), std::vector<injected>(50, injected::nothing));
  x.configure(with_chaos(mixed), at(0));
  EXPECT_EQ(faults_of(x), first);
}

TEST(layers_configure, a_hedge_forgets_latencies_it_no_longer_wants) {
  layers x{with_hedge({.delay = ms(500), .quantile = 0.9})};
  for (int i = 0; i < 1000; ++i)
    x.learn(outcome::success, ms(10), at(i));
  EXPECT_LT(x.hedge_delay(at(1000)), ms(20));
  x.configure(with_hedge({.delay = ms(400)}), at(1000));
  EXPECT_EQ(x.hedge_delay(at(1000)), ms(400));
  x.configure(with_hedge({.delay = ms(300), .quantile = 0.9}), at(1000));
  EXPECT_EQ(x.hedge_delay(at(1000)), ms(300));
  x.configure(policy{}, at(1000));
  EXPECT_EQ(x.hedge_delay(at(1000)), duration::max());
}

TEST(layers_configure, a_hedge_keeps_what_it_knows_for_another_quantile) {
  layers x{with_hedge({.delay = ms(500), .quantile = 0.9})};
  for (int i = 0; i < 1000; ++i)
    x.learn(outcome::success, i % 4 == 0 ? ms(100) : ms(10), at(i));
  EXPECT_GE(x.hedge_delay(at(1000)), ms(90));
  x.configure(with_hedge({.delay = ms(500), .quantile = 0.5}), at(1000));
  EXPECT_LT(x.hedge_delay(at(1000)), ms(20));
}

TEST(layers_configure, an_adaptive_limit_keeps_within_its_new_bounds) {
  layers x{with_adaptive({.initial = 50}, 100)};
  EXPECT_EQ(x.metrics(at(0)).concurrency_limit, 50);
  x.configure(with_adaptive({.initial = 50}, 20), at(0));
  EXPECT_EQ(x.metrics(at(0)).concurrency_limit, 20);
}

TEST(layers_configure, a_limit_is_in_force_with_the_result_that_moved_it) {
  layers x{with_adaptive({.initial = 4}, 1000)};
  adaptive_limit alone{{.initial = 4}, 1000};
  auto never = []() -> uint64_t { return 0; };
  while (x.enter(false, never) == layers::entry::granted)
    continue;
  auto moved = false;
  for (int i = 1; i < 1000 && !moved; ++i) {
    alone.record(outcome::success, ms(10), 4, at(i));
    x.learn(outcome::success, ms(10), at(i));
    ASSERT_EQ(x.metrics(at(i)).concurrency_limit, alone.limit()) << i;
    moved = alone.limit() != 4;
  }
  EXPECT_TRUE(moved);
}

TEST(layers_configure, a_limit_that_grows_lets_in_who_waits_at_once) {
  layers x{with_adaptive({.initial = 4}, 1000), 1};
  uint64_t id = 1;
  auto open = [&] { return id++; };
  for (int i = 0; i < 4; ++i)
    ASSERT_EQ(x.enter(true, open), layers::entry::granted);
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(x.enter(true, open), layers::entry::queued);
  auto before = x.metrics(at(0));
  auto grown = 0;
  for (int i = 1; i < 2000 && grown < 3; ++i) {
    auto let_in = x.learn(outcome::success, ms(10), at(i));
    auto after = x.metrics(at(i));
    auto room = std::max(0, after.concurrency_limit
                              - std::max(before.concurrency_limit,
                                         static_cast<int32_t>(before.running)));
    ASSERT_EQ(let_in.size(), static_cast<size_t>(room)) << i;
    grown += let_in.empty() ? 0 : 1;
    before = after;
  }
  EXPECT_EQ(grown, 3);
}

TEST(layers_configure, all_that_is_on_is_described) {
  policy p;
  p.hedge = hedge_config{.delay = ms(7)};
  p.shedding = shedding_config{.max_age = ms(8)};
  p.chaos = mixed;
  policy described;
  layers{p}.describe_into(described);
  EXPECT_EQ(described.hedge, p.hedge);
  EXPECT_EQ(described.shedding, p.shedding);
  EXPECT_EQ(described.chaos, p.chaos);
}

} // namespace

} // namespace resilience::test
