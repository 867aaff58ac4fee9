// How long one attempt may take.
#pragma once

#include "resilience/settings.hpp"

namespace resilience {

struct timeout_config {
  /// Limit of one attempt. 1 ms to 365 days. A late answer is dropped.
  duration limit = std::chrono::seconds{30};

  friend bool operator==(const timeout_config&,
                         const timeout_config&) = default;
};

template <>
struct settings_of<timeout_config> {
  static constexpr auto name = "timeout_config";
  static constexpr auto list = std::tuple{
    setting{"limit", &timeout_config::limit, any_length,
            "limit of one attempt; a late answer is dropped"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const timeout_config& x,
                const std::string& prefix = "timeout.");

} // namespace resilience
