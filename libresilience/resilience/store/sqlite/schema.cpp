#include "resilience/store/sqlite/schema.hpp"

#include "resilience/store/snapshot_store.hpp"

#include <SQLiteCpp/Transaction.h>

#include <iterator>

namespace resilience::store {

namespace {

/// `steps[n]` makes version n + 1 of version n. Version 0 is an empty file.
constexpr const char* steps[] = {
  // 1: circuits and their history.
  R"(
    CREATE TABLE settings (
      id INTEGER PRIMARY KEY,
      text TEXT NOT NULL UNIQUE
    );
    CREATE TABLE circuits (
      name TEXT NOT NULL PRIMARY KEY,
      provider TEXT NOT NULL,
      settings INTEGER NOT NULL,
      state INTEGER NOT NULL,
      generation INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      successes INTEGER NOT NULL,
      reopened INTEGER NOT NULL,
      isolation INTEGER NOT NULL,
      disabled_by_hand INTEGER NOT NULL,
      remaining INTEGER NOT NULL,
      saved_at INTEGER NOT NULL,
      open_until INTEGER,
      opened_at INTEGER,
      failed_at INTEGER,
      last_failure TEXT,
      calls INTEGER NOT NULL,
      calls_succeeded INTEGER NOT NULL,
      calls_failed INTEGER NOT NULL,
      calls_rejected INTEGER NOT NULL,
      calls_neutral INTEGER NOT NULL,
      calls_late INTEGER NOT NULL,
      calls_expired INTEGER NOT NULL,
      late_answers INTEGER NOT NULL,
      dropped INTEGER NOT NULL,
      times_opened INTEGER NOT NULL,
      transitions INTEGER NOT NULL,
      latency BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE history (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      name TEXT NOT NULL,
      from_state INTEGER NOT NULL,
      to_state INTEGER NOT NULL,
      cause INTEGER NOT NULL,
      generation INTEGER NOT NULL,
      failures INTEGER NOT NULL,
      last_failure TEXT NOT NULL,
      settings INTEGER NOT NULL
    );
    CREATE INDEX history_by_name ON history (name, id);
  )",
  // 2: restarts of actors; damaged rows are kept aside.
  R"(
    CREATE TABLE restarts (
      name TEXT NOT NULL PRIMARY KEY,
      restarts INTEGER NOT NULL,
      last INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE damaged (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      source TEXT NOT NULL,
      reason TEXT NOT NULL,
      row TEXT NOT NULL
    );
  )",
  // 3: windows; old transitions are found without reading all.
  R"(
    ALTER TABLE circuits ADD COLUMN slow_calls INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE circuits ADD COLUMN window_calls INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE circuits ADD COLUMN window_failed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE circuits ADD COLUMN window_slow INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX history_by_time ON history (at);
  )",
};

int pragma(SQLite::Database& db, const std::string& name) {
  return db.execAndGet("PRAGMA " + name).getInt();
}

void set_pragma(SQLite::Database& db, const std::string& name, int value) {
  db.exec("PRAGMA " + name + " = " + std::to_string(value));
}

} // namespace

const int current_version = static_cast<int>(std::size(steps));

file_kind look_at(SQLite::Database& db, const std::string& path) {
  auto owner = pragma(db, "application_id");
  auto version = pragma(db, "user_version");
  auto things = db.execAndGet("SELECT count(*) FROM sqlite_master").getInt();
  if (owner == 0 && version == 0 && things == 0)
    return file_kind::empty;
  if (owner != application_id)
    throw store_error{store_errc::foreign_file,
                      path + ": is a database of another program"};
  if (version > current_version)
    throw store_error{store_errc::newer_version,
                      path + ": has version " + std::to_string(version)
                        + " of its tables; this program knows them up to "
                        + std::to_string(current_version)};
  if (version < 1)
    throw store_error{store_errc::damaged,
                      path + ": has no version " + std::to_string(version)};
  return file_kind::known;
}

void migrate(SQLite::Database& db) {
  if (pragma(db, "user_version") == current_version)
    return;
  SQLite::Transaction all{db, SQLite::TransactionBehavior::IMMEDIATE};
  for (auto i = pragma(db, "user_version"); i < current_version; ++i)
    db.exec(steps[i]);
  set_pragma(db, "application_id", application_id);
  set_pragma(db, "user_version", current_version);
  all.commit();
}

} // namespace resilience::store
