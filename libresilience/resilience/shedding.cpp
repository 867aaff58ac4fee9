#include "resilience/shedding.hpp"

namespace resilience {

faults validate(const shedding_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

} // namespace resilience
