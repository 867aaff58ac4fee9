// The whole at once: health, the calls of the guide, and a metrics callback.
#include "support/supervised.hpp"
#include "support/temp_dir.hpp"

#include <caf/scoped_actor.hpp>

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace resilience::test {

namespace {

using overviewed = supervised;

// -- health -------------------------------------------------------------------

TEST_F(overviewed, nothing_to_watch_is_healthy) {
  auto x = asked<health_summary>(get_summary{});
  EXPECT_EQ(x.status, health_status::healthy);
  EXPECT_TRUE(x.parts.empty());
}

TEST_F(overviewed, an_open_circuit_is_degraded_and_a_critical_one_unhealthy) {
  auto a = guarded(quick("a"));
  auto critical = quick("b");
  critical.breaker->critical = true;
  auto b = guarded(critical);
  fail(a, 3);
  auto x = asked<health_summary>(get_summary{});
  EXPECT_EQ(x.status, health_status::degraded);
  EXPECT_TRUE(x.ready());
  ASSERT_EQ(x.parts.size(), 1u);
  EXPECT_EQ(x.parts[0].name, "circuit:a");
  fail(b, 3);
  x = rt.health();
  EXPECT_EQ(x.status, health_status::unhealthy);
  EXPECT_FALSE(x.ready());
  ASSERT_EQ(x.parts.size(), 2u);
  EXPECT_EQ(x.parts[0].name, "circuit:b") << "the worst comes first";
  env.advance(cooldown);
  EXPECT_EQ(rt.health().status, health_status::degraded) << "half-open";
  rt.reset_all();
  EXPECT_EQ(rt.health().status, health_status::healthy);
}

TEST_F(overviewed, checkers_are_part_of_the_whole_until_they_end) {
  auto backend = rt.guard(worker, quick("a"));
  auto check = rt.health_checker("database", probe::actor(worker, int32_t{1}),
                                 {.unhealthy_after = 1, .critical = true},
                                 {.tags = {"ready"}});
  env.run();
  EXPECT_EQ(rt.health().status, health_status::healthy);
  told->how = manner::fail;
  env.advance(10s);
  auto x = asked<health_summary>(get_summary{"ready"});
  EXPECT_EQ(x.status, health_status::unhealthy);
  ASSERT_EQ(x.parts.size(), 1u);
  EXPECT_EQ(x.parts[0].name, "database");
  EXPECT_EQ(rt.health("live").status, health_status::healthy);
  caf::anon_send_exit(caf::actor_cast<caf::actor>(check),
                      caf::exit_reason::user_shutdown);
  env.run();
  EXPECT_EQ(rt.health().status, health_status::healthy);
}

// An instance must not be sent work before its dependencies were looked at.
TEST_F(overviewed, what_was_not_checked_yet_is_unknown) {
  for (auto round : {"the first", "after the end of one of that name"}) {
    auto check = rt.health_checker("db", probe::actor(worker, int32_t{1}),
                                   {.critical = true}, {.tags = {"ready"}});
    auto x = rt.health("ready");
    EXPECT_EQ(x.status, health_status::unknown) << round;
    EXPECT_FALSE(x.ready());
    ASSERT_EQ(x.parts.size(), 1u) << round;
    EXPECT_EQ(x.parts[0].message, "not checked yet");
    EXPECT_EQ(x.parts[0].age, std::nullopt);
    EXPECT_EQ(x.parts[0].max_age, 30s);
    env.run();
    EXPECT_EQ(rt.health("ready").status, health_status::healthy) << round;
    caf::anon_send_exit(caf::actor_cast<caf::actor>(check),
                        caf::exit_reason::user_shutdown);
    env.run();
  }
  rt.health_checker("extra", probe::actor(worker, int32_t{1}),
                    {.critical = false});
  EXPECT_EQ(rt.health().status, health_status::degraded);
  EXPECT_FALSE(rt.health().parts[0].critical);
}

TEST_F(overviewed, a_view_that_nobody_belongs_to_is_unknown) {
  rt.health_checker("db", probe::actor(worker, int32_t{1}), {},
                    {.tags = {"eu"}});
  env.run();
  EXPECT_EQ(rt.health("eu").status, health_status::healthy);
  for (auto view : {"", "live", "ready"})
    EXPECT_EQ(rt.health(view).status, health_status::healthy) << view;
  auto x = asked<health_summary>(get_summary{"ue"});
  EXPECT_EQ(x.status, health_status::unknown);
  EXPECT_EQ(x.message, "nothing has the tag \"ue\"");
  EXPECT_TRUE(x.parts.empty());
}

TEST_F(overviewed, the_worst_circuit_shows_among_very_many) {
  auto isolated = [&](const policy& p) {
    user.control<circuit_status>(rt.ensure_breaker(p), isolate{});
  };
  for (int i = 0; i <= 1'000; ++i)
    isolated(quick(std::to_string(i)));
  env.run();
  EXPECT_EQ(rt.health().status, health_status::degraded);
  auto critical = quick("z");
  critical.breaker->critical = true;
  isolated(critical);
  env.run();
  auto x = rt.health();
  EXPECT_EQ(x.status, health_status::unhealthy);
  ASSERT_EQ(x.parts.size(), 1'000u);
  EXPECT_EQ(x.parts[0].name, "circuit:z");
}

TEST_F(overviewed, no_checker_takes_the_name_of_a_part_of_the_runtime) {
  for (const auto* name : {"store", "circuit:a", "circuit:"}) {
    auto x = rt.try_health_checker(name, probe::actor(worker, int32_t{1}));
    ASSERT_FALSE(x) << name;
    EXPECT_EQ(code_of(x.error()), errc::invalid_config);
  }
  EXPECT_TRUE(
    rt.try_health_checker("stores", probe::actor(worker, int32_t{1})));
  env.run();
}

TEST_F(overviewed, a_checker_that_is_singled_out_for_ready_leaves_circuits_in) {
  auto critical = quick("b");
  critical.breaker->critical = true;
  auto b = guarded(critical);
  fail(b, 3);
  told->how = manner::answer;
  EXPECT_FALSE(rt.health("ready").ready());
  auto plain = rt.health_checker("plain", probe::actor(worker, int32_t{1}));
  auto tagged = rt.health_checker("tagged", probe::actor(worker, int32_t{1}),
                                  {}, {.tags = {"ready"}});
  env.run();
  auto x = rt.health("ready");
  EXPECT_EQ(x.status, health_status::unhealthy);
  ASSERT_EQ(x.parts.size(), 2u);
  EXPECT_EQ(x.parts[0].name, "circuit:b");
  EXPECT_EQ(x.parts[1].name, "tagged");
}

// -- the guide's calls --------------------------------------------------------

TEST_F(overviewed, the_guides_calls_find_their_circuits) {
  auto control = get_circuit_breaker(rt, quick("openai-api"));
  auto g = guarded(quick("openai-api"));
  fail(g, 2);
  auto status = get_circuit_breaker_status(rt, "openai-api");
  EXPECT_EQ(status.state, circuit_state::closed);
  EXPECT_EQ(status.consecutive_failures, 2);
  auto metrics = get_circuit_breaker_metrics(rt, "openai-api");
  EXPECT_EQ(metrics.total_calls, 2u);
  EXPECT_EQ(metrics.failures, 2u);
  EXPECT_EQ(metrics.success_rate, 0.0);
  EXPECT_EQ(get_all_circuit_breakers_status(rt).size(), 1u);
  fail(g, 1);
  EXPECT_EQ(reset_all_circuit_breakers(rt), 1u);
  EXPECT_EQ(state(g), circuit_state::closed);
  EXPECT_THROW(get_circuit_breaker_status(rt, "other"), invalid_config_error);
  auto other = quick("openai-api");
  other.breaker->cooldown = 1s;
  EXPECT_THROW(get_circuit_breaker(rt, other), invalid_config_error);
  rt.ensure_breaker(other, true);
}

TEST_F(overviewed, the_guides_persistence_survives_the_runtime) {
  temp_dir dir;
  auto options = init_circuit_breaker_persistence(dir.file("cb.db"));
  {
    runtime first{env.sys, options};
    auto g = first.guard(worker, quick("a"));
    fail(g, 3);
    EXPECT_TRUE(persist_all_circuit_breakers(first));
  }
  env.run();
  runtime second{env.sys, options};
  auto loaded = load_circuit_breakers(second);
  ASSERT_EQ(loaded.size(), 1u);
  EXPECT_EQ(loaded[0].state, circuit_state::open);
}

// In real time: breakers end on other threads, for which there is room enough.
TEST(overview_threads, whoever_watches_takes_no_room) {
  system_config cfg;
  init<caf::id_block::resilience_test>(cfg);
  caf::actor_system sys{cfg};
  runtime rt{sys, {.max_circuits = 100}};
  caf::scoped_actor self{sys};
  std::atomic<bool> done = false;
  std::thread watches{[&] {
    while (!done)
      rt.all_metrics();
  }};
  auto refused = 0;
  for (int i = 0; i < 2'000; ++i) {
    policy p;
    p.name = std::to_string(i);
    auto x = rt.try_breaker(p);
    refused += x ? 0 : 1;
    // It ends when it has run: no more than a few are on their way.
    if (x)
      compat::request(self, *x, caf::infinite, get_status{})
        .receive([](const circuit_status&) {}, [](const caf::error&) {});
  }
  done = true;
  watches.join();
  EXPECT_EQ(refused, 0);
}

// -- metrics ------------------------------------------------------------------

TEST(metrics, an_event_has_a_type_and_details) {
  transition_event x{.name = "a",
                     .from = circuit_state::closed,
                     .to = circuit_state::half_open,
                     .why = cause::cooldown_elapsed,
                     .generation = 3,
                     .failures = 0,
                     .at = wall_time{},
                     .last_failure = "why"};
  auto [type, details] = metrics_of(x);
  EXPECT_EQ(type, "circuit_half_open");
  std::map<std::string, std::string> found{details.begin(), details.end()};
  EXPECT_EQ(found["from"], "closed");
  EXPECT_EQ(found["cause"], "cooldown_elapsed");
  EXPECT_EQ(found["generation"], "3");
  EXPECT_EQ(found["at"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(found["last_failure"], "why");
}

TEST(metrics, a_change_of_health_has_a_type_and_details) {
  health_changed x{.name = "db",
                   .from = health_status::healthy,
                   .to = health_status::unhealthy,
                   .report = health_report::unhealthy("down")};
  using list = metrics_details;
  EXPECT_EQ(metrics_of(x),
            (std::pair<std::string, list>{
              "health_unhealthy",
              {{"from", "healthy"}, {"message", "down"}, {"checked_at", ""}}}));
  x.report.checked_at = wall_time{};
  EXPECT_EQ(metrics_of(x).second.back().second, "1970-01-01T00:00:00.000Z");
}

// In real time: the callback has a thread of its own.
TEST(metrics, a_callback_gets_every_transition_even_if_it_throws) {
  system_config cfg;
  init<caf::id_block::resilience_test>(cfg);
  caf::actor_system sys{cfg};
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> seen;
  {
    runtime rt{sys};
    set_metrics_callback(rt, [&](const std::string& type,
                                 const std::string& circuit,
                                 const metrics_details&) {
      {
        std::lock_guard<std::mutex> guard{mutex};
        seen.push_back(type + " " + circuit);
      }
      changed.notify_all();
      throw std::runtime_error("a broken exporter");
    });
    auto subscribed = [&] {
      std::promise<uint64_t> result;
      caf::scoped_actor self{sys};
      compat::request(self, rt.supervisor(), caf::infinite,
                      get_supervisor_status{})
        .receive(
          [&](const supervisor_status& x) { result.set_value(x.subscribers); },
          [&](const caf::error&) { result.set_value(0); });
      return result.get_future().get() == 1;
    };
    auto give_up = clock::now() + std::chrono::seconds{20};
    // The relay's own thread is on its way.
    while (!subscribed() && clock::now() < give_up)
      std::this_thread::yield();
    auto a = rt.ensure_breaker(policy{.name = "a"});
    caf::scoped_actor self{sys};
    for (int i = 0; i < 2; ++i) {
      compat::request(self, a, caf::infinite, isolate{})
        .receive([](const circuit_status&) {}, [](const caf::error&) {});
      compat::request(self, a, caf::infinite, reset{})
        .receive([](const circuit_status&) {}, [](const caf::error&) {});
    }
    std::unique_lock<std::mutex> guard{mutex};
    EXPECT_TRUE(changed.wait_for(guard, std::chrono::seconds{20},
                                 [&] { return seen.size() == 4; }));
  }
  EXPECT_EQ(
    seen, (std::vector<std::string>{"circuit_isolated a", "circuit_closed a",
                                    "circuit_isolated a", "circuit_closed a"}));
}

} // namespace

} // namespace resilience::test
