// Opens a store's file, or refuses it and leaves it as it is.
#pragma once

#include "resilience/store/sqlite_store.hpp"

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <functional>
#include <string>

namespace resilience::store {

/// Absolute, with links resolved, so that one file has one name. Throws
/// `store_error`: `no_access` where its folder is missing, naming that, or
/// where it is no file; `foreign_file` where it is too small for a database.
std::string real_path(const std::string& path);

/// Which file a path leads to, so that another one in its place is told.
class file_identity {
public:
  explicit file_identity(const std::string& path);

  friend bool operator==(const file_identity&, const file_identity&) = default;

private:
  /// Both 0: there is none.
  uint64_t device_ = 0;
  uint64_t number_ = 0;
};

/// A database that is ready for use, its tables up to date. Throws
/// `store_error`.
SQLite::Database open_file(const sqlite_options& options,
                           const std::string& path);

/// Calls `f` and turns what SQLite or the standard library throws into a
/// `store_error` that names `path`. `db` may be null.
void translated(SQLite::Database* db, const std::string& path,
                const std::function<void()>& f);

} // namespace resilience::store
