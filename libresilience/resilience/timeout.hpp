// How long one attempt may take.
#pragma once

#include "resilience/time.hpp"
#include "resilience/validation.hpp"

namespace resilience {

struct timeout_config {
  /// Limit of one attempt. 1 ms to 365 days. A late answer is dropped.
  duration limit = std::chrono::seconds{30};

  friend bool operator==(const timeout_config&,
                         const timeout_config&) = default;
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const timeout_config& x, std::string_view prefix = "timeout.");

} // namespace resilience
