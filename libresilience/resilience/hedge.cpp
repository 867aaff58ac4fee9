#include "resilience/hedge.hpp"

namespace resilience {

faults validate(const hedge_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

} // namespace resilience
