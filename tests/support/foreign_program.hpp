// Another program at a database that a runtime has open, as a person with the
// sqlite3 tool would be. It waits for locks.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace resilience::test {

class foreign_program {
public:
  explicit foreign_program(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK);
    // The writer may be at it just now.
    sqlite3_busy_timeout(db_, 20'000);
  }

  foreign_program(const foreign_program&) = delete;
  foreign_program& operator=(const foreign_program&) = delete;

  /// Ends a transaction that was begun and not committed.
  ~foreign_program() {
    sqlite3_close(db_);
  }

  void run(const char* sql) {
    EXPECT_EQ(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db_);
  }

private:
  sqlite3* db_ = nullptr;
};

} // namespace resilience::test
