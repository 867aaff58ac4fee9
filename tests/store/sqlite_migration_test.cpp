// Files of older versions, as they lie in tests/data/store, are brought up to
// date when they are opened.
#include "store/store_fixture.hpp"

namespace resilience::test {

namespace {

constexpr int current = 3;

fs::path sql_of(int version) {
  return fs::path{RESILIENCE_TEST_DATA} / "store"
         / ("version_" + std::to_string(version) + ".sql");
}

/// What makes a schema, in any order of the columns.
std::string schema_of(const fs::path& file) {
  return ask(file,
             "SELECT group_concat(x, char(10)) FROM (SELECT m.name || ' ' "
             "|| c.name || ' ' || c.type || ' ' || c.'notnull' || ' ' || "
             "coalesce(c.dflt_value, '-') || ' ' || c.pk AS x FROM "
             "sqlite_master m, pragma_table_info(m.name) c UNION ALL "
             "SELECT name || ' on ' || tbl_name FROM sqlite_master WHERE "
             "type = 'index' ORDER BY x)");
}

class sqlite_migration : public testing::TestWithParam<int> {
protected:
  sqlite_migration() {
    by_hand(file, bytes_of(sql_of(GetParam())));
  }

  temp_dir folder;
  fs::path file = folder / "x.db";
};

INSTANTIATE_TEST_SUITE_P(versions, sqlite_migration,
                         testing::Range(1, current + 1));

TEST_P(sqlite_migration, keeps_all_that_was_there) {
  sqlite_store store{options_for(file)};
  auto found = store.load(10);
  EXPECT_TRUE(found.skipped.empty());
  ASSERT_EQ(names(found), (std::vector<std::string>{"payments", "search"}));
  const auto& x = found.circuits[0];
  EXPECT_EQ(x.provider, "acme");
  ASSERT_TRUE(x.config && x.config->window);
  EXPECT_EQ(x.config->failure_threshold, 7);
  EXPECT_EQ(x.config->window->minimum_calls, 10);
  EXPECT_EQ(x.memory.state, circuit_state::open);
  EXPECT_EQ(x.memory.generation, 4u);
  EXPECT_EQ(x.memory.remaining, std::chrono::seconds{12});
  EXPECT_EQ(x.saved_at, at(0));
  EXPECT_EQ(x.open_until, at(12));
  EXPECT_EQ(x.opened_at, at(-18));
  EXPECT_EQ(x.last_failure, (failure_info{at(-18), "connection refused"}));
  EXPECT_EQ(x.totals.total_calls, 110u);
  ASSERT_EQ(x.totals.latency.size(), 26u);
  EXPECT_EQ(x.totals.latency[1], 1u);
  EXPECT_EQ(x.totals.latency[2], 128u);
  EXPECT_EQ(x.memory.window_failed, GetParam() >= 3 ? 10u : 0u);
  EXPECT_EQ(x.totals.slow_calls, GetParam() >= 3 ? 6u : 0u);
  EXPECT_EQ(found.circuits[1].config, std::nullopt);
  EXPECT_EQ(found.restarts.size(), GetParam() >= 2 ? 1u : 0u);
  EXPECT_EQ(ids(store.history({})), (std::vector<int64_t>{1, 2, 7}));
  EXPECT_NE(store.settings_text(1), "");
}

TEST_P(sqlite_migration, ends_with_the_schema_of_a_new_file) {
  auto fresh = folder / "fresh.db";
  sqlite_store{options_for(file)};
  sqlite_store{options_for(fresh)};
  EXPECT_EQ(schema_of(file), schema_of(fresh));
  EXPECT_EQ(ask(file, "PRAGMA user_version"), std::to_string(current));
  EXPECT_EQ(ask(file, "PRAGMA application_id"), "1381190723");
}

TEST_P(sqlite_migration, what_is_written_then_is_like_that_of_a_new_file) {
  auto x = eventful("payments");
  {
    sqlite_store store{options_for(file)};
    store.append(std::vector{journal_entry{opened("payments", 12), x}});
    store.save({}, std::vector{restart_record{"worker", 4, at(0)}});
    EXPECT_EQ(store.history({}).back().id, 8);
  }
  sqlite_store store{options_for(file)};
  EXPECT_EQ(store.find("payments"), x);
  EXPECT_EQ(store.load(1).restarts.at(0).restarts, 4u);
}

TEST(sqlite_versions, a_step_that_fails_leaves_the_old_version) {
  for (int version = 1; version < current; ++version) {
    temp_dir folder;
    auto file = folder / "x.db";
    by_hand(file, bytes_of(sql_of(version)));
    // In the way of the last step.
    by_hand(file, "CREATE TABLE history_by_time (x)");
    auto schema = schema_of(file);
    std::string text;
    EXPECT_EQ(code_of([&] { sqlite_store{options_for(file)}; }, &text),
              store_errc::failed);
    EXPECT_NE(text.find("history_by_time"), std::string::npos) << text;
    EXPECT_EQ(ask(file, "PRAGMA user_version"), std::to_string(version));
    EXPECT_EQ(schema_of(file), schema);
    by_hand(file, "DROP TABLE history_by_time");
    sqlite_store store{options_for(file)};
    EXPECT_EQ(store.load(10).circuits.size(), 2u);
  }
}

TEST(sqlite_versions, the_recorded_one_is_the_one_that_is_made) {
  temp_dir folder;
  auto made = folder / "made.db";
  auto recorded = folder / "recorded.db";
  sqlite_store{options_for(made)};
  by_hand(recorded, bytes_of(sql_of(current)));
  EXPECT_EQ(schema_of(made), schema_of(recorded));
  EXPECT_FALSE(fs::exists(sql_of(current + 1)))
    << "a test for each version that was published";
}

} // namespace

} // namespace resilience::test
