// What failures and time do to a limit that follows latency.
#include "core/adaptive_fixture.hpp"

#include <limits>
#include <vector>

namespace resilience::test {

namespace {

constexpr auto most = std::numeric_limits<int32_t>::max();

// -- failures -----------------------------------------------------------------

TEST(adaptive_limit_events, quick_failures_are_no_low_latency) {
  auto x = knows_10ms();
  x.end(2, 1us, outcome::failure);
  x.end(18, 10ms);
  EXPECT_EQ(x.limit.limit(), 11);
  EXPECT_EQ(x.limit.baseline(), 10ms);
}

TEST(adaptive_limit_events, more_than_a_tenth_of_quick_failures_cut) {
  auto x = knows_10ms();
  x.end(3, 1us, outcome::failure);
  x.end(17, 10ms);
  EXPECT_EQ(x.limit.limit(), 8);
  x.settle(10ms);
  x.end(24, 10ms);
  EXPECT_EQ(x.limit.limit(), 9); // fewer calls, no failures: it was that
}

TEST(adaptive_limit_events,
     failures_that_a_lower_limit_does_not_lower_are_given) {
  auto x = knows_10ms();
  std::vector<int32_t> seen;
  for (int i = 0; i < 5; ++i) {
    auto before = x.limit.limit();
    for (int n = 0; n < 200 && x.limit.limit() == before; ++n)
      x.end(1, n % 2 == 0 ? 10ms : 1us,
            n % 2 == 0 ? outcome::success : outcome::failure);
    seen.push_back(x.limit.limit());
  }
  // Half of ten or less and as many fail: back, and on from there.
  EXPECT_EQ(seen, (std::vector<int32_t>{8, 6, 5, 10, 11}));
}

TEST(adaptive_limit_events, failures_that_the_floor_does_not_lower_are_given) {
  calls x{{.floor = 8}};
  for (int i = 0; i < 400; ++i) {
    x.end(3, 10ms);
    x.end(2, 1us, outcome::failure);
  }
  EXPECT_GE(x.limit.limit(), 10);
}

TEST(adaptive_limit_events, an_outage_leaves_the_limit_where_it_was) {
  auto x = knows_10ms();
  x.end(1000, 1us, outcome::failure);
  EXPECT_EQ(x.limit.limit(), 10);
  EXPECT_EQ(x.limit.baseline(), 10ms);
  // And so does one before anything is known.
  calls y;
  y.end(1000, 1us, outcome::failure);
  EXPECT_EQ(y.limit.limit(), 10);
  EXPECT_EQ(y.limit.baseline(), 0ns);
}

TEST(adaptive_limit_events, slow_failures_of_most_calls_cut_by_half) {
  auto x = knows_10ms();
  x.end(9, 10ms);
  x.end(11, 1s, outcome::failure);
  // Their spread asks for more results, all of them alike.
  while (x.limit.limit() == 10)
    x.end(1, 1s, outcome::failure);
  EXPECT_EQ(x.limit.limit(), 5);
  x.end(2000, 1s, outcome::failure);
  EXPECT_EQ(x.limit.limit(), 1);
  EXPECT_EQ(x.limit.baseline(), 10ms);
  EXPECT_FALSE(x.limit.probing());
}

/// Has grown some times in a row.
calls growing() {
  auto x = knows_10ms();
  while (x.limit.limit() < 17)
    x.end(1, 10ms);
  return x;
}

TEST(adaptive_limit_events, after_slow_failures_steps_are_small_again) {
  auto x = growing();
  for (int i = 0; i < 1'000 && x.limit.limit() >= 17; ++i)
    x.end(1, 1s, outcome::failure);
  auto low = x.limit.limit();
  ASSERT_LT(low, 17);
  x.until_moved(1'000, 10ms);
  EXPECT_EQ(x.limit.limit(), low + 1);
}

TEST(adaptive_limit_events, after_a_limit_that_was_not_reached_too) {
  auto x = growing();
  auto before = x.limit.limit();
  for (int i = 0; i < 200; ++i)
    x.limit.record(outcome::success, 10ms, 1, x.now += 1ms);
  ASSERT_EQ(x.limit.limit(), before);
  x.until_moved(1'000, 10ms);
  EXPECT_EQ(x.limit.limit(), before + 1);
}

TEST(adaptive_limit_events, slow_failures_during_a_probe_end_it) {
  calls x;
  x.end(40, 10ms);
  ASSERT_TRUE(x.limit.probing());
  x.end(40, 1s, outcome::failure);
  EXPECT_FALSE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 3);
}

TEST(adaptive_limit_events, quick_failures_during_a_probe_end_it) {
  calls x;
  x.end(40, 10ms);
  ASSERT_TRUE(x.limit.probing());
  x.end(40, 1us, outcome::failure);
  EXPECT_FALSE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 8); // of ten, not of seven
}

// -- time ---------------------------------------------------------------------

TEST(adaptive_limit_events, a_busy_limit_is_tried_lower_now_and_then) {
  calls x{{.probe_interval = 1s}, 10};
  x.served(200, 1000, 10ms);
  int probes = 0;
  int low = 0;
  for (int i = 0; i < 20'000; ++i) { // twenty seconds
    auto before = x.limit.probing();
    x.served(1, 1000, 10ms);
    probes += !before && x.limit.probing();
    low += x.limit.probing();
  }
  EXPECT_GE(probes, 14);
  EXPECT_LE(probes, 20);
  EXPECT_EQ(low, probes * 40);
  EXPECT_EQ(x.limit.limit(), 10);
}

TEST(adaptive_limit_events, a_limit_that_is_not_busy_is_not_tried_lower) {
  auto x = knows_10ms({.probe_interval = 1s});
  for (int i = 0; i < 20'000; ++i) {
    x.limit.record(outcome::success, 10ms, 5, x.now += 1ms);
    ASSERT_FALSE(x.limit.probing());
  }
  EXPECT_EQ(x.limit.limit(), 10);
}

TEST(adaptive_limit_events, seeds_vary_when_that_is) {
  auto first_probe = [](uint64_t seed) {
    adaptive_limit x{{.probe_interval = 10s}, 10, seed};
    auto now = at(0);
    int n = 0;
    for (; n < 1000 || !x.probing(); ++n)
      x.record(outcome::success, 10ms, x.limit(), now += 2ms);
    return n;
  };
  EXPECT_EQ(first_probe(1), first_probe(1));
  EXPECT_NE(first_probe(1), first_probe(2));
}

TEST(adaptive_limit_events, a_pause_forgets_the_window_and_ends_a_probe) {
  auto x = knows_10ms();
  x.end(19, 1s);
  x.now += 30s;
  x.end(20, 10ms); // left out: calls come to wait anew
  EXPECT_EQ(x.limit.limit(), 10);
  x.end(20, 10ms);
  EXPECT_EQ(x.limit.limit(), 11);
  calls y;
  y.end(40, 10ms);
  ASSERT_TRUE(y.limit.probing());
  y.now += 30s;
  y.end(1, 10ms);
  EXPECT_FALSE(y.limit.probing());
  EXPECT_EQ(y.limit.limit(), 10);
}

TEST(adaptive_limit_events, a_pause_forgets_that_calls_queued) {
  auto x = knows_10ms();
  x.until_moved(1'000, 20ms);
  auto cut = x.limit.limit();
  EXPECT_LT(cut, 10);
  x.now += 40s;
  x.until_moved(1'000, 20ms);
  EXPECT_LT(x.limit.limit(), cut);
  EXPECT_FALSE(x.limit.probing()) << "cut once more, not tried";
}

TEST(adaptive_limit_events, calls_that_take_long_are_no_pause) {
  calls x{{.probe_interval = 1s}};
  for (int i = 0; i < 40; ++i)
    x.limit.record(outcome::success, 10s, 10, x.now += 1s);
  ASSERT_EQ(x.limit.baseline(), 10s);
  for (int i = 0; i < 40; ++i)
    x.limit.record(outcome::success, 10s, 7, x.now += 40s);
  EXPECT_FALSE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 10);
}

TEST(adaptive_limit_events, time_that_goes_back_stands_still) {
  auto x = knows_10ms();
  auto y = x;
  for (int i = 0; i < 20; ++i) {
    x.limit.record(outcome::success, 10ms, 10, x.now);
    y.limit.record(outcome::success, 10ms, 10, at(-1000 * i));
  }
  EXPECT_EQ(x.limit, y.limit);
}

TEST(adaptive_limit_events, the_ends_of_all_inputs_hold) {
  for (auto took : {duration::min(), -1ns, 0ns, 1ns, duration::max()})
    for (auto in_flight : {std::numeric_limits<int32_t>::min(), 0, 1, most})
      for (auto what : {outcome::success, outcome::failure})
        for (auto now : {time_point::min(), at(0), time_point::max()}) {
          adaptive_limit x{{.floor = 2, .probe_interval = duration::max()},
                           most};
          for (int i = 0; i < 3000; ++i)
            x.record(what, took, in_flight, now);
          EXPECT_GE(x.limit(), 2);
          EXPECT_LE(x.limit(), 1'000'000);
          EXPECT_GE(x.baseline(), 0ns);
        }
  calls x;
  x.end(40, duration::max());
  EXPECT_EQ(x.limit.baseline(), duration::max());
}

} // namespace

} // namespace resilience::test
