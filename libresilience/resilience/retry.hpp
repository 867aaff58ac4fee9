// Which failures are tried again, how often, and after which delay. Off unless
// asked for: who asks says that the requests may be repeated.
#pragma once

#include "resilience/backoff.hpp"
#include "resilience/error_filter.hpp"
#include "resilience/retry_budget.hpp"
#include "resilience/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

struct retry_config {
  /// The first try included. 1 (never again) to 1,000.
  int32_t max_attempts = 3;
  /// The delay before each further attempt.
  backoff_config backoff{};
  /// Errors that are tried again (error_filter.hpp); empty: every failure. A
  /// rejection by another guard is no failure. At most 64.
  std::vector<std::string> retry_on{};
  /// Errors that are not, whatever `retry_on` says. At most 64.
  std::vector<std::string> dont_retry_on{};
  /// A target may ask for a longer delay than the backoff's. If it asks for
  /// more than this, nobody waits for it: the last error is the answer. 0 to
  /// 365 days.
  duration max_hint = std::chrono::seconds{60};
  /// Bounds the share of repeated calls; one per guard. `std::nullopt` lets
  /// retries multiply the load on a target that is down.
  std::optional<retry_budget_config> budget{retry_budget_config{}};

  friend bool operator==(const retry_config&, const retry_config&) = default;
};

template <>
struct settings_of<retry_config> {
  static constexpr auto name = "retry_config";
  static constexpr auto list = std::tuple{
    setting{"max_attempts", &retry_config::max_attempts, range{1, 1000},
            "attempts per call, the first one included"},
    setting{"backoff", &retry_config::backoff, any_value{},
            "the delay before each further attempt"},
    setting{"retry_on", &retry_config::retry_on, max_entries{64},
            "errors that are tried again; empty: every failure"},
    setting{"dont_retry_on", &retry_config::dont_retry_on, max_entries{64},
            "errors that are not, whatever retry_on says"},
    setting{"max_hint", &retry_config::max_hint, any_wait,
            "longest delay that a target may ask for"},
    setting{"budget", &retry_config::budget, any_value{},
            "bounds the share of repeated calls"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const retry_config& x, const std::string& prefix = "retry.");

/// Whether the lists of `x` allow to try again after the failure `e`.
bool may_retry(const retry_config& x, const error_id& e) noexcept;

/// Why a call that failed was not tried again. Values are stable.
enum class retry_stop : uint8_t {
  /// All attempts were made.
  attempts = 0,
  /// Not an error, or not a request, that may be tried again.
  not_retryable = 1,
  /// Too many calls are repeated already.
  budget = 2,
  /// The next attempt would begin after the call's deadline.
  deadline = 3,
  /// The target asked for a longer delay than `max_hint`.
  hint = 4,
  /// The circuit admitted no further attempt.
  circuit = 5,
  /// The target has ended for good.
  target_down = 6,
  /// The guard ended, or holds its limit of requests in flight.
  guard = 7,
};

template <>
struct names_of<retry_stop> {
  static constexpr std::pair<retry_stop, const char*> list[] = {
    {retry_stop::attempts, "attempts"},
    {retry_stop::not_retryable, "not_retryable"},
    {retry_stop::budget, "budget"},
    {retry_stop::deadline, "deadline"},
    {retry_stop::hint, "hint"},
    {retry_stop::circuit, "circuit"},
    {retry_stop::target_down, "target_down"},
    {retry_stop::guard, "guard"},
  };
};

/// What an error says about the attempts before it.
struct retry_report {
  /// Attempts that ran.
  int32_t attempts = 0;
  /// Why there was no further one.
  retry_stop why = retry_stop::attempts;
  /// When to come back, where that is known.
  std::optional<duration> retry_after{};

  friend bool operator==(const retry_report&, const retry_report&) = default;
};

} // namespace resilience
