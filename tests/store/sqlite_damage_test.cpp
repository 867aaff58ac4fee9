// Rows that were damaged by hand: skipped, told, kept aside; the rest loads.
#include "store/store_fixture.hpp"

#include <nlohmann/json.hpp>

namespace resilience::test {

namespace {

using strings = std::vector<std::string>;

class sqlite_damage : public testing::Test {
protected:
  sqlite_damage() {
    sqlite_store store{options_for(file)};
    auto bad = eventful("bad");
    store.append(
      std::vector{entry("good", 2), journal_entry{opened("bad", 12), bad}});
    store.save({}, std::vector{restart_record{"bad", 1, at(0)},
                               restart_record{"good", 2, at(0)}});
  }

  int count(const std::string& what) {
    return std::stoi(ask(file, "SELECT count(*) FROM " + what));
  }

  temp_dir folder;
  fs::path file = folder / "x.db";
};

struct damage {
  const char* change;
  /// Part of what is said.
  const char* said;
};

TEST_F(sqlite_damage, of_circuits_of_every_kind) {
  const std::vector<damage> rows = {
    {"state = 5", "state is 5, not a number from 0 to 4"},
    {"state = -1", "state is -1"},
    {"state = 'open'", "state is \"open\""},
    {"state = 1.5", "state is 1.5"},
    {"state = x'01'", "state is {\"hex\":\"01\"}"},
    {"name = ''", "name is empty"},
    {"name = x'626164'", "name is {\"hex\""},
    {"name = cast(x'626164FF' AS TEXT)", "name is {\"hex\":\"626164ff\"}"},
    {"name = hex(zeroblob(129))", "name is \"0000"},
    {"provider = hex(zeroblob(129))", "provider is \"0000"},
    {"provider = cast(x'C0' AS TEXT)", "provider is"},
    {"provider = x''", "provider is {\"hex\":\"\"}"},
    {"generation = 0", "generation is out of range"},
    {"generation = 9223372036854775807", "generation is out of range"},
    {"generation = 'x'", "generation is \"x\""},
    {"failures = -1", "failures is -1"},
    {"failures = 2147483648", "failures is 2147483648"},
    {"successes = 1e300", "successes is 1e+300"},
    {"reopened = -9223372036854775808", "reopened is -9223372036854775808"},
    {"isolation = 256", "isolation is 256"},
    {"isolation = 8", "isolation has unknown owners"},
    {"disabled_by_hand = 2", "disabled_by_hand is 2"},
    {"remaining = -1", "memory.remaining must be"},
    {"remaining = 9223372036854775807", "memory.remaining must be"},
    {"saved_at = 'yesterday'", "saved_at is \"yesterday\""},
    {"open_until = 'x'", "open_until is \"x\""},
    {"opened_at = 0.5", "opened_at is 0.5"},
    {"failed_at = x''", "failed_at is"},
    {"last_failure = cast(x'FF' AS TEXT)", "last_failure is"},
    {"last_failure = hex(zeroblob(1000000))", "last_failure is \"0000"},
    {"last_failure = x'00'", "last_failure is"},
    {"calls = -1", "calls is -1"},
    {"calls_rejected = 'many'", "calls_rejected is"},
    {"slow_calls = 1e20", "slow_calls is 1e+20"},
    {"window_failed = 61", "window has more failures"},
    {"latency = x''", "latency is"},
    {"latency = 'text'", "latency is \"text\""},
    {"latency = x'41'", "latency is"},
    {"latency = x'02010203'", "latency is"},
    {"latency = x'0280'", "latency is"},
    {"latency = x'01FFFFFFFFFFFFFFFFFF01'", "latency is"},
    {"latency = zeroblob(100000)", "latency is"},
    {"settings = 99", "settings 99: there are none"},
    {"settings = -1", "settings is -1"},
    {"settings = 'x'", "settings is \"x\""},
  };
  const auto bad = eventful("bad");
  for (const auto& x : rows) {
    by_hand(file, "DELETE FROM damaged; UPDATE circuits SET "
                    + std::string{x.change} + " WHERE name = 'bad'");
    sqlite_store store{options_for(file)};
    auto found = store.load(10);
    EXPECT_EQ(names(found), strings{"good"}) << x.change;
    ASSERT_EQ(found.skipped.size(), 1u) << x.change;
    EXPECT_TRUE(found.skipped[0].starts_with("circuits ")) << found.skipped[0];
    EXPECT_NE(found.skipped[0].find(x.said), std::string::npos)
      << x.change << ": " << found.skipped[0];
    EXPECT_EQ(count("circuits"), 1) << x.change;
    EXPECT_EQ(count("damaged"), 1) << x.change;
    // It is said once, and the circuit can be saved again.
    EXPECT_TRUE(store.load(10).skipped.empty()) << x.change;
    store.save(std::vector{bad}, {});
    EXPECT_EQ(store.find("bad"), bad) << x.change;
  }
}

TEST_F(sqlite_damage, what_is_kept_aside_says_all_of_it) {
  by_hand(file, "UPDATE circuits SET state = 7, provider = "
                "cast(x'41FF' AS TEXT) WHERE name = 'bad'");
  sqlite_store{options_for(file)}.load(10);
  EXPECT_EQ(ask(file, "SELECT source FROM damaged"), "circuits");
  auto row = nlohmann::json::parse(ask(file, "SELECT row FROM damaged"));
  EXPECT_EQ(row["name"], "bad");
  EXPECT_EQ(row["state"], 7);
  EXPECT_EQ(row["provider"]["hex"], "41ff");
  EXPECT_EQ(row.size(), 32u);
  EXPECT_GT(std::stoll(ask(file, "SELECT at FROM damaged")),
            at(0).time_since_epoch().count());
}

TEST_F(sqlite_damage, is_kept_aside_when_a_circuit_is_looked_for) {
  by_hand(file, "UPDATE circuits SET failures = -1 WHERE name = 'bad'");
  sqlite_store store{options_for(file)};
  EXPECT_EQ(store.find("bad"), std::nullopt);
  EXPECT_EQ(count("damaged"), 1);
  EXPECT_EQ(store.load(10).skipped, strings{});
}

TEST_F(sqlite_damage, does_not_keep_a_circuit_from_being_saved) {
  const auto bad = eventful("bad");
  for (auto* change :
       {"generation = 'x'", "generation = 9223372036854775807",
        "generation = 1e300", "generation = x''", "saved_at = 'x'"}) {
    by_hand(file, "UPDATE circuits SET " + std::string{change}
                    + " WHERE name = 'bad'");
    sqlite_store store{options_for(file)};
    store.save(std::vector{bad}, {});
    EXPECT_EQ(store.find("bad"), bad) << change;
  }
}

TEST_F(sqlite_damage, of_settings_takes_the_circuits_that_need_them) {
  for (auto* text :
       {"'{'", "'[]'", "''", "'{\"cooldown_seconds\":0}'", "'{\"colour\":1}'",
        "x'00'", "cast(x'FF' AS TEXT)", "hex(zeroblob(100000))"}) {
    by_hand(file, "DELETE FROM damaged; UPDATE settings SET text = "
                    + std::string{text}
                    + " WHERE id = (SELECT settings FROM circuits WHERE name = "
                      "'bad')");
    sqlite_store store{options_for(file)};
    auto found = store.load(10);
    EXPECT_EQ(names(found), strings{"good"}) << text;
    ASSERT_EQ(found.skipped.size(), 1u) << text;
    EXPECT_NE(found.skipped[0].find("settings "), std::string::npos);
    // The same settings get a row of their own again.
    const auto bad = eventful("bad");
    store.save(std::vector{bad}, {});
    EXPECT_EQ(store.find("bad"), bad) << text;
  }
}

TEST_F(sqlite_damage, of_restarts) {
  for (auto* change : {"restarts = -1", "restarts = 'x'", "last = 'x'",
                       "last = 1.5", "name = ''", "name = x'00'"}) {
    by_hand(file, "DELETE FROM damaged; UPDATE restarts SET "
                    + std::string{change} + " WHERE name = 'bad'");
    sqlite_store store{options_for(file)};
    auto found = store.load(10);
    EXPECT_EQ(found.restarts, (std::vector{restart_record{"good", 2, at(0)}}));
    ASSERT_EQ(found.skipped.size(), 1u) << change;
    EXPECT_TRUE(found.skipped[0].starts_with("restarts ")) << change;
    EXPECT_EQ(count("damaged"), 1);
    store.save({}, std::vector{restart_record{"bad", 1, at(0)}});
  }
}

TEST_F(sqlite_damage, of_the_history) {
  for (auto* change :
       {"at = 'x'", "name = ''", "name = x'01'", "from_state = 5",
        "to_state = 'open'", "cause = 10", "cause = -1", "generation = 0",
        "generation = 9223372036854775807", "failures = -1",
        "last_failure = cast(x'FF' AS TEXT)", "last_failure = x'00'",
        "settings = -1"}) {
    by_hand(file, "DELETE FROM damaged; UPDATE history SET "
                    + std::string{change}
                    + " WHERE id = (SELECT max(id) FROM "
                      "history)");
    sqlite_store store{options_for(file)};
    auto found = store.history({});
    ASSERT_EQ(found.size(), 1u) << change;
    EXPECT_EQ(found[0].event.name, "good") << change;
    EXPECT_EQ(count("damaged WHERE source = 'history'"), 1) << change;
    EXPECT_EQ(count("history"), 1) << change;
    store.append(std::vector{entry("more", 2)});
  }
}

TEST_F(sqlite_damage, of_null_where_there_must_be_a_value) {
  // Only who turns checks off can do that.
  by_hand(file, "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = "
                "replace(sql, 'state INTEGER NOT NULL', 'state INTEGER') WHERE "
                "name = 'circuits'");
  by_hand(file, "UPDATE circuits SET state = NULL WHERE name = 'bad'");
  sqlite_store store{options_for(file)};
  auto found = store.load(10);
  EXPECT_EQ(names(found), strings{"good"});
  ASSERT_EQ(found.skipped.size(), 1u);
  EXPECT_NE(found.skipped[0].find("state is null"), std::string::npos);
}

TEST_F(sqlite_damage, does_not_count_to_the_limit) {
  by_hand(file, "UPDATE circuits SET state = 9 WHERE name = 'bad'");
  sqlite_store store{options_for(file)};
  auto found = store.load(1);
  EXPECT_EQ(names(found), strings{"good"});
  EXPECT_FALSE(found.more);
}

TEST_F(sqlite_damage, is_counted_wherever_it_is_come_across) {
  by_hand(file, "UPDATE circuits SET state = 9 WHERE name = 'bad'; "
                "UPDATE restarts SET last = 'x' WHERE name = 'bad'");
  sqlite_store store{options_for(file)};
  EXPECT_EQ(store.damaged(), damage_report{});
  auto skipped = store.load(10).skipped;
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_EQ(store.damaged(), (damage_report{2, skipped[1]}));
  store.load(10);
  EXPECT_EQ(store.damaged().rows, 2u) << "they are gone";
  by_hand(file, "UPDATE history SET cause = 99 WHERE name = 'bad'");
  store.history({});
  EXPECT_EQ(store.damaged().rows, 3u);
  EXPECT_EQ(store.damaged().last, "history 2: cause is 99, not a number from "
                                  "0 to 9");
  by_hand(file, "UPDATE circuits SET failures = -1 WHERE name = 'good'");
  store.find("good");
  EXPECT_EQ(store.damaged().rows, 4u);
  EXPECT_NE(store.damaged().last.find("\"good\": failures is -1"),
            std::string::npos)
    << store.damaged().last;
  EXPECT_EQ(sqlite_store{options_for(folder / "other.db")}.damaged(),
            damage_report{});
}

TEST_F(sqlite_damage, stays_in_place_while_it_cannot_be_moved) {
  by_hand(file, "UPDATE circuits SET state = 9 WHERE name = 'bad'");
  sqlite_store store{options_for(file)};
  SQLite::Database other{file.string(), SQLite::OPEN_READWRITE};
  other.exec("BEGIN IMMEDIATE");
  EXPECT_EQ(names(store.load(10)), strings{"good"});
  EXPECT_EQ(store.load(10).skipped.size(), 1u);
  other.exec("COMMIT");
  EXPECT_EQ(store.load(10).skipped.size(), 1u);
  EXPECT_EQ(store.load(10).skipped.size(), 0u);
  EXPECT_EQ(store.damaged().rows, 3u);
}

TEST_F(sqlite_damage, that_was_kept_aside_is_dropped_in_its_time) {
  by_hand(file, "UPDATE circuits SET state = 9 WHERE name = 'bad'");
  sqlite_store store{options_for(file)};
  store.load(10);
  auto now =
    std::chrono::time_point_cast<std::chrono::nanoseconds>(wall_clock::now());
  retention keep{.history = std::chrono::hours{1}};
  store.prune(keep, now);
  EXPECT_EQ(count("damaged"), 1);
  store.prune(keep, now + std::chrono::hours{2});
  EXPECT_EQ(count("damaged"), 0);
}

} // namespace

} // namespace resilience::test
