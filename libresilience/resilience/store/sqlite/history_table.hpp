// Table `history`: every transition that was appended, until it is pruned.
//
// Owned by one store, which opens the transactions.
#pragma once

#include "resilience/store/snapshot_store.hpp"
#include "resilience/store/sqlite/damaged_rows.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace resilience::store {

class history_table {
public:
  explicit history_table(SQLite::Database& db);

  /// What cannot be kept is left out.
  void add(const transition_event& x, int64_t settings);

  /// `bad` takes what could not be read.
  std::vector<history_entry> find(const history_query& what,
                                  std::vector<damaged_row>& bad);

  /// Drops at most `most` transitions and returns how many: those before
  /// `oldest`, then the first ones beyond `max_transitions`.
  uint64_t prune(wall_time oldest, uint64_t max_transitions, uint64_t most);

  /// Makes room for about `rows` rows: drops a tenth of the transitions, or
  /// more where that is too little, the oldest first; at most `most`.
  void make_room(uint64_t rows, uint64_t most);

  /// Rows, where known; for `set_counted` after a rollback.
  std::optional<uint64_t> counted() const noexcept {
    return count_;
  }

  void set_counted(std::optional<uint64_t> x) noexcept {
    count_ = x;
  }

private:
  uint64_t count();
  uint64_t span();
  uint64_t drop_first(uint64_t n);

  SQLite::Database& db_;
  SQLite::Statement insert_;
  SQLite::Statement prune_by_time_;
  SQLite::Statement prune_first_;
  SQLite::Statement span_;
  /// Rows, where known: to count a million of them takes long.
  std::optional<uint64_t> count_;
};

} // namespace resilience::store
