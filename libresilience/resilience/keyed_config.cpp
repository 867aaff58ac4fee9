#include "resilience/keyed_config.hpp"

namespace resilience {

faults validate(const keyed_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

} // namespace resilience
