// What a health check found out, as a value: made by probes, completed and kept
// by health checkers, summed up by a health_board, sent between nodes.
#pragma once

#include "resilience/health.hpp"
#include "resilience/status.hpp"
#include "resilience/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace resilience {

/// Names and values, for people and dashboards.
using health_details = std::vector<std::pair<std::string, std::string>>;

/// A probe fills in `status`, `message` and `details`; the rest is the health
/// checker's.
struct health_report {
  /// Of the check.
  std::string name;
  health_status status = health_status::unknown;
  /// Why, for people; may be empty where all is well.
  std::string message;
  health_details details{};
  /// Time since the last result; none before the first.
  std::optional<duration> age{};
  /// When an older result counts no more: the status is unknown then.
  std::optional<duration> max_age{};
  /// When the last result came.
  std::optional<wall_time> checked_at{};
  /// How long the last check took.
  std::optional<duration> took{};
  /// Whether the whole is as bad as this check.
  bool critical = true;
  std::vector<std::string> tags{};
  /// Failed checks in a row.
  int32_t failures = 0;
  /// Checks in a row that did not fail.
  int32_t successes = 0;
  /// No check begins until somebody resumes them.
  bool paused = false;
  /// Since when a check runs that took too long, while it does.
  std::optional<wall_time> stuck_since{};

  // -- what probes return -----------------------------------------------------

  static health_report healthy(std::string message = {});
  static health_report degraded(std::string message);
  static health_report unhealthy(std::string message);

  friend bool operator==(const health_report&, const health_report&) = default;
};

// -- circuits -----------------------------------------------------------------

/// An open, half-open or isolated circuit is degraded: what is behind it fails,
/// and the application has been told how to go on without. Where it cannot,
/// the dependency is `critical`, and open or isolated is unhealthy. Closed and
/// disabled are healthy.
health_report health_of(const circuit_status& x, bool critical);

// -- bounds -------------------------------------------------------------------

/// What a report holds at most; longer texts are cut, and end with "...".
struct health_report_limits {
  static constexpr size_t message = 4'096;
  static constexpr size_t details = 64;
  static constexpr size_t detail_name = 256;
  static constexpr size_t detail_value = 1'024;
};

/// Cuts what is beyond the limits: a probe may pass on whatever it was told.
void cut_to_limits(health_report& x);

} // namespace resilience
