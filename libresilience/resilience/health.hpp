// Health as values: the state of one check, and the sum of many.
//
// Rules of a check:
// 1. Not run yet, or the last result is older than `max_age`: unknown.
// 2. `unhealthy_after` failures in a row make it unhealthy, fewer degraded.
// 3. Unhealthy stays until `healthy_after` successes in a row; from anywhere
//    else one success makes it healthy.
// 4. A check that found the dependency degraded did not fail: it counts as a
//    success, and leaves degraded where that leaves healthy.
// 5. A check that could not tell counts neither way; where the dependency was
//    not unhealthy, it is unknown until the next result.
//
// Not thread-safe; owned by one health checker.
#pragma once

#include "resilience/settings.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace resilience {

/// From best to worst. Values are stable: they are sent between nodes.
enum class health_status : uint8_t {
  healthy = 0,
  degraded = 1,
  unknown = 2,
  unhealthy = 3,
};

template <>
struct names_of<health_status> {
  static constexpr std::pair<health_status, const char*> list[] = {
    {health_status::healthy, "healthy"},
    {health_status::degraded, "degraded"},
    {health_status::unknown, "unknown"},
    {health_status::unhealthy, "unhealthy"},
  };
};

// -- composite ----------------------------------------------------------------

/// One part of a whole.
struct child_health {
  health_status status = health_status::unknown;
  /// One that is not counts at most as degraded.
  bool critical = true;

  friend bool operator==(const child_health&, const child_health&) = default;
};

/// The worst of all; without any, healthy.
health_status roll_up(std::span<const child_health> children) noexcept;

// -- one check ----------------------------------------------------------------

struct health_check_config {
  /// From the start of one check to the next. 1 ms to 365 days.
  duration interval = std::chrono::seconds{10};
  /// How long a check may take before it has failed. 1 ms to 365 days.
  duration timeout = std::chrono::seconds{5};
  /// How long a result holds. Unset: three intervals. 1 ms to 365 days.
  std::optional<duration> max_age{};
  /// Failures in a row that make it unhealthy. 1 to 1,000,000.
  int32_t unhealthy_after = 3;
  /// Successes in a row that end that. 1 to 1,000,000.
  int32_t healthy_after = 2;
  /// Whether the whole is as bad as this check.
  bool critical = true;

  friend bool operator==(const health_check_config&,
                         const health_check_config&) = default;
};

template <>
struct settings_of<health_check_config> {
  static constexpr auto name = "health_check_config";
  static constexpr auto list = std::tuple{
    setting{"interval", &health_check_config::interval, any_length,
            "from the start of one check to the next"},
    setting{"timeout", &health_check_config::timeout, any_length,
            "how long a check may take before it has failed"},
    setting{"max_age", &health_check_config::max_age, any_length,
            "how long a result holds; unset: three intervals"},
    setting{"unhealthy_after", &health_check_config::unhealthy_after,
            range{1, 1'000'000}, "failures in a row that make it unhealthy"},
    setting{"healthy_after", &health_check_config::healthy_after,
            range{1, 1'000'000}, "successes in a row that end that"},
    setting{"critical", &health_check_config::critical, any_value{},
            "whether the whole is as bad as this check"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const health_check_config& x,
                const std::string& prefix = "health_check.");

/// How long a result holds. @pre `validate(x).empty()`
duration max_age_of(const health_check_config& x) noexcept;

/// Deterministic in its inputs, copyable, comparable.
class health_check_state {
public:
  /// @pre `validate(cfg).empty()`
  explicit health_check_state(const health_check_config& cfg = {}) noexcept;

  // -- events -----------------------------------------------------------------

  /// The check succeeded. An earlier instant than the last counts as that one.
  void success(time_point now) noexcept;

  /// The check succeeded, and found less than perfect health.
  void partial(time_point now) noexcept;

  /// The check ended without finding out anything.
  void unclear(time_point now) noexcept;

  /// The check failed or took too long.
  void failure(time_point now) noexcept;

  /// Applies new settings in place; new thresholds are looked at by the next
  /// result.
  /// @pre `validate(cfg).empty()`
  void configure(const health_check_config& cfg) noexcept;

  // -- properties -------------------------------------------------------------

  health_status status(time_point now) const noexcept;

  /// As a part of a whole.
  child_health as_child(time_point now) const noexcept {
    return {status(now), config_.critical};
  }

  /// Of the last result, if there was one.
  std::optional<duration> age(time_point now) const noexcept;

  const health_check_config& config() const noexcept {
    return config_;
  }

  /// Failures in a row.
  int32_t failures() const noexcept {
    return failures_;
  }

  /// Successes in a row.
  int32_t successes() const noexcept {
    return successes_;
  }

  friend bool operator==(const health_check_state&,
                         const health_check_state&) = default;

private:
  void note(time_point now) noexcept;
  void passed(time_point now, health_status better) noexcept;

  health_check_config config_;
  std::optional<time_point> last_;
  int32_t failures_ = 0;
  int32_t successes_ = 0;
  /// What the last result left behind, whatever its age.
  health_status reached_ = health_status::unknown;
};

} // namespace resilience
