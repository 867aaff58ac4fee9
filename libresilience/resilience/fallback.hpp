// Which errors a caller does not see: a fallback answers instead. The fallback
// itself (a value, a function, an actor) is code and given beside the policy.
#pragma once

#include "resilience/error_filter.hpp"
#include "resilience/settings.hpp"

#include <string>
#include <vector>

namespace resilience {

struct fallback_config {
  /// Errors that the fallback answers (error_filter.hpp); empty: all. At most
  /// 64.
  std::vector<std::string> on{};
  /// How long a fallback actor may take; then the caller gets the error. 1 ms
  /// to 365 days.
  duration limit = std::chrono::seconds{5};

  friend bool operator==(const fallback_config&,
                         const fallback_config&) = default;
};

template <>
struct settings_of<fallback_config> {
  static constexpr auto name = "fallback_config";
  static constexpr auto list = std::tuple{
    setting{"on", &fallback_config::on, max_entries{64},
            "errors that the fallback answers; empty: all"},
    setting{"limit", &fallback_config::limit, any_length,
            "how long a fallback actor may take"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const fallback_config& x,
                const std::string& prefix = "fallback.");

/// Whether `x` answers the error `e`.
bool covers(const fallback_config& x, const error_id& e) noexcept;

} // namespace resilience
