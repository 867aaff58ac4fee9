#include "resilience/store/sqlite_probe.hpp"

#include "resilience/store/sqlite_store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>

namespace resilience {

namespace {

int busy_ms(duration limit) {
  constexpr std::chrono::milliseconds most{3'600'000};
  auto ms = std::chrono::ceil<std::chrono::milliseconds>(
    std::clamp(limit, duration::zero(), duration{most}));
  return static_cast<int>(ms.count());
}

} // namespace

health_report check_sqlite(const sqlite_probe_config& x) {
  // SQLite would make a database of its own, which can always be read.
  if (auto found = path_faults(x.path); !found.empty())
    return health_report::unhealthy(to_string(found));
  try {
    SQLite::Database db{x.path, SQLite::OPEN_READONLY, busy_ms(x.busy_limit)};
    // Reads the file, which opening it does not.
    auto tables = db.execAndGet("SELECT count(*) FROM sqlite_master").getInt();
    if (x.thorough) {
      auto found = db.execAndGet("PRAGMA quick_check(1)").getString();
      if (found != "ok")
        return health_report::unhealthy(x.path + " is damaged: " + found);
    }
    auto result = health_report::healthy(x.path + " can be read");
    result.details = {{"schema_entries", std::to_string(tables)}};
    return result;
  } catch (const std::exception& e) {
    return health_report::unhealthy(x.path + " cannot be read: " + e.what());
  }
}

} // namespace resilience
