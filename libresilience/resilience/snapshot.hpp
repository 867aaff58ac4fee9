// What is remembered of circuits over a restart of the process, as plain data:
// written by stores, read back when a circuit of that name is made again.
#pragma once

#include "resilience/circuit_breaker.hpp"
#include "resilience/status.hpp"
#include "resilience/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace resilience {

/// A transition of a named circuit, as subscribers and histories see it.
struct transition_event {
  std::string name;
  circuit_state from = circuit_state::closed;
  circuit_state to = circuit_state::closed;
  cause why = cause::reset;
  /// Grows by one with each transition of a circuit, over restarts, too.
  uint64_t generation = 0;
  /// Consecutive failures at that instant.
  int32_t failures = 0;
  wall_time at{};
  /// What the last failure said, for people; may be empty.
  std::string last_failure;

  friend bool operator==(const transition_event&,
                         const transition_event&) = default;
};

/// Everything of one circuit at one instant.
struct circuit_snapshot {
  std::string name;
  std::string provider;
  /// `std::nullopt` while the breaker is off.
  std::optional<breaker_config> config{};
  breaker_memory memory{};
  /// Totals; `layers` is not part of a circuit and stays empty.
  circuit_metrics totals{};
  wall_time saved_at{};
  /// End of the cooldown, while open. Together with `memory.remaining` it lets
  /// the downtime count, and a wall clock that jumped neither hold a circuit
  /// open for ever nor longer than what was left.
  std::optional<wall_time> open_until{};
  /// When the circuit opened, while open.
  std::optional<wall_time> opened_at{};
  std::optional<failure_info> last_failure{};

  friend bool operator==(const circuit_snapshot&,
                         const circuit_snapshot&) = default;
};

/// Rest of the cooldown of `x` at `wall`: what is left of `open_until`, but
/// never below zero and never more than was left when it was saved.
duration remaining_at(const circuit_snapshot& x, wall_time wall) noexcept;

/// Time between the save of `x` and `wall`, zero where the clock went back.
duration downtime_at(const circuit_snapshot& x, wall_time wall) noexcept;

/// What a journal keeps of a transition: the event, and the circuit right after
/// it or a little later. A journal that is durable up to here restores no older
/// state.
struct journal_entry {
  transition_event event{};
  circuit_snapshot after{};

  friend bool operator==(const journal_entry&, const journal_entry&) = default;
};

} // namespace resilience
