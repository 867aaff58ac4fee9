// When a second attempt is sent beside one that takes long: the first answer
// wins, the other is late. Off unless asked for, and then only for requests
// that the application marks as idempotent. After Dean and Barroso, "The tail
// at scale" (2013).
#pragma once

#include "resilience/retry_budget.hpp"
#include "resilience/settings.hpp"

#include <optional>
#include <string>

namespace resilience {

struct hedge_config {
  /// How long an attempt may take before another one is sent. With a quantile
  /// this holds while there are too few latencies to tell. 0 to 365 days.
  duration delay = std::chrono::milliseconds{100};
  /// Share of the recent calls that were answered before a second attempt is
  /// sent: 0.95 hedges the slowest twentieth. 0.5 to 0.9999.
  std::optional<double> quantile{};
  /// Bounds the share of hedges where `retry.budget` does not: a guard has one
  /// budget for all that it repeats. `std::nullopt` lets hedges double the load
  /// on a target that has become slow.
  std::optional<retry_budget_config> budget{retry_budget_config{}};

  friend bool operator==(const hedge_config&, const hedge_config&) = default;
};

template <>
struct settings_of<hedge_config> {
  static constexpr auto name = "hedge_config";
  static constexpr auto list = std::tuple{
    setting{"delay", &hedge_config::delay, any_wait,
            "how long an attempt may take before another one is sent"},
    setting{"quantile", &hedge_config::quantile, range{0.5, 0.9999},
            "share of recent calls answered before another attempt is sent"},
    setting{"budget", &hedge_config::budget, any_value{},
            "bounds the share of hedges where that of retry does not"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const hedge_config& x, const std::string& prefix = "hedge.");

} // namespace resilience
