#include "resilience/fallback.hpp"

namespace resilience {

faults validate(const fallback_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  check_patterns(result, prefix + "on", x.on);
  return result;
}

bool covers(const fallback_config& x, const error_id& e) noexcept {
  return x.on.empty() || matches(x.on, e);
}

} // namespace resilience
