// Faults made on purpose, just before the target, to see whether an application
// bears them. Off unless asked for; `describe`, a guard's metrics and its
// status say so while it is on.
//
// Not thread-safe; owned by one guard, which has the lock.
#pragma once

#include "resilience/settings.hpp"

#include <cstdint>
#include <string>

namespace resilience {

/// The shares are of all attempts. An attempt meets one fault at most, so they
/// add up to no more than 1.
struct chaos_config {
  /// Attempts that fail with `injected_fault`; the target never sees them.
  /// 0 to 1.
  double error_rate = 0;
  /// Attempts that reach the target later, by `delay`. 0 to 1.
  double delay_rate = 0;
  /// By how much; the attempt's limit runs all the same. 1 ms to 365 days.
  duration delay = std::chrono::seconds{1};
  /// Attempts that the target never sees and nobody answers. 0 to 1.
  double drop_rate = 0;
  /// Answers that come twice. 0 to 1.
  double duplicate_rate = 0;
  /// The same seed makes the same faults in the same order. 0 to 2^31 - 1.
  int32_t seed = 1;

  friend bool operator==(const chaos_config&, const chaos_config&) = default;
};

template <>
struct settings_of<chaos_config> {
  static constexpr auto name = "chaos_config";
  static constexpr auto list = std::tuple{
    setting{"error_rate", &chaos_config::error_rate, range{0.0, 1.0},
            "share of attempts that fail before the target sees them"},
    setting{"delay_rate", &chaos_config::delay_rate, range{0.0, 1.0},
            "share of attempts that reach the target later"},
    setting{"delay", &chaos_config::delay, any_length,
            "how much later; the attempt's limit runs all the same"},
    setting{"drop_rate", &chaos_config::drop_rate, range{0.0, 1.0},
            "share of attempts that nobody answers"},
    setting{"duplicate_rate", &chaos_config::duplicate_rate, range{0.0, 1.0},
            "share of attempts whose answer comes twice"},
    setting{"seed", &chaos_config::seed, range{0, 2'147'483'647},
            "the same seed makes the same faults in the same order"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const chaos_config& x, const std::string& prefix = "chaos.");

/// What happens to an attempt.
enum class injected : uint8_t { nothing, error, delay, drop, duplicate };

/// Deterministic, copyable.
class chaos {
public:
  /// @pre `validate(cfg).empty()`
  explicit chaos(const chaos_config& cfg = {}) noexcept;

  /// What happens to the next attempt.
  injected draw() noexcept;

  /// Applies new settings; faults go on where they were unless the seed is
  /// another one.
  /// @pre `validate(cfg).empty()`
  void configure(const chaos_config& cfg) noexcept;

  const chaos_config& config() const noexcept {
    return config_;
  }

private:
  chaos_config config_;
  uint64_t state_;
};

} // namespace resilience
