// What outlives a runtime: circuits with their state, and their history, in a
// SQLite file.
#include "resilience/actors/open_store.hpp"
#include "resilience/store/sqlite_store.hpp"

#include "support/foreign_program.hpp"
#include "support/supervised.hpp"
#include "support/temp_dir.hpp"

#include <memory>

namespace resilience::test {

namespace {

// The writer has a thread of its own, so the tests ask the runtime to persist,
// which returns when it is done.
class persistence : public guard_fixture {
public:
  runtime_options options() const {
    return {.database = dir.file("circuits.db")};
  }

  void start(runtime_options x) {
    kept.reset();
    env.run();
    kept = std::make_unique<runtime>(env.sys, x);
    env.run();
  }

  void start() {
    start(options());
  }

  caf::actor guarded_there(const policy& p) {
    auto result = kept->guard(worker, p);
    env.run();
    return result;
  }

  circuit_status status_of(const std::string& name) {
    auto result =
      user.control<circuit_status>(kept->control(name), get_status{});
    env.run();
    return *result;
  }

  std::vector<history_entry> history() {
    EXPECT_TRUE(kept->persist());
    kept.reset();
    env.run();
    sqlite_store store{{.path = dir.file("circuits.db")}};
    return store.history({});
  }

  /// Changes the file behind the runtime's back.
  void by_hand(const char* sql) {
    foreign_program{dir.file("circuits.db")}.run(sql);
  }

  temp_dir dir;
  std::unique_ptr<runtime> kept;
};

TEST_F(persistence, an_open_circuit_stays_open_for_the_rest_of_its_cooldown) {
  start();
  fail(guarded_there(quick("a")), 3);
  EXPECT_EQ(status_of("a").state, circuit_state::open);
  start();
  auto g = guarded_there(quick("a"));
  auto x = status_of("a");
  EXPECT_EQ(x.state, circuit_state::open);
  ASSERT_TRUE(x.retry_after);
  EXPECT_LE(*x.retry_after, cooldown);
  EXPECT_GT(*x.retry_after, cooldown - 5s);
  ASSERT_TRUE(x.last_failure);
  EXPECT_NE(x.last_failure->reason.find("runtime_error"), std::string::npos);
  EXPECT_TRUE(ask(g)->is(errc::circuit_open));
  env.advance(cooldown);
  EXPECT_EQ(status_of("a").state, circuit_state::half_open);
  EXPECT_TRUE(ask(g)->ok());
}

TEST_F(persistence, an_open_circuit_shows_before_any_guard_asks_for_it) {
  start();
  fail(guarded_there(quick("a")), 3);
  start();
  EXPECT_EQ(kept->circuits(), std::vector<std::string>{"a"});
  EXPECT_EQ(status_of("a").state, circuit_state::open);
}

TEST_F(persistence, a_closed_circuit_goes_on_counting_where_it_was) {
  start();
  auto g = guarded_there(quick("a"));
  ask(g);
  fail(g, 2);
  start();
  EXPECT_TRUE(kept->circuits().empty());
  fail(guarded_there(quick("a")), 1);
  EXPECT_EQ(status_of("a").state, circuit_state::open);
  auto m = user.control<circuit_metrics>(kept->control("a"), get_metrics{});
  env.run();
  EXPECT_EQ(m->total_calls, 4u);
  EXPECT_EQ(m->failures, 3u);
}

TEST_F(persistence, new_settings_in_the_code_apply_to_the_old_state) {
  start();
  fail(guarded_there(quick("a")), 3);
  start();
  auto other = quick("a");
  other.provider = "someone else";
  other.breaker->half_open_max_calls = 1;
  guarded_there(other);
  auto x = status_of("a");
  EXPECT_EQ(x.state, circuit_state::open);
  EXPECT_EQ(x.provider, "someone else");
}

TEST_F(persistence, an_isolation_by_hand_stays_and_one_by_health_ends) {
  start();
  guarded_there(quick("by_hand"));
  guarded_there(quick("by_health"));
  status_after(kept->control("by_hand"), isolate{owner::hand});
  status_after(kept->control("by_health"), isolate{owner::health});
  start();
  EXPECT_EQ(status_of("by_hand").state, circuit_state::isolated);
  EXPECT_EQ(status_of("by_health").state, circuit_state::half_open);
}

TEST_F(persistence, the_history_goes_over_restarts) {
  start();
  fail(guarded_there(quick("a")), 3);
  start();
  guarded_there(quick("a"));
  status_after(kept->control("a"), reset{});
  auto all = history();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].event.why, cause::failures);
  EXPECT_EQ(all[1].event.why, cause::reset);
  EXPECT_EQ(all[1].event.generation, all[0].event.generation + 1);
}

TEST_F(persistence, restarts_go_on_counting_and_only_news_are_written) {
  start();
  kept->restarts().add("a", wall_clock::now());
  kept->restarts().add("b", wall_clock::now());
  start();
  EXPECT_EQ(kept->restarts().find("a")->restarts, 1u);
  by_hand("UPDATE restarts SET restarts = 77 WHERE name = 'b'");
  kept->restarts().add("a", wall_clock::now());
  start();
  EXPECT_EQ(kept->restarts().find("a")->restarts, 2u);
  EXPECT_EQ(kept->restarts().find("b")->restarts, 77u);
}

TEST_F(persistence, a_circuit_that_cannot_be_read_is_told_by_the_supervisor) {
  start();
  guarded_there(quick("a"));
  status_after(kept->control("a"), isolate{owner::hand});
  kept.reset();
  env.run();
  by_hand("UPDATE circuits SET failures = -1");
  start();
  supervisor_status x;
  user.ask_for<supervisor_status>(
    [&](reply&, const supervisor_status& y) { x = y; }, kept->supervisor(),
    get_supervisor_status{});
  env.run();
  EXPECT_EQ(x.damaged, 1u);
  EXPECT_NE(x.last_damage.find("circuits \"a\": failures is -1"),
            std::string::npos)
    << x.last_damage;
}

TEST_F(persistence, a_second_runtime_on_the_file_is_refused) {
  start();
  try {
    runtime second{env.sys, options()};
    FAIL() << "two runtimes on one file";
  } catch (const store_error& e) {
    EXPECT_EQ(e.code(), store_errc::in_use);
    EXPECT_NE(std::string{e.what()}.find("circuits.db"), std::string::npos);
  }
  env.run();
}

TEST_F(persistence, options_out_of_range_are_named_at_once) {
  runtime_options bad{.max_circuits = 0, .history_days = 0};
  try {
    runtime x{env.sys, bad};
    FAIL() << "invalid options";
  } catch (const invalid_config_error& e) {
    std::string text = e.what();
    EXPECT_NE(text.find("max_circuits"), std::string::npos) << text;
    EXPECT_NE(text.find("history_days"), std::string::npos) << text;
  }
  env.run();
}

TEST_F(persistence, a_database_can_be_configured) {
  environment other{[this](caf::actor_system_config& cfg) {
    caf::put(cfg.content, "resilience.database", dir.file("configured.db"));
  }};
  {
    runtime x{other.sys};
    other.run();
    EXPECT_TRUE(x.persist());
  }
  other.run();
  EXPECT_TRUE(std::filesystem::exists(dir.file("configured.db")));
}

TEST(open_store, memory_is_bounded_by_the_options) {
  auto store = open_store({.max_circuits = 2, .max_transitions = 3});
  std::vector<journal_entry> xs(5);
  for (size_t i = 0; i < xs.size(); ++i) {
    auto& x = xs[i];
    x.event.name = x.after.name = std::to_string(i);
    x.event.generation = x.after.memory.generation = 2;
  }
  store->append(xs);
  EXPECT_EQ(store->history({}).size(), 3u);
  EXPECT_EQ(store->load(10).circuits.size(), 2u);
}

} // namespace

} // namespace resilience::test
