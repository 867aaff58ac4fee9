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

  /// Forgets what a rollback may have taken back.
  void forget_count() noexcept {
    count_.reset();
  }

private:
  uint64_t count();

  SQLite::Database& db_;
  SQLite::Statement insert_;
  SQLite::Statement prune_by_time_;
  SQLite::Statement prune_first_;
  /// Rows, where known: to count a million of them takes long.
  std::optional<uint64_t> count_;
};

} // namespace resilience::store
