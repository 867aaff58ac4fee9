#include "resilience/actors/airlock.hpp"

#include "resilience/actors/compat_errors.hpp"

namespace resilience {

faults validate(const airlock_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  check_patterns(result, prefix + "rate_limit_errors", x.rate_limit_errors);
  // An empty list would mean every failure.
  if (x.rate_limit_errors.empty())
    result.push_back(prefix + "rate_limit_errors must not be empty");
  if (x.fallback_response.match_elements<caf::error>())
    result.push_back(prefix + "fallback_response must not be an error");
  return result;
}

policy airlock_policy(const airlock_config& x) {
  policy result;
  result.name = x.name;
  result.provider = x.provider;
  result.breaker = breaker_config{
    .failure_threshold = x.circuit_breaker_threshold, .cooldown = x.cooldown};
  result.timeout = timeout_config{.limit = x.timeout, .total = x.total};
  if (x.retry_on_rate_limit)
    result.retry = retry_config{.max_attempts = x.max_attempts,
                                .retry_on = x.rate_limit_errors,
                                .max_hint = x.max_wait};
  if (!x.fallback_response.empty())
    result.fallback = fallback_config{};
  return result;
}

hooks airlock_hooks(const airlock_config& x) {
  hooks result;
  auto falls_back = !x.fallback_response.empty();
  if (falls_back)
    result.fallback = fallback::function(
      [content = x.fallback_response](const caf::error&) { return content; });
  result.judge_rejection = [limits = x.rate_limit_errors,
                            falls_back](const caf::error& e) {
    auto category = compat::category_name(e);
    auto name = compat::code_name(e);
    return falls_back || matches(limits, {category, e.code(), name})
             ? outcome::failure
             : outcome::neutral;
  };
  return result;
}

} // namespace resilience
