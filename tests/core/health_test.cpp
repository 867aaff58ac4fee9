#include "resilience/health.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace resilience::test {

namespace {

using enum health_status;

TEST(health, the_worst_child_decides) {
  using children = std::vector<child_health>;
  EXPECT_EQ(roll_up({}), healthy);
  EXPECT_EQ(roll_up(children{{healthy}, {unknown}, {degraded}}), unknown);
  EXPECT_EQ(roll_up(children{{unknown}, {unhealthy}}), unhealthy);
  EXPECT_EQ(roll_up(children{{unhealthy, false}, {unknown, false}}), degraded);
  EXPECT_EQ(roll_up(children{{static_cast<health_status>(77)}}), unhealthy);
}

TEST(health, a_check_goes_down_slowly_and_comes_back_slowly) {
  health_check_state x;
  EXPECT_EQ(x.status(at(0)), unknown);
  EXPECT_EQ(x.age(at(0)), std::nullopt);
  x.success(at(0));
  EXPECT_EQ(x.status(at(0)), healthy);
  for (auto expected : {degraded, degraded, unhealthy, unhealthy}) {
    x.failure(at(1));
    EXPECT_EQ(x.status(at(1)), expected);
  }
  x.success(at(2));
  EXPECT_EQ(x.status(at(2)), unhealthy);
  x.failure(at(3));
  x.success(at(4));
  EXPECT_EQ(x.status(at(4)), unhealthy); // not two in a row
  x.success(at(5));
  EXPECT_EQ(x.status(at(5)), healthy);
}

TEST(health, an_old_result_says_nothing) {
  health_check_state x;
  x.success(at(0));
  EXPECT_EQ(x.status(at(30'000)), healthy);
  EXPECT_EQ(x.status(at(30'000) + 1ns), unknown);
  x.configure({.max_age = 31s});
  EXPECT_EQ(x.status(at(31'000)), healthy);
  EXPECT_EQ(x.status(time_point::max()), unknown);
  EXPECT_EQ(x.status(time_point::min()), healthy);
  EXPECT_EQ(x.age(time_point::min()), 0ns);
  x.failure(time_point::min()); // time stands still
  EXPECT_EQ(x.age(at(2)), 2ms);
  EXPECT_EQ(x.as_child(at(2)), (child_health{degraded, true}));
}

TEST(health, less_than_perfect_is_no_failure) {
  health_check_state x{{.unhealthy_after = 2}};
  x.partial(at(0));
  EXPECT_EQ(x.status(at(0)), degraded);
  x.failure(at(0));
  x.partial(at(0));
  x.failure(at(0));
  EXPECT_EQ(x.failures(), 1);
  x.failure(at(0));
  EXPECT_EQ(x.status(at(0)), unhealthy);
  x.partial(at(0));
  EXPECT_EQ(x.status(at(0)), unhealthy);
  x.partial(at(0));
  EXPECT_EQ(x.status(at(0)), degraded);
  x.success(at(0));
  EXPECT_EQ(x.status(at(0)), healthy);
}

TEST(health, what_was_not_found_out_counts_neither_way) {
  health_check_state x{{.unhealthy_after = 2, .healthy_after = 2}};
  x.success(at(0));
  x.unclear(at(1));
  EXPECT_EQ(x.status(at(1)), unknown);
  EXPECT_EQ(x.age(at(1)), 0ms);
  x.failure(at(2));
  x.unclear(at(3));
  x.failure(at(4));
  EXPECT_EQ(x.status(at(4)), unhealthy);
  x.success(at(5));
  x.unclear(at(6));
  EXPECT_EQ(x.status(at(6)), unhealthy);
  x.success(at(7));
  EXPECT_EQ(x.status(at(7)), healthy);
}

TEST(health, settings_have_bounds) {
  EXPECT_TRUE(validate(health_check_config{}).empty());
  EXPECT_EQ(max_age_of({}), 30s);
  EXPECT_EQ(validate(health_check_config{0s, 0s, 0s, 0, 0}).size(), 5u);
}

} // namespace

} // namespace resilience::test
