// The last act: a guarded process with a database is killed while its circuit
// is open, and started again. Main thread only.
#pragma once

#include "life.hpp"
#include "nginx.hpp"
#include "options.hpp"
#include "screen.hpp"

#include <resilience/store/snapshot_store.hpp>

#include <optional>
#include <string>
#include <vector>

namespace outage {

/// What it comes to.
struct restart_summary {
  wall_time start{};
  wall_time nginx_down{};
  /// Of the first process, by SIGKILL.
  wall_time killed{};
  /// What the circuit was then.
  std::string state_when_killed{};
  /// The second process.
  wall_time started_again{};
  wall_time nginx_back{};
  wall_time end{};
  /// The first process and the second.
  life before{};
  life after{};
  /// Of the second process.
  std::optional<int> exit_code{};
  /// All that the database has when both are gone.
  std::vector<resilience::history_entry> history{};

  /// When the circuit opened that was open at the kill, by the database.
  std::optional<wall_time> opened() const;

  /// What should have been left of the cooldown when the second process told
  /// how the circuit was.
  std::optional<duration> expected_rest() const;
};

/// Plays it. Nothing if a signal has ended it.
/// @throws std::runtime_error if nginx or a process does not start,
///         resilience::store_error if the database cannot be read.
std::optional<restart_summary> play_restart(nginx& upstream,
                                            const options& opts, screen& out);

/// What the act should have shown and did not; empty if all is well.
std::vector<std::string> faults(const restart_summary& x);

} // namespace outage
