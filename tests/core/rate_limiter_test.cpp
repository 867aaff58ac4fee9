#include "resilience/rate_limiter.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

TEST(rate_limiter, starts_full_and_says_when_to_come_back) {
  rate_limiter x{{.rate = 2, .period = 1s, .burst = 3}};
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(x.admit(at(0)));
  EXPECT_EQ(x.admit(at(0)).retry_after, 500ms);
  EXPECT_EQ(x.admit(at(499)).retry_after, 1ms);
  EXPECT_TRUE(x.admit(at(500)));
  EXPECT_FALSE(x.admit(at(500)));
}

TEST(rate_limiter, a_pause_saves_up_one_burst) {
  rate_limiter x{{.rate = 100, .period = 1s, .burst = 5}};
  int admitted = 0;
  for (int i = 0; i < 10; ++i)
    admitted += x.admit(time_point::max()).allowed;
  EXPECT_EQ(admitted, 5);
}

TEST(rate_limiter, new_settings_keep_what_is_left) {
  rate_limiter x{{.rate = 1, .period = 1s, .burst = 1}};
  ASSERT_TRUE(x.admit(at(0)));
  x.configure({.rate = 10, .period = 1s, .burst = 100}, at(0));
  EXPECT_EQ(x.admit(at(0)).retry_after, 100ms);
  EXPECT_EQ(x.config().burst, 100);
}

TEST(rate_limiter, settings_have_bounds) {
  EXPECT_TRUE(validate(rate_limit_config{}).empty());
  EXPECT_TRUE(
    validate(rate_limit_config{1'000'000'000, 1ms, 1'000'000'000}).empty());
  EXPECT_EQ(to_string(validate(rate_limit_config{0, 0s, -1})),
            "rate_limiter.rate must be between 1 and 1000000000, is 0; "
            "rate_limiter.period must be between 1ms and 8760h, is 0s; "
            "rate_limiter.burst must be between 1 and 1000000000, is -1");
}

} // namespace

} // namespace resilience::test
