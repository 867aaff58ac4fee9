// How long a target may leave its oldest request unanswered before callers are
// turned away: a target that is stuck shows before anything has completed or
// timed out. No other rule sees it by then.
#pragma once

#include "resilience/settings.hpp"

#include <string>

namespace resilience {

struct shedding_config {
  /// While the oldest attempt under way is older, new calls get `target_stuck`.
  /// 1 ms to 365 days.
  duration max_age = std::chrono::seconds{5};

  friend bool operator==(const shedding_config&,
                         const shedding_config&) = default;
};

template <>
struct settings_of<shedding_config> {
  static constexpr auto name = "shedding_config";
  static constexpr auto list = std::tuple{
    setting{"max_age", &shedding_config::max_age, any_length,
            "age of the oldest attempt from which calls are turned away"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const shedding_config& x,
                const std::string& prefix = "shedding.");

} // namespace resilience
