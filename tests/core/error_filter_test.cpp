// Lists of errors: what they name, and what is no such list.
#include "resilience/error_filter.hpp"
#include "resilience/fallback.hpp"
#include "resilience/retry.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

TEST(error_filter, names_a_category_or_one_code_of_it) {
  error_id timeout{"caf::sec", 4, "request_timeout"};
  error_id custom{"shop::errc", 3};
  struct row {
    const char* pattern;
    bool timeout;
    bool custom;
  };
  for (const auto& x : std::vector<row>{
         {"caf::sec", true, false},
         {"caf::sec:request_timeout", true, false},
         {"caf::sec:4", true, false},
         {"caf::sec:04", true, false},
         {"caf::sec:40", false, false},
         {"caf::sec:request", false, false},
         {"caf::sec:4x", false, false},
         {"caf::sec:-4", false, false},
         {"caf::sec:99999999999999999999", false, false},
         {"shop::errc", false, true},
         {"shop::errc:3", false, true},
         {"shop::errc:2", false, false},
         {"shop", false, false},
         {"sec", false, false},
         {"errc:3", false, false},
       }) {
    EXPECT_EQ(matches({x.pattern}, timeout), x.timeout) << x.pattern;
    EXPECT_EQ(matches({x.pattern}, custom), x.custom) << x.pattern;
  }
  EXPECT_FALSE(matches({}, timeout));
  EXPECT_TRUE(matches({"a", "shop::errc:3"}, custom));
  // An error without a name for its code is not named by nothing.
  EXPECT_FALSE(matches({"shop::errc:"}, custom));
}

TEST(error_filter, says_which_entry_is_none) {
  faults out;
  check_patterns(out, "on",
                 {"ok", "a::b", "a::b:c", "a:0", "", ":1",
                  "a:", "::", "a::", "::a", "a b", "a:\t"});
  EXPECT_EQ(out, (faults{
                   "on[5] must be category or category:code, is \":1\"",
                   "on[6] must be category or category:code, is \"a:\"",
                   "on[7] must be category or category:code, is \"::\"",
                   "on[8] must be category or category:code, is \"a::\"",
                   "on[9] must be category or category:code, is \"::a\"",
                   "on[10] must be category or category:code, is \"a b\"",
                   "on[11] must be category or category:code, is \"a:\t\"",
                 }));
}

TEST(error_filter, the_second_list_of_retry_wins) {
  error_id e{"c", 1, "one"};
  EXPECT_TRUE(may_retry({}, e));
  EXPECT_TRUE(may_retry({.retry_on = {"c"}}, e));
  EXPECT_FALSE(may_retry({.retry_on = {"d"}}, e));
  EXPECT_FALSE(may_retry({.dont_retry_on = {"c:one"}}, e));
  EXPECT_FALSE(may_retry({.retry_on = {"c"}, .dont_retry_on = {"c:1"}}, e));
  EXPECT_TRUE(may_retry({.retry_on = {"c"}, .dont_retry_on = {"c:2"}}, e));
  EXPECT_TRUE(covers({}, e));
  EXPECT_TRUE(covers({.on = {"c:1"}}, e));
  EXPECT_FALSE(covers({.on = {"c:2"}}, e));
}

TEST(error_filter, faults_of_retry_and_fallback_come_at_once) {
  retry_config r;
  r.max_attempts = 0;
  r.backoff.initial_delay = duration{-1};
  r.backoff.exponential_base = 0.5;
  r.retry_on = {"", "a:"};
  r.dont_retry_on = std::vector<std::string>(65, "x");
  r.max_hint = duration{-1};
  r.budget->capacity = 0;
  EXPECT_EQ(to_string(validate(r)),
            "retry.max_attempts must be between 1 and 1000, is 0; "
            "retry.backoff.initial_delay must be between 0s and 8760h, is "
            "-1ns; "
            "retry.backoff.exponential_base must be between 1 and 1000, is "
            "0.5; "
            "retry.retry_on[0] must not be empty; "
            "retry.dont_retry_on must have at most 64 entries, has 65; "
            "retry.max_hint must be between 0s and 8760h, is -1ns; "
            "retry.budget.capacity must be between 1 and 1e+09, is 0; "
            "retry.retry_on[1] must be category or category:code, is \"a:\"");
  fallback_config f;
  f.limit = duration::zero();
  f.on = {"no way"};
  EXPECT_EQ(to_string(validate(f)),
            "fallback.limit must be between 1ms and 8760h, is 0s; "
            "fallback.on[0] must be category or category:code, is \"no way\"");
}

} // namespace

} // namespace resilience::test
