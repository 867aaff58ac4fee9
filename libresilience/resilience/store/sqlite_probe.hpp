// Whether an SQLite database can be read.
//
// Blocks: for a thread that may, e.g. of `probe::function`:
//
//   probe::function([] { return check_sqlite({.path = "app.db"}); })
//
// Any number of threads.
#pragma once

#include "resilience/health_report.hpp"

#include <string>

namespace resilience {

struct sqlite_probe_config {
  std::string path{};
  /// How long to wait for who holds a lock. Keep it below the check's timeout.
  duration busy_limit = std::chrono::seconds{1};
  /// Looks at the structure of the whole file, not at its head alone. Takes as
  /// long as reading the file does.
  bool thorough = false;
};

/// Opens the database read only, never makes one, and reads its schema.
/// A missing file, one that is no database, one that stays locked, and a path
/// that is that of no file (empty, `:memory:`) are unhealthy.
health_report check_sqlite(const sqlite_probe_config& x);

} // namespace resilience
