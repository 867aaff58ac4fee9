// Tables `circuits` and `restarts`: what is known of each circuit and actor
// now.
//
// Owned by one store, which opens the transactions.
#pragma once

#include "resilience/snapshot.hpp"
#include "resilience/store/snapshot_store.hpp"
#include "resilience/store/sqlite/damaged_rows.hpp"
#include "resilience/store/sqlite/settings_table.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resilience::store {

class circuit_table {
public:
  circuit_table(SQLite::Database& db, settings_table& settings);

  /// Take the places of what is known, unless that is newer. What cannot be
  /// kept is left out.
  void put(std::vector<const circuit_snapshot*> xs);

  void put(const restart_record& x);

  void remove(const std::string& name);

  /// Forgets at most `most` of those that `oldest` says are past their time.
  void prune(wall_time oldest, uint64_t most);

  /// `bad` takes what could not be read.
  std::optional<circuit_snapshot> find(const std::string& name,
                                       std::vector<damaged_row>& bad);

  remembered load(size_t limit, std::vector<damaged_row>& bad);

private:
  void put(const circuit_snapshot& x);
  std::optional<circuit_snapshot> read(const SQLite::Statement& from,
                                       std::vector<damaged_row>& bad);
  bool has_more_than(size_t n);
  void load_restarts(remembered& into, std::vector<damaged_row>& bad);
  void drop_old_restarts();

  settings_table& settings_;
  SQLite::Statement put_;
  SQLite::Statement remove_;
  SQLite::Statement prune_;
  SQLite::Statement select_one_;
  SQLite::Statement select_all_;
  SQLite::Statement select_first_;
  SQLite::Statement select_more_;
  SQLite::Statement put_restart_;
  SQLite::Statement select_restarts_;
  SQLite::Statement drop_restarts_;
};

} // namespace resilience::store
