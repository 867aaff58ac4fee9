#include "resilience/backoff.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
constexpr auto infinity = std::numeric_limits<double>::infinity();
constexpr auto most = std::numeric_limits<int64_t>::max();

duration plain(backoff_kind kind, int64_t n, duration limit = 60s) {
  backoff_config x{.max_delay = limit, .kind = kind, .jitter = {}};
  return backoff_delay(x, n, 1s, 0.5);
}

TEST(backoff, each_kind_grows_its_own_way_up_to_the_limit) {
  for (int64_t n = 1; n <= 6; ++n) {
    EXPECT_EQ(plain(backoff_kind::exponential, n), 1s * (1 << (n - 1)));
    EXPECT_EQ(plain(backoff_kind::linear, n), 1s * n);
    EXPECT_EQ(plain(backoff_kind::constant, n), 1s);
  }
  const int fibonacci[] = {1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 60, 60};
  for (int64_t n = 1; n <= 12; ++n)
    EXPECT_EQ(plain(backoff_kind::fibonacci, n), 1s * fibonacci[n - 1]);
  for (auto kind : {backoff_kind::exponential, backoff_kind::linear,
                    backoff_kind::fibonacci})
    for (auto n : {int64_t{100}, int64_t{1} << 31, most})
      for (duration limit : {duration{60s}, duration{24h * 365}})
        EXPECT_EQ(plain(kind, n, limit),
                  n == 100 && kind == backoff_kind::linear
                    ? std::min(limit, duration{100s})
                    : limit);
}

TEST(backoff, a_fibonacci_number_that_just_fits_is_no_limit_yet) {
  EXPECT_EQ(plain(backoff_kind::fibonacci, 6, 8500ms), 8s);
  EXPECT_EQ(plain(backoff_kind::fibonacci, 7, 8500ms), 8500ms);
  // The last one that the clock can hold.
  backoff_config x{.initial_delay = 1ns,
                   .max_delay = duration::max(),
                   .kind = backoff_kind::fibonacci,
                   .jitter = jitter_kind::none};
  EXPECT_EQ(backoff_delay(x, 92, 1ns, 0), 7'540'113'804'746'346'429ns);
  EXPECT_EQ(backoff_delay(x, 93, 1ns, 0), duration::max());
}

TEST(backoff, small_delays_are_rounded_to_the_nearest_nanosecond) {
  backoff_config x{
    .initial_delay = 1ns, .exponential_base = 1.5, .jitter = jitter_kind::none};
  EXPECT_EQ(backoff_delay(x, 2, 1ns, 0), 2ns); // 1.5
  EXPECT_EQ(backoff_delay(x, 3, 1ns, 0), 2ns); // 2.25
}

TEST(backoff, the_first_delay_is_the_first_whatever_the_count_says) {
  for (auto kind : {backoff_kind::exponential, backoff_kind::linear,
                    backoff_kind::constant, backoff_kind::fibonacci})
    for (auto n : {int64_t{0}, int64_t{-1}, -most})
      EXPECT_EQ(plain(kind, n), 1s);
}

TEST(backoff, jitter_spreads_below_the_delay) {
  backoff_config x{.initial_delay = 8s};
  EXPECT_EQ(backoff_delay(x, 2, 8s, 0.25), 4s);
  x.jitter = jitter_kind::equal;
  EXPECT_EQ(backoff_delay(x, 2, 8s, 0.25), 10s);
  x.jitter = jitter_kind::decorrelated;
  EXPECT_EQ(backoff_delay(x, 2, 8s, 0.25), 12s);
  EXPECT_EQ(backoff_delay(x, 2, 50s, 0.5), 60s);
  EXPECT_EQ(backoff_delay(x, 2, 16s, 0), 8s);
}

TEST(backoff, jitter_spreads_a_few_nanoseconds_too) {
  backoff_config x{.initial_delay = 2ns, .kind = backoff_kind::constant};
  EXPECT_EQ(backoff_delay(x, 1, 2ns, 0.5), 1ns);
  EXPECT_EQ(backoff_delay(x, 1, 2ns, 0.49), 0ns);
  // Nothing spread over nothing is nothing.
  x.initial_delay = 0ns;
  for (auto jitter : {jitter_kind::none, jitter_kind::full, jitter_kind::equal,
                      jitter_kind::decorrelated}) {
    x.jitter = jitter;
    for (auto u : {0.0, 0.999})
      EXPECT_EQ(backoff_delay(x, 1, 0ns, u), 0ns);
  }
}

TEST(backoff, nothing_hostile_leaves_the_bounds) {
  for (auto kind :
       {backoff_kind::exponential, backoff_kind::linear, backoff_kind::constant,
        backoff_kind::fibonacci, static_cast<backoff_kind>(99)})
    for (auto jitter : {jitter_kind::none, jitter_kind::full,
                        jitter_kind::equal, jitter_kind::decorrelated})
      for (auto initial : {duration::min(), duration{-1}, duration{0},
                           duration{1}, duration{1s}, duration::max()})
        for (auto limit :
             {duration::min(), duration{0}, duration{7}, duration::max()})
          for (auto base : {nan, -2.0, 0.0, 1.0, 1000.0, infinity})
            for (auto n : {-most, int64_t{0}, int64_t{1}, int64_t{2}, most})
              for (auto u : {nan, -1.0, 0.0, 0.999, 1.0, infinity})
                for (auto previous :
                     {duration::min(), duration{0}, duration::max()}) {
                  auto d = backoff_delay({initial, limit, base, kind, jitter},
                                         n, previous, u);
                  ASSERT_GE(d, duration{0});
                  ASSERT_LE(d, std::max(limit, duration{0}));
                }
}

TEST(backoff, a_random_number_out_of_range_is_the_nearest) {
  backoff_config x;
  EXPECT_EQ(backoff_delay(x, 1, 1s, nan), 0s);
  EXPECT_EQ(backoff_delay(x, 1, 1s, -3), 0s);
  EXPECT_LT(backoff_delay(x, 1, 1s, 1), 1s);
  EXPECT_GT(backoff_delay(x, 1, 1s, infinity), 999ms);
}

TEST(backoff, settings_have_bounds) {
  EXPECT_TRUE(validate(backoff_config{}).empty());
  EXPECT_TRUE(validate({.initial_delay = 0s, .max_delay = 0s}).empty());
  backoff_config x{-1ns, 24h * 366, nan, static_cast<backoff_kind>(9),
                   static_cast<jitter_kind>(9)};
  EXPECT_EQ(validate(x).size(), 5u);
  EXPECT_EQ(to_string(validate({.exponential_base = 0.5})),
            "backoff.exponential_base must be between 1 and 1000, is 0.5");
}

} // namespace

} // namespace resilience::test
