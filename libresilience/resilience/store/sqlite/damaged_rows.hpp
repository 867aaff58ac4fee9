// Table `damaged`: rows that could not be read, kept aside as they were.
//
// Owned by one store.
#pragma once

#include "resilience/time.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>
#include <vector>

namespace resilience::store {

/// A row that could not be read.
struct damaged_row {
  /// Takes what is needed of the row that `from` stands on, whose first column
  /// is its key.
  damaged_row(std::string source, const SQLite::Statement& from,
              std::string reason);

  /// A sentence for people.
  std::string sentence() const;

  std::string source;
  std::string reason;
  /// As JSON.
  std::string row;
  /// The key; `key_id` where that is a number.
  std::string key;
  int64_t key_id = 0;
  bool key_is_blob = false;
};

class damaged_rows {
public:
  explicit damaged_rows(SQLite::Database& db);

  /// Moves `xs` out of their tables. Inside of a transaction.
  void set_aside(const std::vector<damaged_row>& xs);

  /// Drops what was set aside before `oldest`, at most `most` rows.
  void prune(wall_time oldest, uint64_t most);

private:
  SQLite::Statement& remove_from(const std::string& source);

  SQLite::Statement insert_;
  SQLite::Statement prune_;
  SQLite::Statement remove_circuit_;
  SQLite::Statement remove_restart_;
  SQLite::Statement remove_history_;
};

} // namespace resilience::store
