// Checks of SQLite files: missing, foreign, damaged, locked, fine.
#include "resilience/store/sqlite_probe.hpp"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

class sqlite_probe : public testing::Test {
public:
  sqlite_probe() {
    fs::create_directories(folder);
  }

  ~sqlite_probe() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  void make_database() {
    SQLite::Database db{path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    db.exec("BEGIN; CREATE TABLE t(x TEXT UNIQUE)");
    for (int i = 0; i < 1'000; ++i)
      db.exec("INSERT INTO t VALUES('row " + std::to_string(i) + "')");
    db.exec("COMMIT");
  }

  health_report check(bool thorough = false) {
    return check_sqlite(
      {.path = path, .busy_limit = 1ms, .thorough = thorough});
  }

  void expect_unhealthy(const std::string& text, bool thorough = false) {
    auto r = check(thorough);
    EXPECT_EQ(r.status, health_status::unhealthy);
    EXPECT_NE(r.message.find(text), std::string::npos) << r.message;
  }

  fs::path folder =
    fs::temp_directory_path() / ("sqlite_probe." + std::to_string(::getpid()));
  std::string path = (folder / "app.db").string();
};

} // namespace

TEST_F(sqlite_probe, a_path_of_no_file_is_unhealthy) {
  using namespace std::string_literals;
  for (auto& [given, text] :
       {std::pair{""s, "path must not be empty"},
        std::pair{":memory:"s, "path must be that of a file, is :memory:"},
        std::pair{"a\0b"s, "path must not have a zero byte"}}) {
    path = given;
    expect_unhealthy(text);
  }
}

TEST_F(sqlite_probe, a_database_is_healthy) {
  make_database();
  for (auto thorough : {false, true}) {
    auto r = check(thorough);
    EXPECT_EQ(r.status, health_status::healthy) << r.message;
    EXPECT_EQ(r.details[0].second, "2");
  }
}

TEST_F(sqlite_probe, a_missing_file_is_not_made) {
  expect_unhealthy("unable to open");
  EXPECT_FALSE(fs::exists(path));
  path = folder.string();
  expect_unhealthy("cannot be read");
}

TEST_F(sqlite_probe, garbage_is_no_database) {
  std::ofstream{path} << std::string(10'000, 'x');
  expect_unhealthy("not a database");
  EXPECT_EQ(fs::file_size(path), 10'000u);
}

TEST_F(sqlite_probe, damage_is_found_by_a_thorough_check) {
  make_database();
  auto size = fs::file_size(path);
  {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(4'096, '\xff');
  }
  EXPECT_EQ(check(true).status, health_status::unhealthy);
  fs::resize_file(path, size / 2);
  EXPECT_EQ(check(true).status, health_status::unhealthy);
}

TEST_F(sqlite_probe, a_file_that_stays_locked_is_unhealthy) {
  make_database();
  SQLite::Database other{path, SQLite::OPEN_READWRITE};
  other.exec("BEGIN EXCLUSIVE");
  expect_unhealthy("locked");
  other.exec("COMMIT");
  EXPECT_EQ(check().status, health_status::healthy);
}

TEST_F(sqlite_probe, who_writes_with_a_log_locks_nobody_out) {
  make_database();
  SQLite::Database other{path, SQLite::OPEN_READWRITE};
  other.exec("PRAGMA journal_mode=WAL");
  other.exec("BEGIN IMMEDIATE; INSERT INTO t VALUES('new')");
  EXPECT_EQ(check().status, health_status::healthy);
}

TEST_F(sqlite_probe, a_file_that_may_not_be_read_is_unhealthy) {
  if (::geteuid() == 0)
    GTEST_SKIP() << "root may read all";
  make_database();
  fs::permissions(path, fs::perms::none);
  expect_unhealthy("unable to open");
}

} // namespace resilience::test
