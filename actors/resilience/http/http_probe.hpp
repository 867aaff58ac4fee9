// A probe that asks an HTTP endpoint.
//
//   rt.health_checker("shop", http_probe({.url = "http://shop/health"}));
//
// `check_http` blocks: for a thread that may. Any number of threads.
#pragma once

#include "resilience/actors/probe.hpp"
#include "resilience/health_report.hpp"
#include "resilience/settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace resilience {

struct http_probe_config {
  /// `http://` or `https://`, at most 2,048 bytes. Reports show it without
  /// user, password and query.
  std::string url{};
  /// Statuses that are healthy, both included. 100 to 599.
  int32_t lowest_status = 200;
  int32_t highest_status = 299;
  /// Must stand in the body, within its first `max_body` bytes, if not empty.
  /// At most 1,024 bytes.
  std::string body_contains{};
  /// How much of the body is read, in bytes; the rest is not waited for. 0 to
  /// 16 MiB.
  int32_t max_body = 65'536;
  /// For all of it; keep it below the check's timeout, so that the report says
  /// more than that. 1 ms to 365 days.
  duration limit = std::chrono::seconds{4};
  /// How many redirects are followed; none: the endpoint itself is meant. 0 to
  /// 10.
  int32_t max_redirects = 0;
  /// Lines such as `Accept: text/plain`. At most 32, each at most 256 bytes.
  std::vector<std::string> headers{};
  /// A proxy's URL. Empty: none, whatever the environment says.
  std::string proxy{};

  friend bool operator==(const http_probe_config&,
                         const http_probe_config&) = default;
};

template <>
struct settings_of<http_probe_config> {
  static constexpr auto name = "http_probe_config";
  static constexpr auto list = std::tuple{
    setting{"url", &http_probe_config::url, max_bytes{2'048},
            "the endpoint, http or https"},
    setting{"lowest_status", &http_probe_config::lowest_status, range{100, 599},
            "the lowest status that is healthy"},
    setting{"highest_status", &http_probe_config::highest_status,
            range{100, 599}, "the highest status that is healthy"},
    setting{"body_contains", &http_probe_config::body_contains,
            max_bytes{1'024}, "must stand in the body, if not empty"},
    setting{"max_body", &http_probe_config::max_body, range{0, 16 << 20},
            "how much of the body is read, in bytes"},
    setting{"limit", &http_probe_config::limit, any_length,
            "how long the request may take"},
    setting{"max_redirects", &http_probe_config::max_redirects, range{0, 10},
            "how many redirects are followed"},
    setting{"headers", &http_probe_config::headers, max_entries{32},
            "lines that are sent along"},
    setting{"proxy", &http_probe_config::proxy, max_bytes{2'048},
            "a proxy's URL; empty: none"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const http_probe_config& x,
                const std::string& prefix = "http_probe.");

/// Sends one GET. A status out of range, a body without the text, and whatever
/// fails on the way are unhealthy.
/// @pre `validate(x).empty()`
health_report check_http(const http_probe_config& x);

/// For a health checker, which refuses it if `x` has faults.
probe http_probe(http_probe_config x);

} // namespace resilience
