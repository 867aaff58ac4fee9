#include "resilience/policy.hpp"

namespace resilience {

faults validate(const policy& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  if (x.keyed && !x.breaker)
    result.push_back(prefix
                     + "keyed needs a breaker: it says what the circuits "
                       "of the keys do");
  return result;
}

} // namespace resilience
