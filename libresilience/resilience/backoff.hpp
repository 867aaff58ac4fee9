// How long to wait before the next try: arithmetic only. The random source and
// the memory of the last delay are the caller's, so a seed gives the same
// delays again.
#pragma once

#include "resilience/settings.hpp"

#include <cstdint>

namespace resilience {

/// How the delay grows with the failures. Values are stable.
enum class backoff_kind : uint8_t {
  /// `initial_delay * exponential_base^(n-1)`
  exponential = 0,
  /// `initial_delay * n`
  linear = 1,
  /// `initial_delay`
  constant = 2,
  /// `initial_delay * F(n)`: 1, 1, 2, 3, 5, ...
  fibonacci = 3,
};

template <>
struct names_of<backoff_kind> {
  static constexpr std::pair<backoff_kind, const char*> list[] = {
    {backoff_kind::exponential, "exponential"},
    {backoff_kind::linear, "linear"},
    {backoff_kind::constant, "constant"},
    {backoff_kind::fibonacci, "fibonacci"},
  };
};

/// How a delay is spread, so that callers who failed together do not come back
/// together. Values are stable.
enum class jitter_kind : uint8_t {
  /// The delay itself.
  none = 0,
  /// Anything below the delay.
  full = 1,
  /// Half of the delay, and anything below the other half.
  equal = 2,
  /// Anything between `initial_delay` and three times the last delay; the kind
  /// of backoff has no say.
  decorrelated = 3,
};

template <>
struct names_of<jitter_kind> {
  static constexpr std::pair<jitter_kind, const char*> list[] = {
    {jitter_kind::none, "none"},
    {jitter_kind::full, "full"},
    {jitter_kind::equal, "equal"},
    {jitter_kind::decorrelated, "decorrelated"},
  };
};

struct backoff_config {
  /// Delay after the first failure. 0 (at once) to 365 days.
  duration initial_delay = std::chrono::seconds{1};
  /// No delay is longer, whatever else is set. 0 to 365 days; may be below
  /// `initial_delay`.
  duration max_delay = std::chrono::seconds{60};
  /// Growth per failure where `kind` is exponential. 1 to 1,000.
  double exponential_base = 2.0;
  backoff_kind kind = backoff_kind::exponential;
  jitter_kind jitter = jitter_kind::full;

  friend bool operator==(const backoff_config&,
                         const backoff_config&) = default;
};

template <>
struct settings_of<backoff_config> {
  static constexpr auto name = "backoff_config";
  static constexpr auto list = std::tuple{
    setting{"initial_delay", &backoff_config::initial_delay, any_wait,
            "delay after the first failure"},
    setting{"max_delay", &backoff_config::max_delay, any_wait,
            "no delay is longer"},
    setting{"exponential_base", &backoff_config::exponential_base,
            range{1.0, 1000.0}, "growth per failure of an exponential backoff"},
    setting{"kind", &backoff_config::kind, any_value{},
            "how the delay grows with the failures"},
    setting{"jitter", &backoff_config::jitter, any_value{},
            "how a delay is spread at random"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const backoff_config& x,
                const std::string& prefix = "backoff.");

/// The delay after `failures` (from 1) failed attempts, between zero and
/// `max_delay`. `uniform` is a random number from [0, 1), `previous` the last
/// delay, before the first one `initial_delay`. What lies outside is taken as
/// the nearest allowed value.
duration backoff_delay(const backoff_config& x, int64_t failures,
                       duration previous, double uniform) noexcept;

} // namespace resilience
