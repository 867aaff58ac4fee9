// Any valid policy: what is written reads back, whatever was there before.
//
// Each run prints its seed; set it in RC_PARAMS to repeat the run.
#include "resilience/json/policy_json.hpp"
#include "resilience/presets.hpp"

#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace resilience::test {

namespace {

bool coin() {
  return *rc::gen::arbitrary<bool>();
}

int32_t number(int32_t lowest, int32_t highest) {
  return *rc::gen::inRange(lowest, highest + 1);
}

duration length() {
  using micros = std::chrono::microseconds;
  return duration{micros{*rc::gen::inRange<int64_t>(1'000, 1'000'000'000'000)}};
}

duration wait() {
  return coin() ? length() : duration::zero();
}

std::vector<std::string> errors() {
  auto result = *rc::gen::container<std::vector<std::string>>(
    rc::gen::element<std::string>("shop", "shop::errc", "shop:3", "shop:-3",
                                  "caf::sec:request_timeout", "r\"e\\s"));
  result.resize(std::min<size_t>(result.size(), 64));
  return result;
}

template <class Enum>
Enum any_of() {
  const auto& list = names_of<Enum>::list;
  return list[*rc::gen::inRange<size_t>(0, std::size(list))].first;
}

breaker_config any_breaker() {
  breaker_config x;
  x.failure_threshold = number(1, 1'000'000);
  x.cooldown = length();
  x.lease = length();
  x.cooldown_jitter = number(0, 999) / 1000.0;
  if (coin())
    x.window =
      window_config{.window_size = number(1, 1000),
                    .failure_rate_threshold = number(1, 10'000) / 100.0,
                    .slow_call_duration = length()};
  return x;
}

timeout_config any_timeout() {
  timeout_config x{.limit = length()};
  if (coin())
    x.total = length();
  x.on_timeout = any_of<timeout_action>();
  return x;
}

backoff_config any_backoff() {
  return {.initial_delay = wait(),
          .max_delay = wait(),
          .exponential_base = number(100, 100'000) / 100.0,
          .kind = any_of<backoff_kind>(),
          .jitter = any_of<jitter_kind>()};
}

retry_config any_retry() {
  retry_config x{.max_attempts = number(1, 1000)};
  x.backoff = any_backoff();
  x.retry_on = errors();
  x.dont_retry_on = errors();
  x.max_hint = wait();
  if (coin())
    x.budget = retry_budget_config{.capacity = number(100, 100'000) / 100.0,
                                   .per_call = number(0, 100'000) / 100.0,
                                   .per_second = number(0, 100'000) / 100.0};
  else
    x.budget.reset();
  return x;
}

policy any_policy() {
  policy x;
  x.name = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
  x.name.resize(std::min<size_t>(x.name.size(), 256));
  x.max_in_flight = number(1, 1'000'000);
  x.breaker = coin() ? std::optional{any_breaker()} : std::nullopt;
  x.timeout = coin() ? std::optional{any_timeout()} : std::nullopt;
  x.retry = coin() ? std::optional{any_retry()} : std::nullopt;
  if (coin())
    x.bulkhead = bulkhead_config{.max_concurrent = number(1, 1'000'000),
                                 .max_queue = number(0, 1'000'000),
                                 .max_wait = wait()};
  if (coin())
    x.rate_limiter = rate_limit_config{.rate = number(1, 1'000'000'000),
                                       .period = length(),
                                       .burst = number(1, 1'000'000'000)};
  if (coin())
    x.fallback = fallback_config{.on = errors(), .limit = length()};
  if (coin())
    x.restart = restart_config{.max_restarts = number(0, 1000),
                               .window = length(),
                               .backoff = any_backoff(),
                               .stable_after = wait(),
                               .when = any_of<restart_when>()};
  return x;
}

RC_GTEST_PROP(policy_json_model, what_is_written_reads_back, ()) {
  auto x = any_policy();
  RC_ASSERT(to_string(validate(x)) == "");
  policy y;
  RC_ASSERT(to_string(parse_json(to_json_value(x).dump(), y)) == "");
  RC_ASSERT(x == y);
}

RC_GTEST_PROP(policy_json_model, what_is_written_overrides_everything_before,
              ()) {
  auto x = any_policy();
  auto y = any_policy();
  auto json = to_json_value(x);
  if (coin())
    json["preset"] = *rc::gen::element("external_api", "database",
                                       "message-queue", "ai_provider");
  RC_ASSERT(to_string(read_json(json, y)) == "");
  RC_ASSERT(x == y);
}

RC_GTEST_PROP(policy_json_model, every_valid_policy_can_be_described, ()) {
  auto x = any_policy();
  auto text = describe(x);
  RC_ASSERT(!text.empty());
  RC_ASSERT(text.ends_with("\n"));
}

} // namespace

} // namespace resilience::test
