// A store that lasts as long as its process: for tests, and the plain model
// that other stores are compared with. Nothing here is quick for very many
// circuits.
//
// Not thread-safe; owned by one writer.
#pragma once

#include "resilience/store/snapshot_store.hpp"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

class memory_store : public snapshot_store {
public:
  remembered load(size_t limit) override;

  std::optional<circuit_snapshot> find(std::string_view name) override;

  void append(std::span<const journal_entry> batch) override;

  void save(std::span<const circuit_snapshot> circuits,
            std::span<const restart_record> restarts) override;

  void forget(std::string_view name) override;

  std::vector<history_entry> history(const history_query& what) override;

  std::string settings_text(int64_t id) override;

  uint64_t prune(const retention& keep, wall_time now) override;

  std::string where() const override;

private:
  /// Settings as they will be read, under the id that is their place plus one.
  struct settings_row {
    std::string text;
    breaker_config config;
  };

  /// 0: off. `std::nullopt` for settings that cannot be kept.
  std::optional<int64_t> settings_id(const std::optional<breaker_config>& x);
  void put(const circuit_snapshot& x);
  void prune_circuits(wall_time oldest);

  std::map<std::string, circuit_snapshot, std::less<>> circuits_;
  std::map<std::string, restart_record> restarts_;
  /// By id.
  std::deque<history_entry> history_;
  std::vector<settings_row> settings_;
  int64_t last_id_ = 0;
};

} // namespace resilience
