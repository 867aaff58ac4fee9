// Answers to "how is this circuit?", as plain data.
#pragma once

#include "resilience/circuit_state.hpp"
#include "resilience/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

/// The last call that counted as a failure.
struct failure_info {
  wall_time at{};
  /// What the target or the guard said, for people.
  std::string reason;

  friend bool operator==(const failure_info&, const failure_info&) = default;
};

/// Reading a status changes nothing but what time alone causes.
struct circuit_status {
  std::string name;
  std::string provider;
  circuit_state state = circuit_state::closed;
  uint64_t generation = 0;
  int32_t consecutive_failures = 0;
  int32_t consecutive_successes = 0;
  /// Calls admitted and not settled yet, over all users of the circuit.
  uint64_t permits_in_use = 0;
  /// Rest of the cooldown, while open.
  std::optional<duration> retry_after{};
  std::optional<failure_info> last_failure{};
  /// When the circuit opened, while open.
  std::optional<wall_time> opened_at{};
  /// Percentage of failures in the window; none without a window, and while it
  /// holds too few results.
  std::optional<double> failure_rate{};
  /// Percentage of slow calls, likewise.
  std::optional<double> slow_call_rate{};
  /// Guards of this circuit that make faults on purpose (`policy::chaos`).
  int32_t chaotic_guards = 0;

  friend bool operator==(const circuit_status&,
                         const circuit_status&) = default;
};

/// What the layers around a guard's circuit did since the guard was made.
struct layer_metrics {
  /// Calls that the rate limiter turned away.
  uint64_t rate_limited = 0;
  /// Calls that the bulkhead turned away, at once or after `max_wait`.
  uint64_t bulkhead_full = 0;
  /// Attempts beyond the first of their call, counted when they are scheduled.
  uint64_t retries = 0;
  /// Calls that a fallback answered.
  uint64_t fallbacks = 0;
  /// Fallbacks that failed or took too long.
  uint64_t fallback_failures = 0;
  /// Timeouts for which the caller got a substitute.
  uint64_t substituted = 0;
  /// Hooks that threw; the default was in force then.
  uint64_t hook_failures = 0;
  /// Places of the bulkhead in use, and calls that wait for one, now.
  uint64_t running = 0;
  uint64_t queued = 0;
  /// Retries that the budget would allow now.
  double retry_budget = 0;
  /// Times that a new target took the place of one that had ended.
  uint64_t restarts = 0;
  /// Whether the target is down for good: it ended too often, or no restart is
  /// wanted.
  bool down = false;
  /// Second attempts that were sent beside a slow one, and those that were
  /// answered first.
  uint64_t hedges = 0;
  uint64_t hedges_won = 0;
  /// Calls that were turned away because the target left one unanswered.
  uint64_t shed = 0;
  /// Faults made on purpose, and whether more are to come.
  uint64_t injected = 0;
  bool chaos = false;
  /// Most calls that the bulkhead lets run at once now; 0 without a bulkhead.
  int32_t concurrency_limit = 0;

  friend bool operator==(const layer_metrics&, const layer_metrics&) = default;
};

/// Totals since the circuit was made.
struct circuit_metrics {
  /// Admitted calls.
  uint64_t total_calls = 0;
  uint64_t successes = 0;
  /// Includes the expired ones.
  uint64_t failures = 0;
  uint64_t rejected = 0;
  uint64_t neutral = 0;
  /// Settled after their generation had ended; also in successes or failures.
  uint64_t late = 0;
  /// Settled by the end of their lease.
  uint64_t expired = 0;
  /// Answers dropped because their call had been settled by then.
  uint64_t late_answers = 0;
  /// Messages without an answer that were not let through.
  uint64_t dropped = 0;
  /// successes / (successes + failures); 1.0 when there were none.
  double success_rate = 1.0;
  uint64_t times_opened = 0;
  uint64_t transitions = 0;
  /// Durations of settled calls, see `latency_histogram`.
  std::vector<uint64_t> latency{};
  /// Settled calls that took longer than `slow_call_duration`; counted while
  /// there is a window.
  uint64_t slow_calls = 0;
  /// Of the guard that was asked; nothing where a circuit is asked by name.
  layer_metrics layers{};

  friend bool operator==(const circuit_metrics&,
                         const circuit_metrics&) = default;
};

} // namespace resilience
