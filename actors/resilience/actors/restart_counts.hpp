// How often actors were restarted, by name: of a guard, or of a team's child
// (`team/child`). Outlives guards and teams, so that a count does not begin
// anew with each of them; a store may keep it over a restart of the process.
//
// Thread-safe. Owned by the runtime, shared with its guards and teams.
#pragma once

#include "resilience/restart.hpp"
#include "resilience/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

class restart_counts {
public:
  /// @param most names, at least 1; beyond it the one is forgotten whose last
  ///        restart is the longest ago.
  explicit restart_counts(size_t most = 100'000) : most_(most) {}

  /// Counts a restart; an empty name is not kept.
  void add(std::string_view name, wall_time now);

  /// Adds what was counted before the process started.
  void restore(std::span<const restart_record> before);

  std::optional<restart_record> find(std::string_view name) const;

  /// Sorted by name.
  std::vector<restart_record> all() const;

private:
  struct count {
    uint64_t restarts = 0;
    wall_time last{};
  };

  void add_to(std::string_view name, uint64_t restarts, wall_time last);

  const size_t most_;
  std::mutex mutable mutex_;
  std::map<std::string, count, std::less<>> counts_;
};

} // namespace resilience
