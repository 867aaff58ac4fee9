// What is known of a call on its way through the layers (stack.hpp): who asks
// and, where a layer follows the call, its journey. An attempt that is hedged
// or delayed has a companion: an entry of its own, which nobody is answered
// for.
//
// Plain data without a lock: it lies in the ledger, and whoever took it out of
// there owns it, on whatever thread.
#pragma once

#include "resilience/time.hpp"

#include <cstdint>
#include <memory>

namespace resilience {

class circuit;

/// Where a call is that is entered in the ledger.
enum class call_phase : uint8_t {
  /// The target has it.
  attempt,
  /// Companion: the target has it a second time.
  hedge,
  /// Companion: the time until the target is to have it a second time.
  hedge_wait,
  /// Companion: the time until the target gets an attempt, by chaos.
  delay,
  /// It waits for a place in the bulkhead.
  queued,
  /// An attempt has failed, the next one is still to come.
  pause,
  /// The fallback actor has it.
  fallback,
};

/// What is known of a call where a layer follows it.
/// @tparam Types see `stack`.
template <class Types>
struct journey {
  /// Kept where it may be sent later or again.
  typename Types::cargo request{};
  /// Of the last attempt, while there is a pause or a fallback.
  typename Types::failure last{};
  /// Set while the call waits here and nobody else need know the owner.
  typename Types::anchor alive{};
  /// Where its attempts are counted, if not in the owner's circuit.
  std::shared_ptr<circuit> own_circuit{};
  /// When the whole call ends, but for its fallback.
  time_point latest = time_point::max();
  /// When its caller gives up, where that is known.
  time_point wanted_until = time_point::max();
  /// The last pause.
  duration delay{};
  /// Attempts that have begun.
  int32_t attempts = 0;
  /// The other one's entry: of an attempt its companion, and the other way
  /// round. 0 for none.
  uint64_t partner = 0;
  call_phase at = call_phase::attempt;
  /// Whether `request` is set.
  bool kept = false;
  bool repeatable = false;
  bool has_place = false;
  /// `last` is a timeout of this guard's.
  bool timed_out = false;
  /// A second attempt was sent.
  bool hedged = false;
  /// The answer of this attempt is to come twice.
  bool doubled = false;
};

/// A call, or a permit that somebody holds: that has no journey.
template <class Types>
struct passage {
  typename Types::call who{};
  /// Null where no layer follows the call: it is one attempt.
  std::unique_ptr<journey<Types>> trip{};

  bool is(call_phase x) const noexcept {
    return trip ? trip->at == x : x == call_phase::attempt;
  }

  /// Whether this is an entry beside that of the call itself.
  bool is_companion() const noexcept {
    return is(call_phase::hedge) || is(call_phase::hedge_wait)
           || is(call_phase::delay);
  }

  /// Whether somebody has been sent the call and may answer it.
  bool in_flight() const noexcept {
    if (!trip)
      return who.is_request();
    return trip->at == call_phase::attempt || trip->at == call_phase::hedge
           || trip->at == call_phase::fallback;
  }

  /// Attempts that are over.
  int32_t finished_attempts() const noexcept {
    if (!trip)
      return 0;
    return trip->attempts - (trip->at == call_phase::attempt ? 1 : 0);
  }
};

} // namespace resilience
