// What fails for a while: locks, a full device. Nothing of a batch that failed
// is there, and the store goes on when the cause has gone.
#include "store/store_fixture.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <memory>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

class sqlite_failure : public testing::Test {
protected:
  sqlite_failure() : store(std::make_unique<sqlite_store>(options_for(file))) {}

  temp_dir folder;
  fs::path file = folder / "x.db";
  std::unique_ptr<sqlite_store> store;
  std::string text;
};

TEST_F(sqlite_failure, every_change_is_refused_while_another_locks) {
  store->append(entries(1));
  auto x = eventful("x");
  const std::vector<std::function<void()>> changes = {
    [&] { store->append(entries(2, 3)); },
    [&] { store->save(std::vector{x}, {}); },
    [&] {
      store->save({}, std::vector{restart_record{"a", 1, at(0)}});
    },
    [&] { store->forget("service-0"); },
    [&] { store->prune({.max_transitions = 1}, at(0)); }};
  for (const auto& change : changes) {
    {
      SQLite::Database other{file.string(), SQLite::OPEN_READWRITE};
      other.exec("BEGIN EXCLUSIVE");
      EXPECT_EQ(code_of(change, &text), store_errc::locked);
      EXPECT_NE(text.find(file.string()), std::string::npos) << text;
      // Reading goes on.
      EXPECT_NO_THROW(store->load(10));
      EXPECT_NO_THROW(store->history({}));
    }
    EXPECT_EQ(code_of(change, &text), store_errc::none) << text;
  }
  EXPECT_EQ(store->history({}).size(), 1u);
  EXPECT_EQ(store->find("x"), x);
  EXPECT_EQ(store->find("service-0"), std::nullopt);
}

TEST_F(sqlite_failure, waits_for_a_lock_as_long_as_it_was_told) {
  SQLite::Database other{file.string(), SQLite::OPEN_READWRITE};
  other.exec("BEGIN IMMEDIATE");
  for (auto wait : {duration{0}, duration{50ms}}) {
    auto options = options_for(file);
    options.busy_timeout = wait;
    store.reset();
    auto begin = clock::now();
    store = std::make_unique<sqlite_store>(options);
    EXPECT_EQ(code_of([&] { store->append(entries(1)); }), store_errc::locked);
    EXPECT_GE(clock::now() - begin, wait);
    EXPECT_LT(clock::now() - begin, wait + 20s);
  }
}

TEST_F(sqlite_failure, an_open_meets_the_same_lock) {
  store.reset();
  fs::remove(file);
  SQLite::Database other{file.string(),
                         SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  other.exec("BEGIN EXCLUSIVE");
  EXPECT_EQ(code_of([&] { sqlite_store{options_for(file)}; }, &text),
            store_errc::locked)
    << text;
  other.exec("COMMIT");
  EXPECT_EQ(code_of([&] { sqlite_store{options_for(file)}; }, &text),
            store_errc::none)
    << text;
}

TEST_F(sqlite_failure, settings_of_a_batch_that_failed_are_written_again) {
  auto x = entry("x", 2);
  x.after.config = eventful("x").config;
  auto other =
    std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READWRITE);
  // In the way of the second row of the batch.
  other->exec("CREATE TRIGGER t BEFORE INSERT ON circuits BEGIN "
              "SELECT raise(ABORT, 'not now'); END");
  EXPECT_EQ(code_of([&] { store->append(std::vector{x}); }, &text),
            store_errc::failed);
  EXPECT_NE(text.find("not now"), std::string::npos) << text;
  EXPECT_TRUE(store->history({}).empty());
  EXPECT_EQ(store->settings_text(1), "");
  other->exec("DROP TRIGGER t");
  // Somebody else gets the id that was given back.
  store->append(std::vector{entry("y", 2)});
  store->append(std::vector{x});
  EXPECT_EQ(store->find("x"), x.after);
  auto found = store->history({});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(store->settings_text(found[1].settings).find(":7,"),
            std::string::npos);
}

/// A file of one megabyte at most.
class sqlite_limit : public sqlite_failure {
protected:
  sqlite_limit() {
    store.reset();
    auto options = options_for(file);
    options.max_megabytes = 1;
    options.synchronous = synchronous_mode::normal;
    store = std::make_unique<sqlite_store>(options);
  }

  store_errc append(const std::vector<journal_entry>& xs) {
    return code_of([&] { store->append(xs); }, &text);
  }

  store_errc save(int n) {
    auto x = eventful(std::to_string(n));
    x.last_failure->reason.assign(1000, 'r');
    return code_of([&] { store->save(std::vector{x}, {}); }, &text);
  }

  /// Appends several times what fits.
  void fill() {
    for (uint64_t generation = 2; generation < 300; ++generation)
      ASSERT_EQ(append(entries(100, generation)), store_errc::none) << text;
  }

  std::vector<history_entry> history() {
    return store->history({.limit = 100'000});
  }
};

TEST_F(sqlite_limit, the_oldest_transitions_leave_for_newer_ones) {
  fill();
  EXPECT_LE(fs::file_size(file), size_t{1} << 20);
  auto left = history();
  ASSERT_GT(left.size(), 2'000u);
  EXPECT_EQ(left.back().id, 29'800);
  EXPECT_EQ(left.front().id, 29'801 - std::ssize(left)) << "no gap";
  EXPECT_EQ(store->find("service-99")->memory.generation, 299u);
  EXPECT_EQ(store->prune({.max_transitions = 1'000}, at(0)),
            left.size() - 1'000)
    << "it knows how many are left";
  EXPECT_EQ(ask(file, "PRAGMA integrity_check"), "ok");
}

TEST_F(sqlite_limit, the_oldest_transitions_leave_for_circuits) {
  fill();
  auto before = history().front().id;
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(save(i), store_errc::none) << text;
  EXPECT_TRUE(store->find("199"));
  EXPECT_GT(history().front().id, before);
}

TEST_F(sqlite_limit, a_large_batch_finds_room) {
  fill();
  EXPECT_EQ(append(entries(2'000, 300)), store_errc::none) << text;
  EXPECT_EQ(history().back().id, 31'800);
}

TEST_F(sqlite_limit, without_transitions_that_could_leave_it_is_full) {
  auto n = 0;
  while (n < 10'000 && save(n) == store_errc::none)
    ++n;
  ASSERT_LT(n, 10'000);
  EXPECT_NE(text.find("full"), std::string::npos) << text;
  EXPECT_EQ(save(n), store_errc::full);
  EXPECT_EQ(store->load(10'000).circuits.size(), static_cast<size_t>(n));
  for (int i = 0; i < 10; ++i)
    store->forget(std::to_string(i));
  EXPECT_EQ(save(n), store_errc::none) << text;
}

TEST_F(sqlite_limit, a_batch_that_never_fits_loses_nothing) {
  ASSERT_EQ(append(entries(100, 2)), store_errc::none);
  auto before = history();
  EXPECT_EQ(append(entries(30'000, 3)), store_errc::full);
  EXPECT_EQ(history(), before);
  EXPECT_EQ(store->find("service-0")->memory.generation, 2u);
  EXPECT_EQ(append(entries(100, 3)), store_errc::none) << text;
  EXPECT_EQ(history().size(), 200u);
}

/// Lets no file of this process grow beyond `bytes`: to SQLite a full device.
void limit_files(rlim_t bytes) {
  rlimit x;
  getrlimit(RLIMIT_FSIZE, &x);
  x.rlim_cur = bytes;
  setrlimit(RLIMIT_FSIZE, &x);
}

TEST_F(sqlite_failure, a_full_device_loses_nothing_and_may_get_room_again) {
  store.reset();
  auto failure = [&]() -> std::string {
    std::signal(SIGXFSZ, SIG_IGN);
    sqlite_store s{options_for(file)};
    limit_files(300'000);
    uint64_t generation = 1;
    auto why = store_errc::none;
    while (why == store_errc::none && generation < 1000)
      why = code_of([&] { s.append(entries(50, ++generation)); }, &text);
    if (why != store_errc::full)
      return "not full: " + text;
    if (!store_error{why, ""}.may_pass())
      return "will not pass";
    if (s.find("service-0")->memory.generation != generation - 1)
      return "part of a batch";
    for (int i = 0; i < 3; ++i)
      if (code_of([&] { s.append(entries(50, generation)); })
          != store_errc::full)
        return "has found room";
    auto kept = s.history({.limit = 100'000});
    if (kept.size() != 50 * (generation - 2) || kept.front().id != 1)
      return "history in part";
    limit_files(RLIM_INFINITY);
    s.append(entries(50, generation));
    s.append(entries(50, generation + 1));
    if (s.history({.limit = 100'000}).size() != 50 * generation)
      return "not all there";
    return "";
  };
  EXPECT_EQ(in_child([&] {
              auto said = failure();
              std::fputs(said.c_str(), stderr);
              return said.empty() ? 0 : 1;
            }),
            0);
  EXPECT_EQ(ask(file, "PRAGMA integrity_check"), "ok");
}

TEST_F(sqlite_failure, a_file_cannot_be_made_on_a_full_device) {
  EXPECT_EQ(in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              limit_files(1000);
              auto code = code_of(
                [&] { sqlite_store{options_for(folder / "new.db")}; }, &text);
              std::fputs(text.c_str(), stderr);
              if (code != store_errc::full)
                return 1;
              limit_files(RLIM_INFINITY);
              sqlite_store later{options_for(folder / "new.db")};
              later.append(entries(1));
              return 0;
            }),
            0);
}

TEST_F(sqlite_failure, a_file_damaged_while_it_is_used_is_told) {
  for (uint64_t i = 2; i < 40; ++i)
    store->append(entries(500, i));
  store.reset();
  auto size = fs::file_size(file);
  // Too large to be read through when it is opened.
  by_hand(file, "CREATE TABLE ballast (x); INSERT INTO ballast VALUES "
                "(zeroblob(20000000))");
  auto bytes = bytes_of(file);
  bytes.replace(3 * 4096, size - 4 * 4096, size - 4 * 4096, 'S');
  write_bytes(file, bytes);
  auto use = [&] {
    sqlite_store x{options_for(file)};
    x.load(100'000);
    x.history({.limit = 100'000});
  };
  EXPECT_EQ(code_of(use, &text), store_errc::damaged);
  EXPECT_NE(text.find(file.string()), std::string::npos) << text;
}

TEST_F(sqlite_failure, a_table_that_is_dropped_meanwhile_is_an_error) {
  by_hand(file, "DROP TABLE history");
  EXPECT_EQ(code_of([&] { store->append(entries(1)); }), store_errc::failed);
  EXPECT_EQ(store->find("service-0"), std::nullopt);
}

} // namespace

} // namespace resilience::test
