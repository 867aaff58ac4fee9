// The tables of a store's file and how they came to be, version by version.
//
// Each step is part of the format of files that lie on somebody's disk: do not
// change one that was published, add a new one. docs/design.md says what the
// columns mean.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

namespace resilience::store {

/// "RSLC" in the header of each file. Do not change.
inline constexpr int32_t application_id = 0x52534C43;

/// In `user_version` of what this code writes.
extern const int current_version;

/// What is known of a file without changing it.
enum class file_kind {
  /// There is nothing in it yet.
  empty,
  /// Ours; may be of an older version.
  known,
};

/// Throws `store_error`: `foreign_file`, `newer_version`, `damaged`.
file_kind look_at(SQLite::Database& db, const std::string& path);

/// Makes the tables, or brings them up to date, in one transaction.
/// @pre `look_at` has returned
void migrate(SQLite::Database& db);

} // namespace resilience::store
