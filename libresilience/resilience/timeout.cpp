#include "resilience/timeout.hpp"

namespace resilience {

faults validate(const timeout_config& x, std::string_view prefix) {
  using namespace std::chrono_literals;
  faults result;
  check_range(result, std::string{prefix} + "limit", x.limit, 1ms, 24h * 365);
  return result;
}

} // namespace resilience
