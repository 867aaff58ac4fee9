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
#include <functional>
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
  /// @param most names, at least 1; beyond it some are forgotten, those whose
  ///        last restarts are the longest ago.
  explicit restart_counts(size_t most = max_restart_records) : most_(most) {}

  /// Counts a restart; an empty name is not kept.
  void add(std::string_view name, wall_time now);

  /// Adds what was counted before the process started, and is saved.
  void restore(std::span<const restart_record> before);

  /// Gives `write` what has changed since it was saved last, sorted by name, if
  /// anything, under no lock that counting needs. Where `write` returns false
  /// or throws, that is given again. One call waits for another. @returns
  /// whether all is saved that had changed.
  bool
  save(const std::function<bool(const std::vector<restart_record>&)>& write);

  std::optional<restart_record> find(std::string_view name) const;

  /// Sorted by name.
  std::vector<restart_record> all() const;

private:
  struct count {
    uint64_t restarts = 0;
    wall_time last{};
    /// Of `restarts`.
    uint64_t saved = 0;
  };

  using counts = std::map<std::string, count, std::less<>>;

  count& add_to(std::string_view name, uint64_t restarts, wall_time last);
  void trim(size_t most);
  std::vector<restart_record> unsaved() const;

  const size_t most_;
  /// One that saves at a time; taken before `mutex_`.
  std::mutex saving_;
  std::mutex mutable mutex_;
  counts counts_;
};

} // namespace resilience
