// What a health checker needs beside its settings.
#pragma once

#include "resilience/health_report.hpp"

#include <functional>
#include <string>
#include <vector>

namespace resilience {

/// Called in the checker's context with each result, each pause and its end, or
/// when age changes the status. Must be short; what it throws is dropped. The
/// end of the runtime waits for one that runs, and none begins after it: what
/// it captures must live until then, and it must not end the runtime itself.
using health_observer = std::function<void(const health_report&)>;

struct health_options {
  /// Views that the check belongs to (health_board.hpp), e.g. `ready`. At most
  /// 64, each of 1 to 256 bytes.
  std::vector<std::string> tags{};
  /// Name of a circuit that is isolated while the check is unhealthy; then it
  /// probes its way back through half-open. Empty: none. A check that goes
  /// through that circuit itself is refused, as it could never recover.
  std::string isolates{};
  health_observer observer{};
};

} // namespace resilience
