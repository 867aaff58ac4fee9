// How many calls may start in a period: a token bucket, so that a pause saves
// up for a burst. A call that is not admitted waits for nothing; it is told
// when to come back.
//
// Not thread-safe; owned by one guard, which has the lock.
#pragma once

#include "resilience/settings.hpp"
#include "resilience/token_bucket.hpp"

#include <cstdint>

namespace resilience {

struct rate_limit_config {
  /// Calls per `period` in the long run. 1 to 1,000,000,000.
  int32_t rate = 100;
  /// 1 ms to 365 days.
  duration period = std::chrono::seconds{1};
  /// Calls at once after a pause. 1 to 1,000,000,000.
  int32_t burst = 100;

  friend bool operator==(const rate_limit_config&,
                         const rate_limit_config&) = default;
};

template <>
struct settings_of<rate_limit_config> {
  static constexpr auto name = "rate_limit_config";
  static constexpr auto list = std::tuple{
    setting{"rate", &rate_limit_config::rate, range{1, 1'000'000'000},
            "calls per period in the long run"},
    setting{"period", &rate_limit_config::period, any_length,
            "the time that the rate is for"},
    setting{"burst", &rate_limit_config::burst, range{1, 1'000'000'000},
            "calls at once after a pause"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const rate_limit_config& x,
                const std::string& prefix = "rate_limiter.");

/// Deterministic in its inputs, copyable, comparable. Exact: over any time no
/// call more or fewer than the rate allows. Starts full.
class rate_limiter {
public:
  struct decision {
    bool allowed = false;
    /// Zero if allowed; else, once it has passed, one call is admitted. Never
    /// rounded down.
    duration retry_after{};

    explicit operator bool() const noexcept {
      return allowed;
    }
  };

  /// @pre `validate(cfg).empty()`
  explicit rate_limiter(const rate_limit_config& cfg = {}) noexcept;

  /// Asks for one call. An earlier instant than the last counts as that one.
  decision admit(time_point now) noexcept;

  /// Applies new settings in place: tokens stay as far as they fit.
  /// @pre `validate(cfg).empty()`
  void configure(const rate_limit_config& cfg, time_point now) noexcept;

  const rate_limit_config& config() const noexcept {
    return config_;
  }

  /// Calls that would be admitted now.
  double tokens(time_point now) const noexcept {
    return bucket_.tokens(now);
  }

  friend bool operator==(const rate_limiter&, const rate_limiter&) = default;

private:
  rate_limit_config config_;
  token_bucket bucket_;
};

} // namespace resilience
