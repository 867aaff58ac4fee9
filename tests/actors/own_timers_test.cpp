// Timers that an actor sets for itself. What can go wrong: they pile up, or the
// one that matters is not set.
#include "resilience/actors/own_timers.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

TEST(own_timers, no_timer_is_set_where_an_earlier_one_will_do) {
  own_timers uut;
  EXPECT_EQ(uut.set(time_point::max(), at(0)), std::nullopt) << "never";
  EXPECT_EQ(uut.set(at(50), at(10)), ms(40));
  EXPECT_EQ(uut.set(at(50), at(10)), std::nullopt);
  EXPECT_EQ(uut.set(at(60), at(10)), std::nullopt);
  EXPECT_EQ(uut.set(at(20), at(10)), ms(10)) << "an earlier one";
  uut.rang(own_timers::key_of(at(20)));
  EXPECT_EQ(uut.set(at(60), at(20)), std::nullopt) << "that for 50 is out";
  uut.rang(own_timers::key_of(at(50)));
  EXPECT_EQ(uut.set(at(60), at(50)), ms(10));
  uut.rang(own_timers::key_of(at(40))); // of nobody
  EXPECT_EQ(uut.set(at(60), at(50)), std::nullopt);
}

TEST(own_timers, what_is_past_is_due_at_once_but_not_in_no_time) {
  own_timers uut;
  EXPECT_EQ(uut.set(at(10), at(10)), duration{1us});
  EXPECT_EQ(uut.set(at(5), at(10)), duration{1us});
  EXPECT_EQ(uut.set(time_point::min(), at(10)), duration{1us});
}

} // namespace

} // namespace resilience::test
