// The window alone: its edges in calls, seconds and settings.
#include "resilience/sliding_window.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

constexpr auto ok = outcome::success;
constexpr auto bad = outcome::failure;

window_config calls(int32_t size, int32_t minimum) {
  return {.kind = window_kind::count,
          .window_size = size,
          .minimum_calls = minimum,
          .slow_call_duration = 100ms};
}

window_config seconds(int32_t size, int32_t minimum = 1) {
  auto result = calls(size, minimum);
  result.kind = window_kind::time;
  return result;
}

uint64_t buffered(sliding_window& x, time_point now) {
  return x.rates(now).buffered_calls;
}

void record(sliding_window& x, outcome what, int n, time_point now = at(0),
            duration took = 1ms) {
  for (int i = 0; i < n; ++i)
    x.record(what, took, now);
}

// -- rates and thresholds -----------------------------------------------------

TEST(sliding_window, says_nothing_below_the_minimum) {
  sliding_window x{calls(10, 3)};
  EXPECT_EQ(x.rates(at(0)), window_rates{});
  record(x, bad, 2);
  EXPECT_EQ(x.rates(at(0)), (window_rates{-1, -1, 2, 2, 0}));
  EXPECT_FALSE(x.trips(at(0)));
  record(x, ok, 1);
  EXPECT_EQ(x.rates(at(0)).failure_rate, 200.0 / 3);
  EXPECT_TRUE(x.trips(at(0)));
}

TEST(sliding_window, a_count_window_asks_for_no_more_than_it_holds) {
  sliding_window x{calls(2, 1'000'000)};
  record(x, bad, 1);
  EXPECT_FALSE(x.trips(at(0)));
  record(x, bad, 1);
  EXPECT_TRUE(x.trips(at(0)));
}

TEST(sliding_window, a_time_window_waits_for_its_minimum_whatever_its_size) {
  sliding_window x{seconds(1, 5)};
  record(x, bad, 4);
  EXPECT_FALSE(x.trips(at(0)));
  record(x, bad, 1);
  EXPECT_TRUE(x.trips(at(0)));
}

TEST(sliding_window, a_threshold_that_is_met_exactly_trips) {
  for (auto threshold : {33.3, 50.0, 0.1, 99.9, 57.7, 100.0}) {
    auto cfg = calls(1000, 1000);
    cfg.failure_rate_threshold = threshold;
    sliding_window x{cfg};
    auto failures = static_cast<int>(threshold * 10 + 0.5);
    record(x, bad, failures);
    record(x, ok, 1000 - failures);
    EXPECT_TRUE(x.trips(at(0))) << threshold;
    EXPECT_EQ(x.rates(at(0)).failure_rate, threshold);
    sliding_window y{cfg};
    record(y, bad, failures - 1);
    record(y, ok, 1001 - failures);
    EXPECT_FALSE(y.trips(at(0))) << threshold;
  }
}

TEST(sliding_window, slow_is_longer_than_the_limit) {
  sliding_window x{calls(3, 3)};
  record(x, ok, 1, at(0), 100ms);
  EXPECT_EQ(x.rates(at(0)).slow_calls, 0u);
  record(x, ok, 1, at(0), 100ms + 1ns);
  // A slow failure counts in both.
  record(x, bad, 1, at(0), duration::max());
  EXPECT_EQ(x.rates(at(0)), (window_rates{100.0 / 3, 200.0 / 3, 3, 1, 2}));
}

TEST(sliding_window, slow_successes_trip) {
  auto cfg = calls(4, 4);
  cfg.slow_call_rate_threshold = 50;
  sliding_window x{cfg};
  record(x, ok, 2);
  record(x, ok, 1, at(0), 1s);
  EXPECT_FALSE(x.trips(at(0)));
  record(x, ok, 1, at(0), 1s);
  EXPECT_TRUE(x.trips(at(0)));
}

TEST(sliding_window, a_neutral_result_is_none) {
  sliding_window x{calls(4, 1)};
  record(x, outcome::neutral, 3, at(0), 1s);
  EXPECT_EQ(x.rates(at(0)), window_rates{});
}

// -- what leaves --------------------------------------------------------------

TEST(sliding_window, the_oldest_call_leaves_for_a_new_one) {
  for (auto size : {1, 2, 31, 32, 33, 64, 100}) {
    sliding_window x{calls(size, 1)};
    record(x, bad, size, at(0), 1s);
    for (int i = 1; i <= size; ++i) {
      record(x, ok, 1);
      auto left = static_cast<uint64_t>(size - i);
      auto got = x.rates(at(0));
      EXPECT_EQ(got.buffered_calls, static_cast<uint64_t>(size));
      EXPECT_EQ(got.failed_calls, left) << size;
      EXPECT_EQ(got.slow_calls, left) << size;
    }
  }
}

TEST(sliding_window, calls_do_not_age) {
  sliding_window x{calls(3, 1)};
  record(x, bad, 3);
  EXPECT_EQ(buffered(x, time_point::max()), 3u);
}

TEST(sliding_window, a_second_leaves_as_a_whole) {
  sliding_window x{seconds(3)};
  record(x, bad, 1, at(1000));
  record(x, bad, 1, at(1999));
  record(x, bad, 1, at(2000));
  EXPECT_EQ(buffered(x, at(3999)), 3u);
  EXPECT_EQ(buffered(x, at(4000) - 1ns), 3u);
  EXPECT_EQ(buffered(x, at(4000)), 1u);
  EXPECT_EQ(buffered(x, at(4999)), 1u);
  EXPECT_EQ(x.rates(at(5000)), window_rates{});
}

TEST(sliding_window, a_window_of_one_second_is_the_current_one) {
  sliding_window x{seconds(1)};
  record(x, bad, 1, at(999));
  EXPECT_EQ(buffered(x, at(999)), 1u);
  record(x, ok, 1, at(1000));
  EXPECT_EQ(x.rates(at(1000)), (window_rates{0, 0, 1, 0, 0}));
}

TEST(sliding_window, seconds_before_the_epoch_begin_at_whole_ones_too) {
  sliding_window x{seconds(2)};
  record(x, bad, 1, at(-1001)); // second -2
  record(x, bad, 1, at(-1)); // second -1
  EXPECT_EQ(buffered(x, at(-1)), 2u);
  EXPECT_EQ(buffered(x, at(0)), 1u);
  EXPECT_EQ(buffered(x, at(999)), 1u);
  EXPECT_EQ(buffered(x, at(1000)), 0u);
}

TEST(sliding_window, clock_jumps_clear_it_at_once) {
  sliding_window x{seconds(86'400)};
  time_point t = time_point::min();
  for (auto jump : {duration{0}, duration{24h * 365 * 290},
                    duration{24h * 365 * 200}, duration{24h}}) {
    t = saturating_add(t, jump);
    EXPECT_EQ(buffered(x, t), 0u);
    record(x, bad, 5, t, 1s);
    EXPECT_EQ(x.rates(t), (window_rates{100, 100, 5, 5, 5}));
  }
  EXPECT_EQ(buffered(x, time_point::max()), 0u);
  record(x, bad, 1, time_point::max());
  EXPECT_EQ(buffered(x, time_point::max()), 1u);
}

TEST(sliding_window, a_result_that_comes_late_goes_to_its_own_second) {
  sliding_window x{seconds(3)};
  record(x, ok, 1, at(5000));
  record(x, bad, 1, at(3000));
  record(x, bad, 1, at(2999)); // has left
  EXPECT_EQ(x.rates(at(0)), (window_rates{50, 0, 2, 1, 0}));
  EXPECT_EQ(x.rates(at(6000)), (window_rates{0, 0, 1, 0, 0}));
}

TEST(sliding_window, clear_forgets_every_result) {
  for (auto cfg : {calls(40, 1), seconds(40)}) {
    sliding_window x{cfg};
    for (int i = 0; i < 50; ++i)
      record(x, bad, 1, at(i * 500), 1s);
    x.clear();
    EXPECT_EQ(x.rates(at(25'000)), window_rates{});
    record(x, ok, 1, at(25'000));
    EXPECT_EQ(x.rates(at(25'000)), (window_rates{0, 0, 1, 0, 0}));
  }
}

TEST(sliding_window, a_cleared_count_window_equals_a_new_one) {
  sliding_window x{calls(40, 1)};
  record(x, bad, 35, at(0), 1s);
  x.clear();
  EXPECT_EQ(x, sliding_window{calls(40, 1)});
}

// -- new settings -------------------------------------------------------------

TEST(sliding_window, the_newest_calls_stay_that_fit) {
  for (auto recorded : {3, 5, 7}) { // part full, full, around
    sliding_window x{calls(5, 1)};
    for (int i = 0; i < recorded; ++i)
      record(x, i < recorded - 2 ? bad : ok, 1);
    x.configure(calls(3, 1), at(0));
    EXPECT_EQ(x.rates(at(0)).buffered_calls, 3u);
    EXPECT_EQ(x.rates(at(0)).failed_calls, 1u);
    x.configure(calls(50, 1), at(0));
    EXPECT_EQ(x.rates(at(0)).failed_calls, 1u);
    record(x, ok, 47);
    EXPECT_EQ(x.rates(at(0)).failed_calls, 1u);
    record(x, ok, 1);
    EXPECT_EQ(x.rates(at(0)).failed_calls, 0u);
  }
}

TEST(sliding_window, the_seconds_stay_that_fit) {
  sliding_window x{seconds(5)};
  for (int i = 0; i < 8; ++i)
    record(x, i % 2 == 0 ? bad : ok, 1, at(i * 1000));
  x.configure(seconds(2), at(7000));
  EXPECT_EQ(x.rates(at(7000)), (window_rates{50, 0, 2, 1, 0}));
  x.configure(seconds(10), at(8000)); // one second left while it was small
  EXPECT_EQ(x.rates(at(8000)), (window_rates{0, 0, 1, 0, 0}));
  EXPECT_EQ(buffered(x, at(16'999)), 1u);
  EXPECT_EQ(buffered(x, at(17'000)), 0u);
}

TEST(sliding_window, another_kind_starts_empty) {
  sliding_window x{calls(5, 1)};
  record(x, bad, 5);
  x.configure(seconds(5), at(0));
  EXPECT_EQ(x.rates(at(0)), window_rates{});
  record(x, bad, 5);
  x.configure(calls(5, 1), at(0));
  EXPECT_EQ(x.rates(at(0)), window_rates{});
}

TEST(sliding_window, new_limits_hold_for_what_is_there) {
  sliding_window x{calls(5, 5)};
  record(x, bad, 1, at(0), 50ms);
  record(x, ok, 2, at(0), 50ms);
  auto cfg = calls(5, 3);
  cfg.failure_rate_threshold = 30;
  cfg.slow_call_duration = 10ms; // for what comes
  x.configure(cfg, at(0));
  EXPECT_TRUE(x.trips(at(0)));
  EXPECT_EQ(x.rates(at(0)).slow_calls, 0u);
  record(x, ok, 1, at(0), 50ms);
  EXPECT_EQ(x.rates(at(0)).slow_calls, 1u);
}

// -- validation ---------------------------------------------------------------

TEST(sliding_window, every_bound_of_its_settings_holds) {
  struct row {
    void (*set)(window_config&);
    const char* fault;
  };
  const row rows[] = {
    {[](window_config&) {}, ""},
    {[](window_config& x) { x.window_size = 0; },
     "window.window_size must be between 1 and 1000000, is 0"},
    {[](window_config& x) { x.window_size = 1'000'000; }, ""},
    {[](window_config& x) { x.window_size = 1'000'001; },
     "window.window_size must be between 1 and 1000000, is 1000001"},
    {[](window_config& x) { x = seconds(86'400); }, ""},
    {[](window_config& x) { x = seconds(86'401); },
     "window.window_size of a time window must be at most 86400, is 86401"},
    {[](window_config& x) { x.minimum_calls = 1'000'000; }, ""},
    {[](window_config& x) { x.minimum_calls = 0; },
     "window.minimum_calls must be between 1 and 1000000, is 0"},
    {[](window_config& x) { x.minimum_calls = 1'000'001; },
     "window.minimum_calls must be between 1 and 1000000, is 1000001"},
    {[](window_config& x) { x.failure_rate_threshold = 100; }, ""},
    {[](window_config& x) { x.failure_rate_threshold = 1e-300; }, ""},
    {[](window_config& x) { x.failure_rate_threshold = 0; },
     "window.failure_rate_threshold must be above 0"},
    {[](window_config& x) { x.failure_rate_threshold = -1; },
     "window.failure_rate_threshold must be between 0 and 100, is -1"},
    {[](window_config& x) { x.failure_rate_threshold = 100.5; },
     "window.failure_rate_threshold must be between 0 and 100, is 100.5"},
    {[](window_config& x) { x.slow_call_rate_threshold = -0.0; },
     "window.slow_call_rate_threshold must be above 0"},
    {[](window_config& x) {
       x.slow_call_rate_threshold = std::numeric_limits<double>::quiet_NaN();
     },
     "window.slow_call_rate_threshold must be between 0 and 100, is nan"},
    {[](window_config& x) { x.slow_call_duration = 1ns; }, ""},
    {[](window_config& x) { x.slow_call_duration = 0s; },
     "window.slow_call_duration must be between 1ns and 8760h, is 0s"},
    {[](window_config& x) { x.slow_call_duration = duration::max(); },
     "window.slow_call_duration must be between 1ns and 8760h, is "
     "9223372036854775807ns"},
    {[](window_config& x) { x.kind = static_cast<window_kind>(9); },
     "window.kind must be count or time"},
  };
  for (const auto& row : rows) {
    window_config x;
    row.set(x);
    EXPECT_EQ(to_string(validate(x)), row.fault) << "row " << (&row - rows);
  }
}

} // namespace

} // namespace resilience::test
