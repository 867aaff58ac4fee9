// Every error this library raises, one sentence each. CAF-free; the actor side
// makes the same enum usable as `caf::error` (actors/error.hpp).
#pragma once

#include <cstdint>

namespace resilience {

/// Why a call was not answered by its target. Numbers are stable and never
/// reused: they travel between nodes and are stored.
enum class errc : uint8_t {
  /// No error.
  none = 0,
  /// The circuit is open: the upstream failed too often; see `retry_after`.
  circuit_open = 1,
  /// The circuit was isolated by hand or by health and admits nothing.
  circuit_isolated = 2,
  /// The circuit probes the upstream and all probes are taken.
  half_open_full = 3,
  /// The guard holds its limit of requests in flight.
  overloaded = 4,
  /// The target did not answer in time.
  timed_out = 5,
  /// The target has terminated, or dropped the request without an answer.
  target_down = 6,
  /// The guard has ended, or its runtime is going down.
  shutting_down = 7,
  /// A setting is out of range or contradicts another; the text names all.
  invalid_config = 8,
  /// No circuit of this name.
  unknown_circuit = 9,
  /// The permit was never granted here, was reported before, or has expired.
  unknown_permit = 10,
  /// A bounded list is full: subscribers or circuits.
  limit_reached = 11,
  /// The bulkhead and its queue are full, or the wait in it was too long.
  bulkhead_full = 12,
  /// More calls than the rate limiter allows; see `retry_after`.
  rate_limited = 13,
  /// The store failed; the text says how. What waits is tried again.
  store_failed = 14,
  /// The target has left its oldest request unanswered for too long.
  target_stuck = 15,
  /// The guard made this fault up, because its policy asks for chaos.
  injected_fault = 16,
};

/// The enumerator's name, e.g. `circuit_open`.
const char* to_string(errc x) noexcept;

/// One sentence for people.
const char* sentence(errc x) noexcept;

/// Whether `x` says that a guard turned the call away before any attempt ran.
/// Such an answer says nothing about the upstream: guards further out treat it
/// as neutral.
constexpr bool is_rejection(errc x) noexcept {
  switch (x) {
    case errc::circuit_open:
    case errc::circuit_isolated:
    case errc::half_open_full:
    case errc::overloaded:
    case errc::shutting_down:
    case errc::bulkhead_full:
    case errc::rate_limited:
    case errc::target_stuck:
      return true;
    default:
      return false;
  }
}

} // namespace resilience
