// Validation and description of a whole policy.
#include "resilience/policy.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

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
  EXPECT_FALSE(x.breaker->window);
  EXPECT_EQ(x.breaker->cooldown_growth, 1.0);
  EXPECT_EQ(x.breaker->max_cooldown, 1h);
  EXPECT_EQ(x.breaker->cooldown_jitter, 0.0);
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
    {[](policy& x) { x.breaker->window = window_config{}; }, ""},
    {[](policy& x) { x.breaker->window = window_config{.window_size = 0}; },
     "breaker.window.window_size must be between 1 and 1000000, is 0"},
    {[](policy& x) {
       x.breaker->window =
         window_config{.kind = window_kind::time, .window_size = 86'401};
     },
     "breaker.window.window_size of a time window must be at most 86400, is "
     "86401"},
    {[](policy& x) { x.breaker->cooldown_growth = 1000; }, ""},
    {[](policy& x) { x.breaker->cooldown_growth = 0.99; },
     "breaker.cooldown_growth must be between 1 and 1000, is 0.99"},
    {[](policy& x) { x.breaker->cooldown_growth = 1000.5; },
     "breaker.cooldown_growth must be between 1 and 1000, is 1000.5"},
    {[](policy& x) {
       x.breaker->cooldown_growth = std::numeric_limits<double>::quiet_NaN();
     },
     "breaker.cooldown_growth must be between 1 and 1000, is nan"},
    {[](policy& x) { x.breaker->max_cooldown = 1ms; }, ""},
    {[](policy& x) { x.breaker->max_cooldown = 24h * 365; }, ""},
    {[](policy& x) { x.breaker->max_cooldown = 0s; },
     "breaker.max_cooldown must be between 1ms and 8760h, is 0s"},
    {[](policy& x) { x.breaker->max_cooldown = 24h * 365 + 1s; },
     "breaker.max_cooldown must be between 1ms and 8760h, is 31536001s"},
    {[](policy& x) {
       x.breaker->cooldown_growth = 2;
       x.breaker->max_cooldown = 30s;
     },
     ""},
    {[](policy& x) {
       x.breaker->cooldown_growth = 2;
       x.breaker->max_cooldown = 29s;
     },
     "breaker.max_cooldown must be at least breaker.cooldown, 30s, is 29s"},
    {[](policy& x) { x.breaker->cooldown_jitter = 0.999; }, ""},
    {[](policy& x) { x.breaker->cooldown_jitter = 1; },
     "breaker.cooldown_jitter must be below 1"},
    {[](policy& x) { x.breaker->cooldown_jitter = -0.1; },
     "breaker.cooldown_jitter must be between 0 and 1, is -0.1"},
    {[](policy& x) { x.breaker->cooldown_jitter = 1.5; },
     "breaker.cooldown_jitter must be between 0 and 1, is 1.5"},
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
    {[](policy& x) { x.name.assign("caf\xC3\xA9"); }, ""},
    {[](policy& x) { x.name.assign("caf\xE9"); }, "name must be UTF-8"},
    {[](policy& x) { x.provider.assign(1, static_cast<char>(0xFF)); },
     "provider must be UTF-8"},
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

TEST(policy, keys_need_a_breaker) {
  policy x;
  x.keyed = keyed_config{};
  EXPECT_TRUE(validate(x).empty());
  x.breaker.reset();
  EXPECT_EQ(
    to_string(validate(x, "p.")),
    "p.keyed needs a breaker: it says what the circuits of the keys do");
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

TEST(policy, describe_tells_of_window_growth_and_jitter) {
  policy x;
  x.breaker->window = window_config{.window_size = 20,
                                    .minimum_calls = 50,
                                    .failure_rate_threshold = 33.3,
                                    .slow_call_duration = 2s};
  x.breaker->cooldown_growth = 1.5;
  x.breaker->cooldown_jitter = 0.25;
  EXPECT_NE(describe(x).find(
              "breaker:   opens after 5 failures in a row or when of the last "
              "20 calls (at least 20) 33.3% failed or 100% took longer than "
              "2s, rejects for 30s (times 1.5 after each failed probe, up to "
              "60min) and up to 25% more at random, then probes with up to 3 "
              "calls and closes after 2 successes; a call nobody reports "
              "fails after 60s\n"),
            std::string::npos)
    << describe(x);
  x.breaker->window->kind = window_kind::time;
  EXPECT_NE(describe(x).find("or when of the calls of the last 20 seconds (at "
                             "least 50) 33.3% failed"),
            std::string::npos)
    << describe(x);
}

TEST(policy, describe_warns_where_no_call_can_be_slow) {
  policy x;
  x.breaker->window =
    window_config{.slow_call_rate_threshold = 50, .slow_call_duration = 30s};
  auto warned = [&] {
    return describe(x).find("warning:   no call is slow: the timeout ends it "
                            "before slow_call_duration\n")
           != std::string::npos;
  };
  EXPECT_TRUE(warned());
  x.breaker->window->slow_call_duration = 29s;
  EXPECT_FALSE(warned());
  x.breaker->window = window_config{}; // nobody asked for that rule
  EXPECT_FALSE(warned());
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
