// How many keys a set of circuits by key remembers, and for how long.
#pragma once

#include "resilience/settings.hpp"

#include <cstdint>

namespace resilience {

struct keyed_config {
  /// Keys with a circuit of their own at once. 1 to 10,000,000.
  int32_t max_keys = 10'000;
  /// A closed circuit that nobody has asked for in that time is forgotten. 1 ms
  /// to 365 days.
  duration idle_after = std::chrono::minutes{10};
  /// A longer key gets no circuit of its own. 1 to 4,096 bytes.
  int32_t max_key_bytes = 256;

  friend bool operator==(const keyed_config&, const keyed_config&) = default;
};

template <>
struct settings_of<keyed_config> {
  static constexpr auto name = "keyed_config";
  static constexpr auto list = std::tuple{
    setting{"max_keys", &keyed_config::max_keys, range{1, 10'000'000},
            "keys with a circuit of their own at once"},
    setting{"idle_after", &keyed_config::idle_after, any_length,
            "a closed circuit unused for that long is forgotten"},
    setting{"max_key_bytes", &keyed_config::max_key_bytes, range{1, 4'096},
            "a longer key gets no circuit of its own"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const keyed_config& x, const std::string& prefix = "keyed.");

} // namespace resilience
