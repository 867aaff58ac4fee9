// The bounds of the parts that are off unless asked for: every bad number is
// told, with its path, all at once.
#include "resilience/policy.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
constexpr auto infinite = std::numeric_limits<double>::infinity();
constexpr auto year = 24h * 365;

/// Sets one field to a value at, or just outside, a bound.
struct bound {
  void (*set)(policy&);
  const char* fault;
};

template <size_t N>
void check_all(const bound (&rows)[N]) {
  for (const auto& row : rows) {
    policy x;
    x.retry = retry_config{};
    x.fallback = fallback_config{};
    row.set(x);
    EXPECT_EQ(to_string(validate(x)), row.fault) << "row " << (&row - rows);
  }
}

TEST(policy_bounds, hedges_on_their_own) {
  EXPECT_TRUE(validate(hedge_config{}).empty());
  auto found = validate(hedge_config{.delay = -1s, .quantile = 0.4});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].starts_with("hedge.delay ")) << found[0];
  EXPECT_TRUE(found[1].starts_with("hedge.quantile ")) << found[1];
}

TEST(policy_bounds, retry) {
  const bound rows[] = {
    {[](policy& x) { x.retry->max_attempts = 1; }, ""},
    {[](policy& x) { x.retry->max_attempts = 1000; }, ""},
    {[](policy& x) { x.retry->max_attempts = 0; },
     "retry.max_attempts must be between 1 and 1000, is 0"},
    {[](policy& x) { x.retry->max_attempts = 1001; },
     "retry.max_attempts must be between 1 and 1000, is 1001"},
    {[](policy& x) {
       x.retry->max_attempts = std::numeric_limits<int32_t>::min();
     },
     "retry.max_attempts must be between 1 and 1000, is -2147483648"},
    {[](policy& x) { x.retry->max_hint = 0s; }, ""},
    {[](policy& x) { x.retry->max_hint = year; }, ""},
    {[](policy& x) { x.retry->max_hint = -1ns; },
     "retry.max_hint must be between 0s and 8760h, is -1ns"},
    {[](policy& x) { x.retry->max_hint = year + 1ns; },
     "retry.max_hint must be between 0s and 8760h, is 31536000000000001ns"},
    {[](policy& x) { x.retry->retry_on.assign(64, "shop"); }, ""},
    {[](policy& x) { x.retry->retry_on.assign(65, "shop"); },
     "retry.retry_on must have at most 64 entries, has 65"},
    {[](policy& x) { x.retry->retry_on = {std::string(256, 'x')}; }, ""},
    {[](policy& x) { x.retry->retry_on = {std::string(257, 'x')}; },
     "retry.retry_on[0] must have at most 256 bytes, has 257"},
    {[](policy& x) {
       x.retry->retry_on = {"shop", ""};
     },
     "retry.retry_on[1] must not be empty"},
    {[](policy& x) { x.retry->dont_retry_on.assign(64, "shop"); }, ""},
    {[](policy& x) { x.retry->dont_retry_on.assign(65, "shop"); },
     "retry.dont_retry_on must have at most 64 entries, has 65"},
    {[](policy& x) { x.retry->dont_retry_on = {"shop:"}; },
     "retry.dont_retry_on[0] must be category or category:code, is "
     "\"shop:\""},
  };
  check_all(rows);
}

TEST(policy_bounds, backoff) {
  const bound rows[] = {
    {[](policy& x) { x.retry->backoff.initial_delay = 0s; }, ""},
    {[](policy& x) { x.retry->backoff.initial_delay = year; }, ""},
    {[](policy& x) { x.retry->backoff.initial_delay = -1ms; },
     "retry.backoff.initial_delay must be between 0s and 8760h, is -1ms"},
    {[](policy& x) { x.retry->backoff.initial_delay = duration::max(); },
     "retry.backoff.initial_delay must be between 0s and 8760h, is "
     "9223372036854775807ns"},
    {[](policy& x) { x.retry->backoff.max_delay = 0s; }, ""},
    {[](policy& x) { x.retry->backoff.max_delay = duration::min(); },
     "retry.backoff.max_delay must be between 0s and 8760h, is "
     "-9223372036854775808ns"},
    {[](policy& x) { x.retry->backoff.exponential_base = 1; }, ""},
    {[](policy& x) { x.retry->backoff.exponential_base = 1000; }, ""},
    {[](policy& x) { x.retry->backoff.exponential_base = 0.5; },
     "retry.backoff.exponential_base must be between 1 and 1000, is 0.5"},
    {[](policy& x) { x.retry->backoff.exponential_base = -2; },
     "retry.backoff.exponential_base must be between 1 and 1000, is -2"},
    {[](policy& x) { x.retry->backoff.exponential_base = nan; },
     "retry.backoff.exponential_base must be between 1 and 1000, is nan"},
    {[](policy& x) { x.retry->backoff.exponential_base = infinite; },
     "retry.backoff.exponential_base must be between 1 and 1000, is inf"},
    {[](policy& x) { x.retry->backoff.kind = backoff_kind{9}; },
     "retry.backoff.kind must be exponential, linear, constant or fibonacci"},
    {[](policy& x) { x.retry->backoff.jitter = jitter_kind{9}; },
     "retry.backoff.jitter must be none, full, equal or decorrelated"},
  };
  check_all(rows);
}

TEST(policy_bounds, budget) {
  const bound rows[] = {
    {[](policy& x) { x.retry->budget.reset(); }, ""},
    {[](policy& x) { x.retry->budget->capacity = 1; }, ""},
    {[](policy& x) { x.retry->budget->capacity = 1e9; }, ""},
    {[](policy& x) { x.retry->budget->capacity = 0.5; },
     "retry.budget.capacity must be between 1 and 1e+09, is 0.5"},
    {[](policy& x) { x.retry->budget->capacity = nan; },
     "retry.budget.capacity must be between 1 and 1e+09, is nan"},
    {[](policy& x) { x.retry->budget->per_call = 0; }, ""},
    {[](policy& x) { x.retry->budget->per_call = -0.1; },
     "retry.budget.per_call must be between 0 and 1000, is -0.1"},
    {[](policy& x) { x.retry->budget->per_call = infinite; },
     "retry.budget.per_call must be between 0 and 1000, is inf"},
    {[](policy& x) { x.retry->budget->per_second = 0; }, ""},
    {[](policy& x) { x.retry->budget->per_second = nan; },
     "retry.budget.per_second must be between 0 and 1e+09, is nan"},
    {[](policy& x) { x.retry->budget->per_second = 1.5e9; },
     "retry.budget.per_second must be between 0 and 1e+09, is 1.5e+09"},
  };
  check_all(rows);
}

TEST(policy_bounds, fallback) {
  const bound rows[] = {
    {[](policy& x) { x.fallback->limit = 1ms; }, ""},
    {[](policy& x) { x.fallback->limit = year; }, ""},
    {[](policy& x) { x.fallback->limit = 0s; },
     "fallback.limit must be between 1ms and 8760h, is 0s"},
    {[](policy& x) { x.fallback->limit = -5s; },
     "fallback.limit must be between 1ms and 8760h, is -5s"},
    {[](policy& x) { x.fallback->limit = year + 1h; },
     "fallback.limit must be between 1ms and 8760h, is 8761h"},
    {[](policy& x) { x.fallback->on.assign(65, "shop"); },
     "fallback.on must have at most 64 entries, has 65"},
    {[](policy& x) { x.fallback->on = {"::shop"}; },
     "fallback.on[0] must be category or category:code, is \"::shop\""},
  };
  check_all(rows);
}

TEST(policy_bounds, timeout) {
  const bound rows[] = {
    {[](policy& x) { x.timeout->total = 1ms; }, ""},
    {[](policy& x) { x.timeout->total = year; }, ""},
    {[](policy& x) { x.timeout->total = 0s; },
     "timeout.total must be between 1ms and 8760h, is 0s"},
    {[](policy& x) { x.timeout->total = -1s; },
     "timeout.total must be between 1ms and 8760h, is -1s"},
    {[](policy& x) { x.timeout->total = duration::max(); },
     "timeout.total must be between 1ms and 8760h, is 9223372036854775807ns"},
    {[](policy& x) { x.timeout->limit = duration::min(); },
     "timeout.limit must be between 1ms and 8760h, is -9223372036854775808ns"},
    {[](policy& x) { x.timeout->on_timeout = timeout_action::return_none; },
     ""},
    {[](policy& x) { x.timeout->on_timeout = timeout_action{3}; },
     "timeout.on_timeout must be raise, return_none or return_default"},
  };
  check_all(rows);
}

TEST(policy_bounds, all_faults_are_told_at_once) {
  policy x;
  x.timeout =
    timeout_config{.limit = 0s, .total = -1s, .on_timeout = timeout_action{7}};
  x.retry = retry_config{
    .max_attempts = 0,
    .backoff = {.initial_delay = -1s, .exponential_base = nan},
    .retry_on = {"a:"},
    .dont_retry_on = {""},
    .max_hint = -1s,
    .budget = retry_budget_config{.capacity = 0, .per_call = nan},
  };
  x.fallback = fallback_config{.on = {"b "}, .limit = 0s};
  EXPECT_EQ(
    to_string(validate(x)),
    "timeout.limit must be between 1ms and 8760h, is 0s; "
    "timeout.total must be between 1ms and 8760h, is -1s; "
    "timeout.on_timeout must be raise, return_none or return_default; "
    "retry.max_attempts must be between 1 and 1000, is 0; "
    "retry.backoff.initial_delay must be between 0s and 8760h, is -1s; "
    "retry.backoff.exponential_base must be between 1 and 1000, is nan; "
    "retry.dont_retry_on[0] must not be empty; "
    "retry.max_hint must be between 0s and 8760h, is -1s; "
    "retry.budget.capacity must be between 1 and 1e+09, is 0; "
    "retry.budget.per_call must be between 0 and 1000, is nan; "
    "retry.retry_on[0] must be category or category:code, is \"a:\"; "
    "fallback.limit must be between 1ms and 8760h, is 0s; "
    "fallback.on[0] must be category or category:code, is \"b \"");
}

TEST(policy_bounds, paths_carry_the_prefix_of_the_place) {
  EXPECT_EQ(to_string(validate(retry_config{.max_attempts = 0,
                                            .backoff = {.max_delay = -1s},
                                            .retry_on = {"a:"}},
                               "guards.db.retry.")),
            "guards.db.retry.max_attempts must be between 1 and 1000, is 0; "
            "guards.db.retry.backoff.max_delay must be between 0s and 8760h, "
            "is -1s; guards.db.retry.retry_on[0] must be category or "
            "category:code, is \"a:\"");
  EXPECT_EQ(to_string(validate(fallback_config{.on = {":"}}, "f.")),
            "f.on[0] must be category or category:code, is \":\"");
}

} // namespace

} // namespace resilience::test
