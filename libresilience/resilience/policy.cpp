#include "resilience/policy.hpp"

namespace resilience {

faults validate(const policy& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

} // namespace resilience
