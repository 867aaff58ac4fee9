// The health of many parts as one: the last report of each, and their sum.
//
// A report grows old here as it does at its checker: one whose checker has
// fallen silent is unknown when its `max_age` has passed.
//
// Not thread-safe; owned by who collects the reports.
#pragma once

#include "resilience/health_report.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// The sum of some parts' health.
struct health_summary {
  /// Of which parts; empty: of all.
  std::string view;
  health_status status = health_status::healthy;
  /// The worst parts and why, in one line; empty if all are healthy.
  std::string message;
  /// What counts worst comes first, then by name; a part that is not critical
  /// counts at most as degraded, but shows its own status.
  std::vector<health_report> parts{};

  /// Whether to go on sending work: healthy or degraded.
  bool ready() const noexcept {
    return status <= health_status::degraded;
  }

  friend bool operator==(const health_summary&,
                         const health_summary&) = default;
};

class health_board {
public:
  /// @param max_parts most parts.
  explicit health_board(size_t max_parts = 10'000) : max_parts_(max_parts) {}

  // -- events -----------------------------------------------------------------

  /// Takes the place of the last report of that name. False: the board is full
  /// and has no part of that name.
  [[nodiscard]] bool put(health_report x, time_point now);

  /// Whether there was such a part.
  bool remove(std::string_view name);

  // -- properties -------------------------------------------------------------

  size_t size() const noexcept {
    return parts_.size();
  }

  /// The last report as it is now, if there is one.
  std::optional<health_report> find(std::string_view name,
                                    time_point now) const;

  /// The parts of a view:
  /// - empty: all;
  /// - `live`: those with that tag. Where none has it, none: the process lives
  ///   if it can answer, and restarting it mends no dependency;
  /// - `ready`: those with that tag, or all where none has it;
  /// - any other: those with that tag.
  /// Without parts the sum is healthy; ask `has_view` for a name that nobody
  /// uses.
  health_summary sum(time_point now, std::string_view view = {}) const;

  /// Whether a view is one of `live` and `ready`, or the tag of a part.
  bool has_view(std::string_view view) const;

  /// All of them, sorted.
  std::vector<std::string> views() const;

private:
  struct part {
    health_report report;
    /// When its result came, on our clock.
    time_point since;
  };

  static health_report aged(const part& x, time_point now);
  bool is_used(std::string_view tag) const;

  size_t max_parts_;
  std::map<std::string, part, std::less<>> parts_;
};

} // namespace resilience
