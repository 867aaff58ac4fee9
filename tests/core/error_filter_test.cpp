// Lists of errors: what a pattern names, and which patterns are none.
#include "resilience/error_filter.hpp"
#include "resilience/fallback.hpp"
#include "resilience/retry.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

using patterns = std::vector<std::string>;

TEST(error_filter, a_pattern_names_a_category_or_one_code_of_it) {
  struct row {
    const char* pattern;
    error_id error;
    bool wanted;
  };
  constexpr auto most = std::numeric_limits<int64_t>::max();
  constexpr auto least = std::numeric_limits<int64_t>::min();
  const row rows[] = {
    // A category has all its codes, and no other category's.
    {"shop", {"shop", 0}, true},
    {"shop", {"shop", 7}, true},
    {"shop", {"shops", 7}, false},
    {"shop", {"sho", 7}, false},
    {"shop", {"Shop", 7}, false},
    {"shop", {"", 7}, false},
    {"shop", {"shop::errc", 7}, false},
    {"shop::errc", {"shop::errc", 7}, true},
    {"shop::errc", {"shop", 7}, false},
    {"shop::errc", {"shop:", 7, "errc"}, false},
    {"a::b::c", {"a::b::c", 1}, true},
    // Numbers.
    {"shop:3", {"shop", 3}, true},
    {"shop:3", {"shop", 33}, false},
    {"shop:33", {"shop", 3}, false},
    {"shop:03", {"shop", 3}, true},
    {"shop:-3", {"shop", -3}, true},
    {"shop:-3", {"shop", 3}, false},
    {"shop:3", {"shop", 3, "no_stock"}, true},
    {"shop::errc:3", {"shop::errc", 3}, true},
    {"shop::errc:3", {"shop::errc", 4}, false},
    {"shop::errc:3", {"shop", 3}, false},
    {"x:9223372036854775807", {"x", most}, true},
    {"x:-9223372036854775808", {"x", least}, true},
    {"x:9223372036854775808", {"x", most}, false},
    {"x:18446744073709551619", {"x", 3}, false},
    // Names.
    {"caf::sec:request_timeout", {"caf::sec", 9, "request_timeout"}, true},
    {"caf::sec:request_timeout", {"caf::sec", 9, "request_time"}, false},
    {"caf::sec:request_timeout", {"caf::sec", 9}, false},
    {"caf::sec:request", {"caf::sec", 9, "request_timeout"}, false},
    {"resilience:timed_out", {"resilience", 6, "timed_out"}, true},
    {"resilience:timed_out", {"elsewhere", 6, "timed_out"}, false},
    // An error without a name has no name, not an empty one.
    {"shop:", {"shop", 0, ""}, false},
    {"", {"", 0}, true},
  };
  for (const auto& x : rows)
    EXPECT_EQ(matches({x.pattern}, x.error), x.wanted)
      << x.pattern << " and " << x.error.category << ':' << x.error.code << ' '
      << x.error.code_name;
}

TEST(error_filter, any_pattern_of_a_list_will_do) {
  error_id e{"shop", 3, "no_stock"};
  EXPECT_FALSE(matches({}, e));
  EXPECT_FALSE(matches({"other", "shop:4"}, e));
  EXPECT_TRUE(matches({"other", "shop:4", "shop:no_stock"}, e));
  EXPECT_TRUE(matches({"shop", "other"}, e));
}

TEST(error_filter, malformed_patterns_are_told_with_their_place) {
  auto well_formed = [](const std::string& x) {
    faults found;
    check_patterns(found, "on", {x});
    return found.empty();
  };
  for (auto text :
       {"shop", "shop::errc", "a::b::c", "shop:3", "shop:-3", "shop:007",
        "shop:no_stock", "shop::errc:no_stock", "shop::errc:3",
        "x:9223372036854775807", "x:-9223372036854775808", "s-h.o/p", "!shop~"})
    EXPECT_TRUE(well_formed(text)) << text;
  for (auto text : {":",
                    "::",
                    ":::",
                    ":3",
                    "::3",
                    "::errc",
                    "shop:",
                    "shop::",
                    "shop:::",
                    "shop:::3",
                    "shop::::errc",
                    "shop:3:4",
                    "shop::errc:3:4",
                    "shop:errc::3:4",
                    "sh op",
                    " shop",
                    "shop ",
                    "shop: 3",
                    "shop:3\n",
                    "shop\t",
                    "sh\x01op",
                    "shop\x7f",
                    "shop:+3",
                    "shop:3a",
                    "shop:0x3",
                    "shop:3.5",
                    "shop:-",
                    "x:9223372036854775808",
                    "x:-9223372036854775809"})
    EXPECT_FALSE(well_formed(text)) << text;
  EXPECT_FALSE(well_formed(std::string{"shop\0", 5}));
}

TEST(error_filter, faults_name_every_bad_entry) {
  faults found;
  check_patterns(found, "on", {"fine", "bad:", "fine:3", "no good", ""});
  EXPECT_EQ(to_string(found),
            "on[1] must be category or category:code, is \"bad:\"; "
            "on[3] must be category or category:code, is \"no good\"");
  // A long one does not bury the message.
  found.clear();
  check_patterns(found, "on", {":" + std::string(200, 'x')});
  EXPECT_EQ(to_string(found), "on[0] must be category or category:code, is \":"
                                + std::string(63, 'x') + "\"");
}

TEST(error_filter, what_is_not_retried_wins) {
  retry_config x;
  error_id e{"shop", 3, "no_stock"};
  EXPECT_TRUE(may_retry(x, e));
  x.dont_retry_on = {"shop:no_stock"};
  EXPECT_FALSE(may_retry(x, e));
  x.retry_on = {"shop"};
  EXPECT_FALSE(may_retry(x, e));
  EXPECT_TRUE(may_retry(x, {"shop", 4}));
  EXPECT_FALSE(may_retry(x, {"other", 4}));
  x.dont_retry_on.clear();
  EXPECT_TRUE(may_retry(x, e));
}

TEST(error_filter, a_fallback_without_a_list_covers_everything) {
  fallback_config x;
  EXPECT_TRUE(covers(x, {"shop", 3}));
  x.on = {"shop:4"};
  EXPECT_FALSE(covers(x, {"shop", 3}));
  EXPECT_TRUE(covers(x, {"shop", 4}));
}

} // namespace

} // namespace resilience::test
