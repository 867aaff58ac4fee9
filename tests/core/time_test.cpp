#include "resilience/time.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

constexpr auto first = time_point::min();
constexpr auto last = time_point::max();
constexpr auto longest = duration::max();
constexpr auto most_negative = duration::min();

TEST(time, addition_saturates_at_both_ends) {
  struct row {
    time_point t;
    duration d;
    time_point sum;
  };
  const row rows[] = {
    {at(1), ms(2), at(3)},
    {at(1), ms(-2), at(-1)},
    {last, 0ns, last},
    {last, 1ns, last},
    {last - 1ns, 1ns, last},
    {last - 1ns, 2ns, last},
    {last, -1ns, last - 1ns},
    {at(0), longest, last},
    {time_point{1ns}, longest, last},
    {time_point{-1ns}, longest, last - 1ns},
    {last, longest, last},
    {first, 0ns, first},
    {first, -1ns, first},
    {first + 1ns, -1ns, first},
    {first + 1ns, -2ns, first},
    {first, 1ns, first + 1ns},
    {at(0), most_negative, first},
    {time_point{-1ns}, most_negative, first},
    {first, most_negative, first},
    {first, longest, time_point{-1ns}},
    {last, most_negative, time_point{-1ns}},
  };
  for (const auto& x : rows)
    EXPECT_EQ(saturating_add(x.t, x.d), x.sum) << "row " << (&x - rows);
}

TEST(time, difference_saturates_at_both_ends) {
  struct row {
    time_point later;
    time_point earlier;
    duration difference;
  };
  const row rows[] = {
    {at(3), at(1), ms(2)},
    {at(1), at(3), ms(-2)},
    {last, last, 0ns},
    {first, first, 0ns},
    {last, at(0), longest},
    {last, time_point{-1ns}, longest},
    {last, time_point{1ns}, longest - 1ns},
    {last, first, longest},
    {time_point{-1ns}, first, longest},
    {at(0), first, longest},
    {time_point{-2ns}, first, longest - 1ns},
    {first, at(0), most_negative},
    {first, time_point{1ns}, most_negative},
    {first, time_point{-1ns}, most_negative + 1ns},
    {first, last, most_negative},
    {at(0), last, most_negative + 1ns},
  };
  for (const auto& x : rows)
    EXPECT_EQ(saturating_sub(x.later, x.earlier), x.difference)
      << "row " << (&x - rows);
}

TEST(time, multiplication_saturates) {
  EXPECT_EQ(saturating_mul(ms(3), 4), ms(12));
  EXPECT_EQ(saturating_mul(longest, 1), longest);
  EXPECT_EQ(saturating_mul(longest / 2, 2), longest - 1ns);
  EXPECT_EQ(saturating_mul(longest / 2 + 1ns, 2), longest);
  EXPECT_EQ(saturating_mul(0ns, std::numeric_limits<int64_t>::max()), 0ns);
}

TEST(time, the_sum_of_durations_saturates) {
  EXPECT_EQ(saturating_add(ms(3), ms(4)), ms(7));
  EXPECT_EQ(saturating_add(longest, 1ns), longest);
  EXPECT_EQ(saturating_add(most_negative, -1ns), most_negative);
}

TEST(time, durations_are_shown_exactly_in_the_largest_fitting_unit) {
  struct row {
    duration d;
    const char* text;
  };
  const row rows[] = {
    {0ns, "0s"},
    {1ns, "1ns"},
    {999ns, "999ns"},
    {1us, "1us"},
    {1001ns, "1001ns"},
    {1500us, "1500us"},
    {1ms, "1ms"},
    {1500ms, "1500ms"},
    {1s, "1s"},
    {60s, "60s"},
    {119s, "119s"},
    {120s, "2min"},
    {121s, "121s"},
    {24h, "24h"},
    {-1s, "-1s"},
    {-1500ms, "-1500ms"},
    {-1ns, "-1ns"},
    {longest, "9223372036854775807ns"},
    {most_negative, "-9223372036854775808ns"},
  };
  for (const auto& x : rows)
    EXPECT_EQ(to_string(x.d), x.text);
}

} // namespace

} // namespace resilience::test
