// A store that lasts as long as its process: where there is no database, for
// tests, and the plain model that other stores are compared with.
//
// Not thread-safe; owned by one writer.
#pragma once

#include "resilience/store/snapshot_store.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// What a memory store holds at most.
struct memory_limits {
  /// Transitions; the oldest leave. As many as these are 2 to 3 MiB.
  size_t history = 10'000;
  /// Circuits; of those that are closed the one saved longest ago leaves. Those
  /// that are not closed never leave: only they may be more. 1 KiB each.
  size_t circuits = 100'000;
};

class memory_store : public snapshot_store {
public:
  explicit memory_store(memory_limits limits = {});

  remembered load(size_t limit) override;

  std::optional<circuit_snapshot> find(std::string_view name) override;

  void append(std::span<const journal_entry> batch) override;

  void save(std::span<const circuit_snapshot> circuits,
            std::span<const restart_record> restarts) override;

  void forget(std::string_view name) override;

  std::vector<history_entry> history(const history_query& what) override;

  std::string settings_text(int64_t id) override;

  uint64_t prune(const retention& keep, wall_time now) override;

  damage_report damaged() const override;

  std::string where() const override;

private:
  /// Settings as they will be read.
  struct settings_row {
    std::string text;
    breaker_config config;
  };

  struct saved_before {
    bool operator()(const circuit_snapshot* a,
                    const circuit_snapshot* b) const noexcept;
  };

  using by_name = std::map<std::string, circuit_snapshot, std::less<>>;

  /// 0: off. `std::nullopt` for settings that cannot be kept.
  std::optional<int64_t> settings_id(const std::optional<breaker_config>& x);
  void drop_unused_settings();
  void put(const circuit_snapshot& x);
  void remove(by_name::iterator i);
  void remove_first_closed();
  void prune_circuits(wall_time oldest);

  const memory_limits limits_;
  by_name circuits_;
  /// Those of `circuits_` that may leave, in that order.
  std::set<const circuit_snapshot*, saved_before> closed_;
  std::map<std::string, restart_record> restarts_;
  /// By id.
  std::deque<history_entry> history_;
  std::map<int64_t, settings_row> settings_;
  std::map<std::string, int64_t> settings_ids_;
  int64_t last_settings_ = 0;
  int64_t last_id_ = 0;
};

} // namespace resilience
