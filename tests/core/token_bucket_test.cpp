#include "resilience/token_bucket.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

constexpr auto most = std::numeric_limits<int32_t>::max();
constexpr auto first = time_point::min();
constexpr auto last = time_point::max();

TEST(token_bucket, thirds_do_not_drift) {
  token_bucket x{token_bucket::per_period(3, 1s, 1)};
  ASSERT_TRUE(x.take(at(0)));
  EXPECT_EQ(x.wait_time(at(0)), 333'333'334ns);
  // Asked at every millisecond for 1000 s: the parts of a nanosecond add up.
  int taken = 0;
  token_bucket y{token_bucket::per_period(3, 1s, 2)};
  for (int64_t i = 0; i <= 1'000'000; ++i)
    taken += y.take(at(i));
  EXPECT_EQ(taken, 2 + 3000);
}

TEST(token_bucket, time_that_goes_back_stands_still) {
  token_bucket x{token_bucket::per_period(1, 1s, 1)};
  ASSERT_TRUE(x.take(at(5000)));
  EXPECT_FALSE(x.take(at(5000)));
  EXPECT_FALSE(x.take(at(0)));
  EXPECT_EQ(x.wait_time(at(1000)), 5s);
  EXPECT_FALSE(x.take(at(6000) - 1ns));
  EXPECT_TRUE(x.take(at(6000)));
}

TEST(token_bucket, the_ends_of_the_clock_and_of_all_settings_hold) {
  for (auto rate : {-1, 0, 1, most})
    for (auto burst : {-1, 0, 1, most})
      for (auto period :
           {duration::min(), duration{0}, duration{1}, duration::max()}) {
        token_bucket x{token_bucket::per_period(rate, period, burst)};
        EXPECT_TRUE(x.take(first));
        EXPECT_GE(x.wait_time(first), 0ns);
        EXPECT_TRUE(x.take(last));
        EXPECT_GE(x.wait_time(first), 0ns);
      }
  // A period of nothing is the shortest one.
  for (auto period : {duration::min(), duration{0}}) {
    token_bucket x{token_bucket::per_period(1, period, 1)};
    ASSERT_TRUE(x.take(at(0)));
    EXPECT_EQ(x.wait_time(at(0)), 1ns);
  }
  auto nan = std::numeric_limits<double>::quiet_NaN();
  for (auto number : {nan, -1.0, 0.0, 1e300})
    EXPECT_TRUE(
      token_bucket{token_bucket::per_second(number, number)}.take(first));
  token_bucket never{token_bucket::per_second(1, 0)};
  EXPECT_EQ(never.wait_time(first), 0ns); // the one it has
  ASSERT_TRUE(never.take(first));
  EXPECT_EQ(never.wait_time(last), duration::max());
  EXPECT_FALSE(never.take(last));
}

TEST(token_bucket, one_without_a_shape_holds_one_token_and_gains_none) {
  token_bucket x{{}};
  EXPECT_TRUE(x.take(first));
  EXPECT_FALSE(x.take(last));
}

TEST(token_bucket, another_shape_keeps_the_tokens_that_fit) {
  token_bucket x{token_bucket::per_period(1, 1s, 10)};
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(x.take(at(0)));
  x.configure(token_bucket::per_period(7, 24h * 365, 1'000'000'000), at(500));
  EXPECT_DOUBLE_EQ(x.tokens(at(500)), 4.5);
  x.configure(token_bucket::per_period(1, 1s, 2), at(500));
  EXPECT_DOUBLE_EQ(x.tokens(at(500)), 2);
  x.configure(token_bucket::per_period(1, 1s, 5), at(500));
  EXPECT_DOUBLE_EQ(x.tokens(at(500)), 2);
}

TEST(token_bucket, numbers_are_taken_to_the_nearest_billionth) {
  // 1.001 * 1e9 is just below a whole number.
  token_bucket x{token_bucket::per_second(1.001, 0)};
  EXPECT_DOUBLE_EQ(x.tokens(at(0)), 1.001);
  token_bucket y{token_bucket::per_second(1e300, 0)};
  EXPECT_DOUBLE_EQ(y.tokens(at(0)), 1e9);
}

TEST(token_bucket, what_does_not_fit_is_lost) {
  token_bucket x{token_bucket::per_second(2, 0)};
  ASSERT_TRUE(x.take(at(0)));
  x.add(-token_bucket::units(5));
  EXPECT_DOUBLE_EQ(x.tokens(at(0)), 1);
  x.add(token_bucket::units(0.1));
  EXPECT_DOUBLE_EQ(x.tokens(at(0)), 1.1);
  x.add(token_bucket::units(1e9));
  EXPECT_DOUBLE_EQ(x.tokens(at(0)), 2);
}

} // namespace

} // namespace resilience::test
