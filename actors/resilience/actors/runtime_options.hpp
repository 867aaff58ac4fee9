// Bounds of a runtime: everything it keeps for others is limited.
#pragma once

#include <cstddef>
#include <cstdint>

namespace resilience {

/// Bounds of a runtime.
struct runtime_options {
  /// Most circuits with a name, about 1 KiB each: they are kept when their
  /// guards are gone, so that an open one is not forgotten. At the limit,
  /// closed ones that nobody uses are forgotten; if there is none, the next is
  /// refused.
  size_t max_circuits = 100'000;
  /// Most subscribers of one circuit or health checker; the next is refused.
  uint32_t max_subscribers = 1'024;
  /// Most health checkers; the next is refused.
  size_t max_health_checkers = 10'000;
};

} // namespace resilience
