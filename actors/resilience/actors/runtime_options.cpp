#include "resilience/actors/runtime_options.hpp"

namespace resilience {

faults validate(const runtime_options& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

} // namespace resilience
