// HTTP's Retry-After: what a server may send, and what it must not.
#include "resilience/retry_after.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr wall_time now{784'111'777s};

TEST(retry_after, seconds) {
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after("0", now), 0s);
  EXPECT_EQ(parse_retry_after("007", now), 7s);
  EXPECT_EQ(parse_retry_after("9223372036", now), 9'223'372'036s);
  EXPECT_EQ(parse_retry_after("9223372037", now), duration::max());
  EXPECT_EQ(parse_retry_after("99999999999999999999999999", now),
            duration::max());
}

TEST(retry_after, the_three_forms_of_a_date) {
  for (auto text :
       {"Sun, 06 Nov 1994 08:50:00 GMT", "Sunday, 06-Nov-94 08:50:00 GMT",
        "Sun Nov  6 08:50:00 1994"})
    EXPECT_EQ(parse_retry_after(text, now), 23s) << text;
  EXPECT_EQ(parse_retry_after("Wed Nov 16 08:49:37 1994", now), 240h);
  EXPECT_EQ(parse_retry_after("Tue, 29 Feb 2000 23:59:60 GMT", now),
            951'868'800s - 784'111'777s);
}

TEST(retry_after, is_never_early_and_never_negative) {
  auto between = now + 1ns;
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:38 GMT", between), 1s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", between), 0s);
  EXPECT_EQ(parse_retry_after("Mon, 01 Jan 1900 00:00:00 GMT", now), 0s);
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now),
            duration::max());
  // The longest delay of whole seconds.
  EXPECT_EQ(
    parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now - 9'223'372'036s),
    9'223'372'036s);
}

TEST(retry_after, two_digits_of_a_year_are_of_the_nearest_century) {
  // 50 years ahead at most
  EXPECT_GT(parse_retry_after("Sunday, 06-Nov-44 08:49:37 GMT", now), 0s);
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-45 08:49:37 GMT", now), 0s);
  wall_time later{1'900'000'000s}; // 2030
  EXPECT_GT(parse_retry_after("Sunday, 06-Nov-80 08:49:37 GMT", later), 0s);
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-81 08:49:37 GMT", later), 0s);
  wall_time last_of_1994{788'918'399s};
  EXPECT_EQ(parse_retry_after("Monday, 06-Nov-45 08:49:37 GMT", last_of_1994),
            0s);
  // 1984 had this day.
  EXPECT_EQ(parse_retry_after("Wednesday, 29-Feb-84 08:49:37 GMT", later), 0s);
}

TEST(retry_after, anything_else_is_none) {
  using namespace std::string_view_literals;
  for (auto text : {
         ""sv,
         " 1"sv,
         "1 "sv,
         "-1"sv,
         "+1"sv,
         "1.5"sv,
         "0x10"sv,
         "1s"sv,
         "1\0"sv,
         "soon"sv,
         "Sun"sv,
         "Sun, 06 Nov 1994 08:49:37"sv,
         "Sun, 06 Nov 1994 08:49:37 UTC"sv,
         "Sun, 06 Nov 1994 08:49:37 GMT "sv,
         "sun, 06 nov 1994 08:49:37 GMT"sv,
         "Sun, 6 Nov 1994 08:49:37 GMT"sv,
         "Sun, 06 Nov 94 08:49:37 GMT"sv,
         "Sun06 Nov 1994 08:49:37 GMT"sv,
         "Sun, 0x Nov 1994 08:49:37 GMT"sv,
         "Sun, 06 Nov 1994 08:49:3x GMT"sv,
         "Sun Nov  6 08:49:37 199"sv,
         "Sun Nov  6 08:49:37 199x"sv,
         "Wed, 30 Feb 2000 08:49:37 GMT"sv,
         "Wed, 29 Feb 1999 08:49:37 GMT"sv,
         "Wed, 00 Jan 1999 08:49:37 GMT"sv,
         "Wed, 01 Jan 1999 24:00:00 GMT"sv,
         "Wed, 01 Jan 1999 00:60:00 GMT"sv,
         "Wed, 01 Jan 1999 00:00:61 GMT"sv,
         "Foo, 06 Nov 1994 08:49:37 GMT"sv,
         "Sun, 06 Foo 1994 08:49:37 GMT"sv,
         "Sunday, 06 Nov 1994 08:49:37 GMT"sv,
         "Sun Nov 6 08:49:37 1994"sv,
       })
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
}

} // namespace

} // namespace resilience::test
