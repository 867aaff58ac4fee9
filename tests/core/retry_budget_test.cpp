#include "resilience/retry_budget.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

int taken(retry_budget& x, time_point now) {
  int n = 0;
  while (x.take(now))
    ++n;
  return n;
}

TEST(retry_budget, calls_and_seconds_pay_for_retries) {
  retry_budget x;
  EXPECT_EQ(taken(x, at(0)), 30);
  for (int i = 0; i < 4; ++i)
    x.on_calls(1);
  EXPECT_FALSE(x.take(at(0)));
  x.on_calls(1);
  EXPECT_EQ(taken(x, at(0)), 1); // five fifths are exactly one
  EXPECT_EQ(taken(x, at(2000)), 6);
  EXPECT_EQ(taken(x, time_point::max()), 30);
}

TEST(retry_budget, new_settings_keep_what_is_saved) {
  retry_budget x{{.capacity = 10, .per_call = 0, .per_second = 0}};
  ASSERT_TRUE(x.take(at(0)));
  x.configure({.capacity = 100, .per_call = 1, .per_second = 0}, at(0));
  EXPECT_EQ(x.config().capacity, 100);
  x.on_calls(5); // more than fitted before
  EXPECT_EQ(taken(x, at(0)), 14);
  EXPECT_FALSE(x.take(time_point::max()));
}

TEST(retry_budget, settings_have_bounds) {
  EXPECT_TRUE(validate(retry_budget_config{}).empty());
  EXPECT_TRUE(validate(retry_budget_config{1, 0, 0}).empty());
  auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(validate(retry_budget_config{nan, nan, nan}).size(), 3u);
  EXPECT_EQ(validate(retry_budget_config{0.5, -1, 2e9}).size(), 3u);
}

} // namespace

} // namespace resilience::test
