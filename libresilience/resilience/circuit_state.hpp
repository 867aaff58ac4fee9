// The words in which circuits are spoken of: states, causes, transitions.
#pragma once

#include "resilience/time.hpp"

#include <array>
#include <cstdint>

namespace resilience {

/// Values are stable: they are sent between nodes and stored.
enum class circuit_state : uint8_t {
  /// Calls pass; failures are counted.
  closed = 0,
  /// Calls are rejected until the cooldown has passed.
  open = 1,
  /// A few calls pass as probes.
  half_open = 2,
  /// Forced open until restored.
  isolated = 3,
  /// Calls pass and are counted; nothing trips.
  disabled = 4,
};

const char* to_string(circuit_state x) noexcept;

constexpr bool valid(circuit_state x) noexcept {
  return static_cast<uint8_t>(x)
         <= static_cast<uint8_t>(circuit_state::disabled);
}

/// Why a circuit changed its state. Values are stable.
enum class cause : uint8_t {
  /// Consecutive failures reached the threshold.
  failures = 0,
  /// A probe failed.
  probe_failed = 1,
  /// The cooldown has passed.
  cooldown_elapsed = 2,
  /// Enough probes succeeded.
  probes_succeeded = 3,
  /// Reset by hand.
  reset = 4,
  /// Isolated by hand, by health or by the cluster.
  isolated = 5,
  /// Disabled by hand.
  disabled = 6,
  /// An isolation or the disabling ended.
  restored = 7,
  /// Too large a share of the calls in the window failed.
  failure_rate = 8,
  /// Too large a share of the calls in the window was slow.
  slow_call_rate = 9,
};

const char* to_string(cause x) noexcept;

constexpr bool valid(cause x) noexcept {
  return static_cast<uint8_t>(x) <= static_cast<uint8_t>(cause::slow_call_rate);
}

/// Who isolates a circuit. It stays isolated until the last one restores it.
enum class owner : uint8_t { hand = 0, health = 1, cluster = 2 };

const char* to_string(owner x) noexcept;

constexpr bool valid(owner x) noexcept {
  return static_cast<uint8_t>(x) <= static_cast<uint8_t>(owner::cluster);
}

/// Why a call was not admitted.
enum class rejection : uint8_t { none = 0, open, half_open_full, isolated };

const char* to_string(rejection x) noexcept;

/// A change of state, at the instant it took effect.
struct transition {
  circuit_state from = circuit_state::closed;
  circuit_state to = circuit_state::closed;
  cause why = cause::reset;
  /// The generation that begins with this change.
  uint64_t generation = 0;
  /// Consecutive failures at the instant of the change.
  int32_t failures = 0;
  time_point at{};

  friend bool operator==(const transition&, const transition&) = default;
};

/// What one event changed, in order. One event reveals at most two changes:
/// the end of the cooldown and its own effect.
class transitions {
public:
  void push(const transition& x) noexcept {
    items_[size_++] = x;
  }

  const transition* begin() const noexcept {
    return items_.data();
  }

  const transition* end() const noexcept {
    return items_.data() + size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  size_t size() const noexcept {
    return size_;
  }

private:
  std::array<transition, 2> items_;
  uint8_t size_ = 0;
};

} // namespace resilience
