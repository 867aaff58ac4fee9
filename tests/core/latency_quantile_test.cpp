#include "resilience/latency_quantile.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

constexpr quantile_config of_ten{
  .quantile = 0.9, .window_size = 10, .minimum_calls = 1, .max_age = 10s};

/// The one latency that `x` was given.
duration only(duration took) {
  recent_latency x{of_ten};
  x.record(took, at(0));
  return *x.value(at(0));
}

void record(recent_latency& x, int n, duration took, time_point now) {
  for (int i = 0; i < n; ++i)
    x.record(took, now);
}

TEST(latency_quantile, without_calls_there_is_none) {
  recent_latency x;
  EXPECT_EQ(x.value(at(0)), std::nullopt);
  EXPECT_EQ(x.value(time_point::max()), std::nullopt);
  EXPECT_EQ(x.calls(at(0)), 0);
}

TEST(latency_quantile, too_few_calls_are_none) {
  recent_latency x;
  record(x, 19, 1ms, at(0));
  EXPECT_EQ(x.value(at(0)), std::nullopt);
  x.record(1ms, at(0));
  EXPECT_NE(x.value(at(0)), std::nullopt);
  // A window that holds fewer asks for half of what it holds.
  recent_latency y{{.window_size = 8, .minimum_calls = 20}};
  record(y, 3, 1ms, at(0));
  EXPECT_EQ(y.value(at(0)), std::nullopt);
  y.record(1ms, at(0));
  EXPECT_NE(y.value(at(0)), std::nullopt);
}

TEST(latency_quantile, one_latency_is_the_middle_of_its_bucket) {
  struct row {
    duration took;
    int64_t value;
  };
  // Buckets are a sixteenth of a power of two wide.
  const row rows[] = {
    {1024ns, 1024 + 32},
    {1087ns, 1024 + 32},
    {1088ns, 1088 + 32},
    {2047ns, 1984 + 32},
    {2048ns, 2048 + 64},
    {2175ns, 2048 + 64},
    {2176ns, 2176 + 64},
    {duration{1 << 20}, (1 << 20) + (1 << 15)},
    {recent_latency::longest, (int64_t{31} << 37) + (int64_t{1} << 36)},
  };
  for (const auto& x : rows)
    EXPECT_EQ(only(x.took).count(), x.value) << x.took.count();
}

TEST(latency_quantile, what_lies_outside_is_the_nearest) {
  for (auto took : {duration::min(), -1ns, 0ns, 1ns, 1023ns})
    EXPECT_EQ(only(took), only(recent_latency::shortest)) << took.count();
  for (auto took : {duration{int64_t{1} << 42}, duration::max()})
    EXPECT_EQ(only(took), only(recent_latency::longest)) << took.count();
  for (auto took : {duration::min(), duration::max()}) {
    recent_latency x;
    x.record(took, at(0));
    EXPECT_EQ(x.calls(at(0)), 1) << took.count();
  }
  EXPECT_EQ(recent_latency::shortest, 1024ns);
  EXPECT_GT(recent_latency::longest, 73min);
}

TEST(latency_quantile, that_share_of_the_calls_took_no_longer) {
  struct row {
    double quantile;
    duration near;
  };
  // Of 1 ms to 20 ms.
  const row rows[] = {
    {0.0, 1ms},   {0.05, 1ms},  {0.051, 2ms}, {0.5, 10ms},
    {0.95, 19ms}, {0.96, 20ms}, {1.0, 20ms},
  };
  for (const auto& row : rows) {
    recent_latency x{{.quantile = row.quantile}};
    for (int i = 20; i > 0; --i)
      x.record(ms(i), at(0));
    auto got = static_cast<double>(x.value(at(0))->count());
    auto near = static_cast<double>(row.near.count());
    EXPECT_NEAR(got, near, near / 33) << row.quantile;
  }
}

TEST(latency_quantile, half_a_window_stays_when_the_newer_one_is_full) {
  recent_latency x{of_ten};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(x.calls(at(0)), i);
    x.record(1ms, at(0));
  }
  EXPECT_EQ(x.calls(at(0)), 10);
  x.record(1s, at(0));
  EXPECT_EQ(x.calls(at(0)), 6);
  EXPECT_EQ(x.value(at(0)), only(1s));
}

TEST(latency_quantile, old_calls_are_forgotten_one_half_at_a_time) {
  recent_latency x{of_ten};
  record(x, 2, 1ms, at(0));
  record(x, 1, 1s, at(4'999));
  EXPECT_EQ(x.calls(at(4'999)), 3);
  record(x, 1, 1s, at(5'000));
  EXPECT_EQ(x.calls(at(5'000)), 4);
  EXPECT_EQ(x.calls(at(9'999)), 4);
  EXPECT_EQ(x.calls(at(10'000)), 1);
  EXPECT_EQ(x.value(at(14'999)), only(1s));
  EXPECT_EQ(x.calls(at(15'000)), 0);
  EXPECT_EQ(x.value(at(15'000)), std::nullopt);
}

TEST(latency_quantile, no_call_counts_beyond_the_longest_age_after_a_pause) {
  recent_latency x{of_ten};
  x.record(1ms, at(0));
  // The next half begins when it was due, not when somebody came.
  x.record(1s, at(9'000));
  EXPECT_EQ(x.calls(at(9'999)), 2);
  EXPECT_EQ(x.calls(at(10'000)), 1);
  EXPECT_EQ(x.calls(at(14'999)), 1);
  EXPECT_EQ(x.calls(at(15'000)), 0);
  x.record(1s, at(20'000));
  EXPECT_EQ(x.calls(at(29'999)), 1);
  EXPECT_EQ(x.calls(at(30'000)), 0);
}

TEST(latency_quantile, a_full_half_begins_the_next_one_at_its_time) {
  recent_latency x{of_ten};
  record(x, 5, 1ms, at(0));
  record(x, 1, 1ms, at(3'000)); // begins the newer half
  EXPECT_EQ(x.calls(at(7'999)), 6);
  EXPECT_EQ(x.calls(at(8'000)), 1);
}

TEST(latency_quantile, time_that_goes_back_stands_still) {
  recent_latency x{of_ten};
  x.record(1ms, at(6'000));
  x.record(1ms, at(0));
  EXPECT_EQ(x.calls(at(0)), 2);
  EXPECT_EQ(x.calls(time_point::min()), 2);
  EXPECT_EQ(x.calls(at(10'999)), 2);
  EXPECT_EQ(x.calls(at(16'000)), 0);
}

TEST(latency_quantile, the_ends_of_the_clock_hold) {
  recent_latency x{{.minimum_calls = 1, .max_age = duration::max()}};
  x.record(1ms, time_point::min());
  EXPECT_EQ(x.calls(time_point::min()), 1);
  x.record(1ms, time_point::max());
  EXPECT_EQ(x.calls(time_point::max()), 1);
  EXPECT_NE(x.value(time_point::max()), std::nullopt);
}

TEST(latency_quantile, a_value_is_computed_anew_after_a_sixteenth) {
  recent_latency x{{.quantile = 1, .window_size = 1000, .minimum_calls = 1}};
  record(x, 99, 1ms, at(0));
  EXPECT_EQ(x.value(at(0)), only(1ms));
  record(x, 6, 1s, at(0));
  EXPECT_EQ(x.value(at(0)), only(1ms)); // 6 of 105
  record(x, 1, 1s, at(0));
  EXPECT_EQ(x.value(at(0)), only(1s));
  // One call is always more than a sixteenth of the few.
  recent_latency y{of_ten};
  y.record(1ms, at(0));
  EXPECT_EQ(y.value(at(0)), only(1ms));
  y.record(1s, at(0));
  EXPECT_EQ(y.value(at(0)), only(1s));
}

TEST(latency_quantile, new_settings_keep_what_fits) {
  recent_latency x{of_ten};
  record(x, 5, 1ms, at(0));
  record(x, 4, 1s, at(0));
  EXPECT_EQ(x.value(at(0)), only(1s));
  auto other = of_ten;
  other.quantile = 0.5;
  x.configure(other, at(0));
  EXPECT_EQ(x.config(), other);
  EXPECT_EQ(x.value(at(0)), only(1ms));
  other.window_size = 9;
  x.configure(other, at(0));
  EXPECT_EQ(x.calls(at(0)), 9);
  other.window_size = 8;
  x.configure(other, at(0));
  EXPECT_EQ(x.calls(at(0)), 4);
  EXPECT_EQ(x.value(at(0)), only(1s));
  other.window_size = 4;
  x.configure(other, at(0));
  EXPECT_EQ(x.calls(at(0)), 4);
  x.record(1ms, at(0));
  EXPECT_EQ(x.calls(at(0)), 5); // the four are the older half now
  other.window_size = 2;
  x.configure(other, at(0));
  EXPECT_EQ(x.calls(at(0)), 1);
  other.max_age = 1ms;
  x.configure(other, at(1));
  EXPECT_EQ(x.calls(at(1)), 0);
}

TEST(latency_quantile, new_settings_bring_nothing_back) {
  recent_latency x{of_ten};
  x.record(1ms, at(0));
  auto other = of_ten;
  other.max_age = 1h;
  x.configure(other, at(20'000));
  EXPECT_EQ(x.calls(at(20'000)), 0);
}

TEST(latency_quantile, a_value_is_computed_anew_when_calls_are_forgotten) {
  recent_latency x{{.window_size = 100, .minimum_calls = 1, .max_age = 10s}};
  record(x, 40, 1s, at(0));
  record(x, 20, 1ms, at(6'000));
  EXPECT_EQ(x.value(at(6'000)), only(1s));
  EXPECT_EQ(x.value(at(11'000)), only(1ms));
}

TEST(latency_quantile, a_window_that_is_too_full_for_new_settings_is_empty) {
  recent_latency x{of_ten};
  record(x, 5, 1ms, at(0));
  auto other = of_ten;
  other.window_size = 4;
  x.configure(other, at(0));
  EXPECT_EQ(x.calls(at(0)), 0);
}

TEST(latency_quantile, the_greatest_window_counts_every_call) {
  recent_latency x{{.quantile = 0.5, .window_size = 100'000}};
  record(x, 100'000, 1ms, at(0));
  EXPECT_EQ(x.calls(at(0)), 100'000);
  EXPECT_EQ(x.value(at(0)), only(1ms));
}

TEST(latency_quantile, settings_have_bounds) {
  EXPECT_TRUE(validate(quantile_config{}).empty());
  EXPECT_TRUE(validate(quantile_config{0, 2, 1, 1ms}).empty());
  auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(validate(quantile_config{nan, 1, 0, 0ms}).size(), 4u);
  EXPECT_EQ(validate(quantile_config{1.1, 100'001, 50'001, duration::max()}),
            (faults{"quantile.quantile must be between 0 and 1, is 1.1",
                    "quantile.window_size must be between 2 and 100000, is "
                    "100001",
                    "quantile.minimum_calls must be between 1 and 50000, is "
                    "50001",
                    "quantile.max_age must be between 1ms and 8760h, is "
                      + to_string(duration::max())}));
}

} // namespace

} // namespace resilience::test
