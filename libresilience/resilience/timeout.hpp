// How long one attempt may take, how long the whole call, and what a caller
// gets instead of an answer.
#pragma once

#include "resilience/settings.hpp"

#include <optional>

namespace resilience {

/// What a caller gets whose call timed out. Values are stable.
enum class timeout_action : uint8_t {
  /// The error `timed_out`.
  raise = 0,
  /// An empty answer, as of a handler that returns nothing.
  return_none = 1,
  /// The value given beside the policy.
  return_default = 2,
};

template <>
struct names_of<timeout_action> {
  static constexpr std::pair<timeout_action, const char*> list[] = {
    {timeout_action::raise, "raise"},
    {timeout_action::return_none, "return_none"},
    {timeout_action::return_default, "return_default"},
  };
};

struct timeout_config {
  /// Limit of one attempt. 1 ms to 365 days. A late answer is dropped.
  duration limit = std::chrono::seconds{30};
  /// Limit of the whole call from its arrival: queue, attempts and the delays
  /// between them. 1 ms to 365 days.
  std::optional<duration> total{};
  /// The circuit has seen the timeout as a failure, whatever the caller gets.
  timeout_action on_timeout = timeout_action::raise;

  friend bool operator==(const timeout_config&,
                         const timeout_config&) = default;
};

template <>
struct settings_of<timeout_config> {
  static constexpr auto name = "timeout_config";
  static constexpr auto list = std::tuple{
    setting{"limit", &timeout_config::limit, any_length,
            "limit of one attempt; a late answer is dropped"},
    setting{"total", &timeout_config::total, any_length,
            "limit of the whole call from its arrival"},
    setting{"on_timeout", &timeout_config::on_timeout, any_value{},
            "what a caller gets whose call timed out"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const timeout_config& x,
                const std::string& prefix = "timeout.");

} // namespace resilience
