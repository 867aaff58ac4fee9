// Validation and description of a whole policy.
#include "resilience/policy.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

TEST(policy, the_defaults_are_the_documented_ones_and_valid) {
  policy x;
  ASSERT_TRUE(x.breaker);
  EXPECT_EQ(x.breaker->failure_threshold, 5);
  EXPECT_EQ(x.breaker->cooldown, 30s);
  EXPECT_EQ(x.breaker->half_open_max_calls, 3);
  EXPECT_EQ(x.breaker->success_threshold, 2);
  EXPECT_EQ(x.breaker->lease, 60s);
  ASSERT_TRUE(x.timeout);
  EXPECT_EQ(x.timeout->limit, 30s);
  EXPECT_EQ(x.max_in_flight, 1'000'000);
  EXPECT_EQ(to_string(validate(x)), "");
}

// -- bounds -------------------------------------------------------------------

/// Sets one field to a value at, or just outside, a bound.
struct bound {
  void (*set)(policy&);
  const char* fault;
};

TEST(policy, every_bound_holds_on_both_sides) {
  const bound bounds[] = {
    {[](policy& x) { x.breaker->failure_threshold = 1; }, ""},
    {[](policy& x) { x.breaker->failure_threshold = 1'000'000; }, ""},
    {[](policy& x) { x.breaker->failure_threshold = 0; },
     "breaker.failure_threshold must be between 1 and 1000000, is 0"},
    {[](policy& x) { x.breaker->failure_threshold = 1'000'001; },
     "breaker.failure_threshold must be between 1 and 1000000, is 1000001"},
    {[](policy& x) { x.breaker->cooldown = 1ms; }, ""},
    {[](policy& x) { x.breaker->cooldown = 24h * 365; }, ""},
    {[](policy& x) { x.breaker->cooldown = 1ms - 1ns; },
     "breaker.cooldown must be between 1ms and 8760h, is 999999ns"},
    {[](policy& x) { x.breaker->cooldown = 24h * 365 + 1s; },
     "breaker.cooldown must be between 1ms and 8760h, is 31536001s"},
    {[](policy& x) { x.breaker->cooldown = -5s; },
     "breaker.cooldown must be between 1ms and 8760h, is -5s"},
    {[](policy& x) { x.breaker->half_open_max_calls = 1; }, ""},
    {[](policy& x) { x.breaker->half_open_max_calls = 10'000; }, ""},
    {[](policy& x) { x.breaker->half_open_max_calls = 0; },
     "breaker.half_open_max_calls must be between 1 and 10000, is 0"},
    {[](policy& x) { x.breaker->half_open_max_calls = 10'001; },
     "breaker.half_open_max_calls must be between 1 and 10000, is 10001"},
    {[](policy& x) { x.breaker->success_threshold = 1; }, ""},
    {[](policy& x) { x.breaker->success_threshold = 1'000'000; }, ""},
    {[](policy& x) { x.breaker->success_threshold = -1; },
     "breaker.success_threshold must be between 1 and 1000000, is -1"},
    {[](policy& x) { x.breaker->success_threshold = 1'000'001; },
     "breaker.success_threshold must be between 1 and 1000000, is 1000001"},
    {[](policy& x) { x.breaker->lease = 1ms; }, ""},
    {[](policy& x) { x.breaker->lease = 24h * 365; }, ""},
    {[](policy& x) { x.breaker->lease = 0s; },
     "breaker.lease must be between 1ms and 8760h, is 0s"},
    {[](policy& x) { x.breaker->lease = duration::max(); },
     "breaker.lease must be between 1ms and 8760h, is "
     "9223372036854775807ns"},
    {[](policy& x) { x.timeout->limit = 1ms; }, ""},
    {[](policy& x) { x.timeout->limit = 24h * 365; }, ""},
    {[](policy& x) { x.timeout->limit = 0s; },
     "timeout.limit must be between 1ms and 8760h, is 0s"},
    {[](policy& x) { x.timeout->limit = 24h * 366; },
     "timeout.limit must be between 1ms and 8760h, is 8784h"},
    {[](policy& x) { x.max_in_flight = 1; }, ""},
    {[](policy& x) { x.max_in_flight = 0; },
     "max_in_flight must be between 1 and 1000000, is 0"},
    {[](policy& x) { x.max_in_flight = 1'000'001; },
     "max_in_flight must be between 1 and 1000000, is 1000001"},
    {[](policy& x) { x.name.assign(256, 'n'); }, ""},
    {[](policy& x) { x.name.assign(257, 'n'); },
     "name must have at most 256 bytes, has 257"},
    {[](policy& x) { x.provider.assign(256, 'p'); }, ""},
    {[](policy& x) { x.provider.assign(257, 'p'); },
     "provider must have at most 256 bytes, has 257"},
  };
  for (const auto& row : bounds) {
    policy x;
    row.set(x);
    EXPECT_EQ(to_string(validate(x)), row.fault) << "row " << (&row - bounds);
  }
}

TEST(policy, all_faults_are_told_at_once) {
  policy x;
  x.provider.assign(300, 'p');
  x.breaker = breaker_config{.failure_threshold = 0,
                             .cooldown = 0s,
                             .half_open_max_calls = 0,
                             .success_threshold = 0,
                             .lease = 0s};
  x.timeout->limit = -1ms;
  x.max_in_flight = -7;
  EXPECT_EQ(to_string(validate(x)),
            "provider must have at most 256 bytes, has 300; "
            "breaker.failure_threshold must be between 1 and 1000000, is 0; "
            "breaker.cooldown must be between 1ms and 8760h, is 0s; "
            "breaker.half_open_max_calls must be between 1 and 10000, is 0; "
            "breaker.success_threshold must be between 1 and 1000000, is 0; "
            "breaker.lease must be between 1ms and 8760h, is 0s; "
            "timeout.limit must be between 1ms and 8760h, is -1ms; "
            "max_in_flight must be between 1 and 1000000, is -7");
}

TEST(policy, a_part_that_is_off_is_not_validated) {
  policy x;
  x.breaker.reset();
  x.timeout.reset();
  EXPECT_TRUE(validate(x).empty());
}

TEST(policy, paths_carry_the_prefix_of_the_place) {
  EXPECT_EQ(
    to_string(validate(breaker_config{.failure_threshold = 0}, "a[2].")),
    "a[2].failure_threshold must be between 1 and 1000000, is 0");
  EXPECT_EQ(to_string(validate(timeout_config{.limit = 0s}, "t.")),
            "t.limit must be between 1ms and 8760h, is 0s");
}

TEST(policy, an_invalid_config_error_names_every_fault) {
  EXPECT_STREQ(invalid_config_error(faults{"first", "second"}).what(),
               "first; second");
  EXPECT_EQ(to_string(faults{}), "");
}

// -- description --------------------------------------------------------------

TEST(policy, describe_says_what_will_happen) {
  policy x;
  x.name = "payments";
  x.provider = "acme";
  EXPECT_EQ(describe(x),
            "guard:     payments (acme)\n"
            "in flight: at most 1000000 requests, then overloaded\n"
            "breaker:   opens after 5 failures in a row, rejects for 30s, then "
            "probes with up to 3 calls and closes after 2 successes; a call "
            "nobody reports fails after 60s\n"
            "timeout:   timed_out after 30s\n");
}

TEST(policy, describe_warns_of_settings_that_do_harm) {
  policy x;
  x.breaker.reset();
  EXPECT_EQ(describe(x).find("warning:"), std::string::npos);
  x.timeout.reset();
  EXPECT_EQ(describe(x),
            "guard:     (no name)\n"
            "in flight: at most 1000000 requests, then overloaded\n"
            "breaker:   off: nothing trips\n"
            "timeout:   off: only the lease bounds an attempt\n"
            "warning:   without breaker and timeout callers wait for a silent "
            "target until the lease\n");
}

} // namespace

} // namespace resilience::test
