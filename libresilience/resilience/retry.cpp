#include "resilience/retry.hpp"

namespace resilience {

faults validate(const retry_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  check_patterns(result, prefix + "retry_on", x.retry_on);
  check_patterns(result, prefix + "dont_retry_on", x.dont_retry_on);
  return result;
}

bool may_retry(const retry_config& x, const error_id& e) noexcept {
  return (x.retry_on.empty() || matches(x.retry_on, e))
         && !matches(x.dont_retry_on, e);
}

} // namespace resilience
