// The file itself: which are made, opened or refused, who may have them, and
// what is in them after their process has died.
#include "store/store_fixture.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>

namespace resilience::test {

namespace {

using strings = std::vector<std::string>;

class sqlite_file : public testing::Test {
protected:
  store_errc opens(const fs::path& x) {
    return code_of([&] { sqlite_store{options_for(x)}; }, &text);
  }

  /// That `x` is refused, and not a byte of it or beside it changed.
  void refuses(const fs::path& x, store_errc why) {
    auto before = bytes_of(x);
    EXPECT_EQ(opens(x), why) << text;
    EXPECT_NE(text.find(x.string()), std::string::npos) << text;
    EXPECT_TRUE(bytes_of(x) == before) << "it was changed";
    EXPECT_FALSE(fs::exists(x.string() + "-lock"));
  }

  bool says(const std::string& part) const {
    return text.find(part) != std::string::npos;
  }

  temp_dir folder;
  fs::path file = folder / "x.db";
  std::string text;
};

// -- made or opened -----------------------------------------------------------

TEST_F(sqlite_file, is_made_where_there_is_none) {
  ASSERT_EQ(opens(file), store_errc::none) << text;
  EXPECT_EQ(ask(file, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(ask(file, "PRAGMA integrity_check"), "ok");
  EXPECT_FALSE(fs::exists(file.string() + "-wal"));
  EXPECT_FALSE(fs::exists(file.string() + "-lock"));
}

TEST_F(sqlite_file, may_be_empty) {
  write_bytes(file, "");
  EXPECT_EQ(opens(file), store_errc::none) << text;
  // Also as a database that nothing was put into.
  by_hand(folder / "y.db", "PRAGMA journal_mode = WAL; CREATE TABLE x (y); "
                           "DROP TABLE x");
  EXPECT_EQ(opens(folder / "y.db"), store_errc::none) << text;
}

TEST_F(sqlite_file, may_have_any_name) {
  for (auto* name : {"with space.db", "file:x?mode=memory", ":memory:",
                     "\xC3\xA9.db", "no_dot", "'quote\".db", "%41.db"}) {
    auto x = folder / name;
    {
      sqlite_store store{options_for(x)};
      EXPECT_EQ(store.where(), x.string());
      store.append(entries(1));
    }
    EXPECT_TRUE(fs::is_regular_file(x)) << name;
    EXPECT_EQ(sqlite_store{options_for(x)}.history({}).size(), 1u) << name;
  }
}

TEST_F(sqlite_file, keeps_everything_when_it_is_opened_again) {
  auto x = eventful("x");
  const restart_record restarts{"worker", 3, at(1)};
  std::vector<history_entry> history;
  for (auto mode : {synchronous_mode::full, synchronous_mode::normal}) {
    auto options = options_for(file);
    options.synchronous = mode;
    sqlite_store store{options};
    if (!history.empty()) {
      EXPECT_EQ(store.history({}), history);
      EXPECT_EQ(store.find("x"), x);
      EXPECT_EQ(store.load(9).restarts, std::vector{restarts});
      EXPECT_NE(store.settings_text(history[0].settings), "");
    }
    store.append(entries(3));
    store.save(std::vector{x}, std::vector{restarts});
    history = store.history({});
  }
  EXPECT_EQ(history.size(), 6u);
}

TEST_F(sqlite_file, of_a_relative_name_lies_in_the_current_folder) {
  EXPECT_EQ(in_child([&] {
              if (chdir(folder.path().c_str()) != 0)
                return 1;
              sqlite_store store{options_for("x.db")};
              return store.where() == file.string() ? 0 : 2;
            }),
            0);
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(sqlite_file, takes_only_valid_options) {
  auto x = options_for("");
  x.busy_timeout = std::chrono::seconds{-1};
  x.max_megabytes = 0;
  EXPECT_EQ(code_of([&] { sqlite_store{x}; }, &text), store_errc::failed);
  for (auto* part : {"store.path must not be empty",
                     "store.busy_timeout must be between 0s and 60s",
                     "store.max_megabytes must be between 1 and 1048576, is 0"})
    EXPECT_TRUE(says(part)) << text;
  x = options_for(file);
  x.path += std::string{"\0", 1};
  EXPECT_EQ(code_of([&] { sqlite_store{x}; }, &text), store_errc::failed);
  x.path = std::string(5000, 'x');
  EXPECT_EQ(code_of([&] { sqlite_store{x}; }, &text), store_errc::failed);
}

// -- refused ------------------------------------------------------------------

TEST_F(sqlite_file, of_another_program_is_refused) {
  by_hand(file, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  refuses(file, store_errc::foreign_file);
  EXPECT_TRUE(says("another program")) << text;
  by_hand(file, "DROP TABLE theirs; PRAGMA application_id = 77");
  refuses(file, store_errc::foreign_file);
  by_hand(folder / "y.db", "PRAGMA user_version = 3");
  refuses(folder / "y.db", store_errc::foreign_file);
}

TEST_F(sqlite_file, of_another_program_keeps_its_unwritten_log) {
  // A process that was killed leaves a log that nobody but its owner should
  // write back.
  ASSERT_EQ(in_child([&] {
              SQLite::Database db{file.string(),
                                  SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
              db.exec("PRAGMA journal_mode = WAL; CREATE TABLE theirs (x)");
              return raise(SIGKILL);
            }),
            128 + SIGKILL);
  auto log = file.string() + "-wal";
  auto before = bytes_of(log);
  ASSERT_FALSE(before.empty());
  refuses(file, store_errc::foreign_file);
  EXPECT_TRUE(bytes_of(log) == before) << "the log was changed";
}

TEST_F(sqlite_file, of_a_newer_version_is_refused) {
  sqlite_store{options_for(file)}.append(entries(1));
  by_hand(file, "PRAGMA user_version = 4; CREATE TABLE newer (x)");
  refuses(file, store_errc::newer_version);
  EXPECT_TRUE(says("version 4") && says("up to 3")) << text;
  by_hand(file, "PRAGMA user_version = 2147483647");
  refuses(file, store_errc::newer_version);
  by_hand(file, "PRAGMA user_version = -1");
  refuses(file, store_errc::damaged);
}

TEST_F(sqlite_file, that_is_no_database_is_refused) {
  for (const auto& bytes :
       {std::string{"x"}, std::string{"name,state\npayments,open\n"},
        std::string(100'000, '\xFF'), std::string(4096, '\0'),
        std::string(511, 'x'), std::string(513, 'x'),
        std::string{"SQLite format 2"}}) {
    write_bytes(file, bytes);
    refuses(file, store_errc::foreign_file);
  }
}

TEST_F(sqlite_file, that_was_cut_or_overwritten_is_refused) {
  {
    sqlite_store store{options_for(file)};
    store.append(entries(500));
  }
  const auto whole = bytes_of(file);
  ASSERT_GT(whole.size(), 100'000u);
  for (size_t n : {size_t{4096}, whole.size() / 2, whole.size() - 4096}) {
    write_bytes(file, std::string_view{whole}.substr(0, n));
    refuses(file, store_errc::damaged);
  }
  // Not even a header.
  write_bytes(file, std::string_view{whole}.substr(0, 50));
  refuses(file, store_errc::foreign_file);
  auto scribbled = whole;
  scribbled.replace(3 * 4096, whole.size() - 4 * 4096, whole.size() - 4 * 4096,
                    'S');
  write_bytes(file, scribbled);
  refuses(file, store_errc::damaged);
  write_bytes(file, whole);
  EXPECT_EQ(opens(file), store_errc::none) << text;
}

TEST_F(sqlite_file, that_lacks_a_table_is_refused) {
  sqlite_store{options_for(file)};
  by_hand(file, "DROP TABLE restarts");
  refuses(file, store_errc::damaged);
  EXPECT_TRUE(says("restarts")) << text;
  by_hand(file, "CREATE TABLE restarts (name)");
  refuses(file, store_errc::damaged);
}

TEST_F(sqlite_file, in_a_missing_folder_is_refused_by_its_name) {
  auto missing = folder / "missing";
  EXPECT_EQ(opens(missing / "x.db"), store_errc::no_access);
  EXPECT_TRUE(says("no folder " + missing.string())) << text;
  EXPECT_FALSE(fs::exists(missing));
  // Below a file.
  write_bytes(file, "");
  EXPECT_EQ(opens(file / "x.db"), store_errc::no_access);
  EXPECT_TRUE(says("no folder " + file.string())) << text;
  EXPECT_EQ(opens("/proc/x.db"), store_errc::no_access);
}

TEST_F(sqlite_file, that_is_a_folder_or_a_device_is_refused) {
  EXPECT_EQ(opens(folder.path()), store_errc::no_access);
  EXPECT_EQ(opens("/dev/null"), store_errc::no_access);
  fs::create_symlink(file, file);
  EXPECT_EQ(opens(file), store_errc::no_access) << text;
}

TEST_F(sqlite_file, that_must_not_be_written_is_refused) {
  sqlite_store{options_for(file)}.append(entries(1));
  fs::permissions(folder.path(), fs::perms{0555});
  fs::permissions(file, fs::perms{0444});
  auto in_folder = [&](const char* name) {
    return in_child([&] {
      if (!become_nobody())
        return 99;
      return static_cast<int>(
        code_of([&] { sqlite_store{options_for(folder / name)}; }));
    });
  };
  EXPECT_EQ(in_folder("new.db"), static_cast<int>(store_errc::no_access));
  EXPECT_EQ(in_folder("x.db"), static_cast<int>(store_errc::no_access));
  fs::permissions(folder.path(), fs::perms{0777});
  EXPECT_EQ(in_folder("x.db"), static_cast<int>(store_errc::no_access));
  fs::permissions(file, fs::perms{0000});
  EXPECT_EQ(in_folder("x.db"), static_cast<int>(store_errc::no_access));
}

// -- who has it ---------------------------------------------------------------

TEST_F(sqlite_file, has_one_store_at_a_time) {
  auto first = std::make_unique<sqlite_store>(options_for(file));
  auto link = folder / "link.db";
  fs::create_symlink(file, link);
  for (const auto& x : {file, link, folder / "." / "x.db"}) {
    EXPECT_EQ(opens(x), store_errc::in_use);
    EXPECT_TRUE(says("process " + std::to_string(getpid()))) << text;
    EXPECT_EQ(in_child([&] { return static_cast<int>(opens(x)); }),
              static_cast<int>(store_errc::in_use));
  }
  // The attempts have not disturbed it.
  first->append(entries(1));
  EXPECT_EQ(opens(file), store_errc::in_use);
  first.reset();
  EXPECT_EQ(opens(file), store_errc::none) << text;
}

TEST_F(sqlite_file, is_free_again_when_its_process_was_killed) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  auto child = fork();
  if (child == 0) {
    sqlite_store store{options_for(file)};
    store.append(entries(3));
    [[maybe_unused]] auto n = write(ready[1], "x", 1);
    for (;;)
      pause();
  }
  char x;
  ASSERT_EQ(read(ready[0], &x, 1), 1);
  close(ready[0]);
  close(ready[1]);
  EXPECT_EQ(opens(file), store_errc::in_use);
  EXPECT_TRUE(says("process " + std::to_string(child))) << text;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  sqlite_store store{options_for(file)};
  EXPECT_EQ(store.history({}).size(), 3u);
}

TEST_F(sqlite_file, may_be_read_by_hand_while_it_is_used) {
  sqlite_store store{options_for(file)};
  store.append(entries(2));
  EXPECT_EQ(ask(file, "SELECT count(*) FROM circuits"), "2");
  store.append(entries(1, 3));
  EXPECT_EQ(ask(file, "SELECT count(*) FROM history"), "3");
}

// -- after its process has died -----------------------------------------------

TEST_F(sqlite_file, has_what_was_appended_whenever_its_process_dies) {
  for (auto mode : {synchronous_mode::full, synchronous_mode::normal})
    for (auto how : {SIGKILL, 0}) {
      auto options = options_for(file);
      options.synchronous = mode;
      fs::remove(file);
      fs::remove(file.string() + "-wal");
      ASSERT_EQ(in_child([&] {
                  auto* store = new sqlite_store{options};
                  for (uint64_t i = 0; i < 50; ++i)
                    store->append(std::vector{entry("x", 2 + i)});
                  return how == 0 ? 7 : raise(how);
                }),
                how == 0 ? 7 : 128 + how);
      sqlite_store store{options};
      EXPECT_EQ(store.history({}).size(), 50u);
      EXPECT_EQ(store.find("x")->memory.generation, 51u);
    }
}

TEST_F(sqlite_file, is_whole_after_a_kill_in_the_middle_of_anything) {
  uint64_t opened = 0;
  for (int round = 0; round < 12; ++round) {
    int told[2];
    ASSERT_EQ(pipe(told), 0);
    auto child = fork();
    if (child == 0) {
      sqlite_store store{options_for(file)};
      auto found = store.find("service-0");
      auto generation = found ? found->memory.generation : 1;
      for (;;) {
        store.append(entries(20, ++generation));
        [[maybe_unused]] auto n = write(told[1], &generation, 8);
      }
    }
    close(told[1]);
    // After that many batches, in the middle of the next.
    uint64_t announced = 0;
    for (int i = 0; i <= round % 4; ++i)
      ASSERT_EQ(read(told[0], &announced, 8), 8);
    kill(child, SIGKILL);
    while (read(told[0], &announced, 8) == 8) {
    }
    close(told[0]);
    waitpid(child, nullptr, 0);
    sqlite_store store{options_for(file)};
    auto found = store.load(100);
    ASSERT_EQ(found.circuits.size(), 20u);
    ASSERT_TRUE(found.skipped.empty());
    auto generation = found.circuits[0].memory.generation;
    EXPECT_GE(generation, announced);
    EXPECT_LE(generation, announced + 1);
    for (const auto& x : found.circuits)
      EXPECT_EQ(x.memory.generation, generation) << "a batch in part";
    EXPECT_EQ(store.history({.limit = 100'000}).size(), 20 * (generation - 1));
    EXPECT_GT(generation, opened);
    opened = generation;
  }
  EXPECT_EQ(ask(file, "PRAGMA integrity_check"), "ok");
}

// -- taken away ---------------------------------------------------------------

TEST_F(sqlite_file, that_is_gone_or_another_takes_nothing) {
  sqlite_store store{options_for(file)};
  auto saves = [&] {
    return code_of([&] { store.save(std::vector{closed("x")}, {}); }, &text);
  };
  fs::rename(file, folder / "away.db");
  EXPECT_EQ(saves(), store_errc::failed);
  EXPECT_TRUE(says("was deleted or replaced")) << text;
  write_bytes(file, "something else");
  EXPECT_EQ(saves(), store_errc::failed);
  EXPECT_EQ(bytes_of(file), "something else");
  fs::rename(folder / "away.db", file);
  EXPECT_EQ(saves(), store_errc::none) << text;
  EXPECT_TRUE(store.find("x"));
}

TEST_F(sqlite_file, has_no_special_name) {
  EXPECT_EQ(opens(":memory:"), store_errc::failed);
  EXPECT_TRUE(says(":memory:")) << text;
  EXPECT_FALSE(fs::exists(":memory:"));
}

// -- growth -------------------------------------------------------------------

// More restarts than are remembered; the names count up with their instants.
void too_many_restarts(const fs::path& file) {
  by_hand(file,
          "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n"
          " WHERE i < "
            + std::to_string(max_restart_records + 500)
            + ") INSERT INTO restarts SELECT printf('%08d', i), 1, i FROM n");
}

TEST_F(sqlite_file, remembers_the_newest_restarts_and_drops_the_others) {
  sqlite_store{options_for(file)};
  too_many_restarts(file);
  by_hand(file, "UPDATE restarts SET last = 'x' WHERE name = '00000007'");
  auto found = sqlite_store{options_for(file)}.load(1);
  ASSERT_EQ(found.restarts.size(), max_restart_records - 1);
  EXPECT_EQ(found.restarts.front().name, "00000502");
  EXPECT_EQ(found.restarts.back().name, "00100500");
  EXPECT_EQ(found.skipped.size(), 1u);
  EXPECT_EQ(ask(file, "SELECT min(name) || count(*) FROM restarts"),
            "00000502" + std::to_string(max_restart_records - 1));
  EXPECT_EQ(ask(file, "SELECT count(*) FROM damaged"), "1");
}

TEST_F(sqlite_file, loads_too_many_restarts_that_cannot_be_dropped) {
  sqlite_store{options_for(file)};
  too_many_restarts(file);
  by_hand(file, "CREATE TRIGGER no BEFORE DELETE ON restarts"
                " BEGIN SELECT RAISE(ABORT, 'no'); END");
  sqlite_store store{options_for(file)};
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(store.load(1).restarts.size(), max_restart_records);
}

TEST_F(sqlite_file, many_settings_that_nothing_refers_to_are_dropped) {
  auto tuned = closed("x");
  {
    sqlite_store store{options_for(file)};
    for (int i = 1; i <= 5'000; ++i) {
      tuned.config->cooldown = std::chrono::milliseconds{i};
      store.save(std::vector{tuned}, {});
    }
  }
  EXPECT_EQ(ask(file, "SELECT count(*) FROM settings"), "5000");
  {
    sqlite_store store{options_for(file)};
    EXPECT_EQ(store.find("x"), tuned);
    EXPECT_EQ(ask(file, "SELECT count(*) FROM settings"), "1");
    // Ids may come again: nothing remembers the old ones.
    tuned.config->cooldown = std::chrono::hours{1};
    store.save(std::vector{tuned}, {});
    EXPECT_EQ(store.find("x"), tuned);
  }
}

TEST_F(sqlite_file, settings_of_the_history_stay) {
  {
    sqlite_store store{options_for(file)};
    for (uint64_t i = 1; i <= 4'097; ++i) {
      auto x = entry("x", i + 1);
      x.after.config->cooldown = std::chrono::milliseconds{i};
      store.append(std::vector{x});
    }
  }
  sqlite_store store{options_for(file)};
  EXPECT_EQ(ask(file, "SELECT count(*) FROM settings"), "4097");
}

} // namespace

} // namespace resilience::test
