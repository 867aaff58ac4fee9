// How an arena asks its agents (actors/arena.hpp).
#pragma once

#include "resilience/policy.hpp"
#include "resilience/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace resilience {

/// Most bytes of the name of an arena or an agent.
inline constexpr size_t max_arena_name = 127;

struct arena_config {
  /// The circuit of an agent is called `arena/agent`. 1 to 127 bytes, without
  /// `/`.
  std::string name{};
  /// For agents that come without a policy of their own. Needs nothing that
  /// stands beside a policy: `name`, `fallback` and `restart` must be off.
  policy agent{.breaker = breaker_config{.failure_threshold = 3}};
  /// Most agents at once. 1 to 10,000.
  int32_t max_agents = 100;
  /// Most rounds at once. 1 to 10,000.
  int32_t max_rounds = 100;
  /// Longest time that a round may have. 1 ms to 365 days.
  duration max_deadline = std::chrono::hours{1};

  friend bool operator==(const arena_config&, const arena_config&) = default;
};

template <>
struct settings_of<arena_config> {
  static constexpr auto name = "arena_config";
  static constexpr auto list = std::tuple{
    setting{"name", &arena_config::name, max_bytes{max_arena_name},
            "the circuit of an agent is called arena/agent"},
    setting{"agent", &arena_config::agent, any_value{},
            "for agents that come without a policy of their own"},
    setting{"max_agents", &arena_config::max_agents, range{1, 10'000},
            "most agents at once"},
    setting{"max_rounds", &arena_config::max_rounds, range{1, 10'000},
            "most rounds at once"},
    setting{"max_deadline", &arena_config::max_deadline, any_length,
            "longest time that a round may have"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const arena_config& x, const std::string& prefix = {});

/// Appends to `out` if `name`, of an arena or an agent, is empty or contains
/// `/`.
void check_arena_name(faults& out, const std::string& path,
                      std::string_view name);

} // namespace resilience
