// Checkers that ask actors: when they check, and what they say.
#include "support/health_fixture.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

using health_checks = health_fixture;

TEST_F(health_checks, the_first_check_comes_at_once_and_then_each_interval) {
  auto c = checker();
  EXPECT_EQ(db_state->asked, 1);
  auto r = health(c);
  EXPECT_EQ(r.name, "db");
  EXPECT_EQ(r.status, health_status::healthy);
  EXPECT_EQ(r.message, "fine");
  EXPECT_EQ(r.age, 0s);
  EXPECT_EQ(r.took, 0s);
  EXPECT_EQ(r.successes, 1);
  EXPECT_TRUE(r.checked_at.has_value());
  env.advance(9s);
  EXPECT_EQ(db_state->asked, 1);
  EXPECT_EQ(health(c).age, 9s);
  env.advance(1s);
  EXPECT_EQ(db_state->asked, 2);
  for (int i = 0; i < 100; ++i)
    env.advance(10s);
  EXPECT_EQ(db_state->asked, 102);
}

TEST_F(health_checks, go_on_when_nobody_keeps_the_handle) {
  checker();
  for (int i = 0; i < 5; ++i)
    env.advance(10s);
  EXPECT_EQ(db_state->asked, 6);
}

TEST_F(health_checks, outlive_who_is_linked_to_them) {
  auto c = checker();
  end_who_is_linked_to(caf::actor_cast<caf::actor>(c));
  env.advance(10s);
  EXPECT_EQ(db_state->asked, 2);
  caf::anon_send_exit(caf::actor_cast<caf::actor>(c),
                      caf::exit_reason::user_shutdown);
  env.advance(10s);
  EXPECT_EQ(db_state->asked, 2) << "it was told to";
}

TEST_F(health_checks, are_unknown_before_the_first_result) {
  db_state->silent = true;
  auto r = health(checker());
  EXPECT_EQ(r.status, health_status::unknown);
  EXPECT_EQ(r.message, "not checked yet");
  EXPECT_EQ(r.age, std::nullopt);
  EXPECT_EQ(r.checked_at, std::nullopt);
}

TEST_F(health_checks, a_query_does_not_wait_for_a_check_that_hangs) {
  auto c = checker();
  db_state->silent = true;
  env.advance(10s);
  env.advance(4s);
  auto r = health(c);
  EXPECT_EQ(r.status, health_status::healthy);
  EXPECT_EQ(r.age, 14s);
}

TEST_F(health_checks, go_down_by_three_failures_and_come_back_by_two) {
  auto c = checker();
  db_state->says = health_report::unhealthy("disk full");
  for (auto expected : {health_status::degraded, health_status::degraded,
                        health_status::unhealthy}) {
    env.advance(10s);
    EXPECT_EQ(status_of(c), expected);
  }
  EXPECT_EQ(health(c).message, "disk full");
  EXPECT_EQ(health(c).failures, 3);
  db_state->says = health_report::healthy("fine");
  env.advance(10s);
  auto r = health(c);
  EXPECT_EQ(r.status, health_status::unhealthy);
  EXPECT_EQ(r.message, "1 of 2 successes in a row: fine");
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::healthy);
  EXPECT_EQ(health(c).message, "fine");
}

TEST_F(health_checks, that_get_no_answer_fail_and_its_late_answer_is_dropped) {
  db_state->silent = true;
  auto c = checker();
  env.advance(5s);
  auto r = health(c);
  EXPECT_EQ(r.status, health_status::degraded);
  EXPECT_EQ(r.message, "took longer than 5s");
  EXPECT_EQ(r.took, 5s);
  EXPECT_EQ(r.stuck_since, std::nullopt);
  compat::anon_post(db, answer_all{});
  env.run();
  EXPECT_EQ(status_of(c), health_status::degraded);
  EXPECT_EQ(seen->size(), 1u);
  db_state->silent = false;
  env.advance(5s);
  EXPECT_EQ(status_of(c), health_status::healthy);
}

TEST_F(health_checks, slower_than_their_interval_do_not_pile_up) {
  db_state->silent = true;
  checker({.interval = 1s, .timeout = 10s});
  for (int i = 0; i < 9; ++i)
    env.advance(1s);
  EXPECT_EQ(db_state->asked, 1);
  compat::anon_post(db, answer_all{});
  env.run();
  EXPECT_EQ(db_state->asked, 2); // one was due
}

TEST_F(health_checks, of_a_dead_actor_say_so) {
  caf::anon_send_exit(db, caf::exit_reason::kill);
  env.run();
  auto c = checker();
  EXPECT_EQ(health(c).message,
            "the actor that is asked has ended, or gave no answer");
  EXPECT_EQ(status_of(c), health_status::degraded);
  env.advance(10s);
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::unhealthy);
}

TEST_F(health_checks, of_an_actor_that_knows_no_health_fail) {
  auto c = checker_of(probe::actor(worker));
  auto r = health(c);
  EXPECT_EQ(r.status, health_status::degraded);
  EXPECT_NE(r.message.find("the answer is an error"), std::string::npos)
    << r.message;
  // With an argument: CAF 0.17 looks for one behind a null pointer.
  auto echo = [](caf::event_based_actor*, const std::string& text) {
    return caf::behavior{[text](get_health) { return text; }};
  };
  auto d = checker_of(probe::actor(env.sys.spawn(echo, std::string{"yes"})), {},
                      {}, "echo");
  EXPECT_EQ(health(d).message, "the answer is no health_report");
}

TEST_F(health_checks,
       by_a_message_of_ones_own_take_any_answer_that_is_no_error) {
  auto c = checker_of(probe::actor(worker, int32_t{1}));
  EXPECT_EQ(status_of(c), health_status::healthy);
  EXPECT_EQ(told->requests, 1);
  // Two values, none at all.
  EXPECT_EQ(status_of(checker_of(probe::actor(worker, int32_t{1}, int32_t{2}),
                                 {}, {}, "two")),
            health_status::healthy);
  EXPECT_EQ(status_of(checker_of(probe::actor(worker, 1.0f), {}, {}, "none")),
            health_status::healthy);
  told->how = manner::fail;
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::degraded);
  EXPECT_NE(health(c).message.find("runtime_error"), std::string::npos)
    << health(c).message;
}

TEST_F(health_checks, of_an_actor_that_drops_requests_or_dies_fail) {
  for (auto how : {manner::drop, manner::die, manner::raise}) {
    auto state = std::make_shared<target::shared>();
    state->how = how;
    auto name = "t" + std::to_string(static_cast<int>(how));
    auto c = checker_of(probe::actor(env.sys.spawn<target>(state), int32_t{1}),
                        {}, {}, name);
    env.advance(5s);
    EXPECT_EQ(status_of(c), health_status::degraded) << name;
  }
}

TEST_F(health_checks, can_find_something_degraded_or_nothing_at_all) {
  auto c = checker({.unhealthy_after = 1});
  db_state->says = health_report::degraded("slow");
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::degraded);
  EXPECT_EQ(health(c).failures, 0);
  db_state->says.status = health_status::unknown;
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::unknown);
  db_state->says = health_report::unhealthy("down");
  env.advance(10s);
  // What could not be found out ends no failure.
  db_state->says.status = health_status::unknown;
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::unhealthy);
  db_state->says = health_report::degraded("slow");
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::unhealthy);
  env.advance(10s);
  EXPECT_EQ(status_of(c), health_status::degraded);
}

TEST_F(health_checks, with_a_status_that_does_not_exist_fail) {
  db_state->says.status = static_cast<health_status>(77);
  auto r = health(checker());
  EXPECT_EQ(r.status, health_status::degraded);
  EXPECT_EQ(r.message, "the probe returned a status that does not exist: 77");
}

TEST_F(health_checks, keep_no_more_of_a_report_than_its_limits) {
  db_state->says.message = std::string(1'000'000, 'x');
  db_state->says.details.assign(1'000, {std::string(5'000, 'k'), "v"});
  db_state->says.name = "an impostor";
  db_state->says.age = 99h;
  auto r = health(checker());
  EXPECT_EQ(r.message.size(), health_report_limits::message);
  EXPECT_EQ(r.details.size(), health_report_limits::details);
  EXPECT_EQ(r.details[0].first.size(), health_report_limits::detail_name);
  EXPECT_EQ(r.name, "db");
  EXPECT_EQ(r.age, 0s);
}

TEST_F(health_checks, a_status_ages_by_itself_and_everybody_hears_of_it) {
  auto c = checker({.interval = 60s, .max_age = 20s});
  env.advance(20s);
  EXPECT_EQ(status_of(c), health_status::healthy);
  env.advance(1s);
  auto r = health(c);
  EXPECT_EQ(r.status, health_status::unknown);
  EXPECT_EQ(r.message, "no result for 21s; the last: fine");
  ASSERT_EQ(seen->size(), 2u);
  EXPECT_EQ(seen->back().status, health_status::unknown);
  env.advance(39s);
  EXPECT_EQ(status_of(c), health_status::healthy);
}

TEST_F(health_checks, show_settings_and_tags) {
  auto r = health(checker({.critical = false}, {.tags = {"ready", "storage"}}));
  EXPECT_FALSE(r.critical);
  EXPECT_EQ(r.tags, (std::vector<std::string>{"ready", "storage"}));
  EXPECT_EQ(r.max_age, 30s);
}

TEST_F(health_checks, of_another_checker_pass_on_what_it_knows) {
  auto inner = checker();
  auto outer = checker_of(probe::actor(inner), {}, {}, "outer");
  EXPECT_EQ(health(outer).message, "fine");
  tell(inner, pause_checks{});
  for (int i = 0; i < 4; ++i)
    env.advance(10s);
  EXPECT_EQ(status_of(inner), health_status::unknown);
  env.advance(10s);
  EXPECT_EQ(status_of(outer), health_status::unknown);
}

TEST_F(health_checks, go_through_a_guard_like_any_request) {
  auto g = rt.guard(db, quick("db"));
  auto c = checker_of(probe::actor(g));
  EXPECT_EQ(status_of(c), health_status::healthy);
  EXPECT_EQ(metrics(g).successes, 1u);
}

// -- circuits -----------------------------------------------------------------

TEST_F(health_checks, of_a_circuit_show_how_it_is) {
  auto g = guarded(quick("payments"));
  auto plain = checker_of(probe::circuit(rt.control(g)), {.unhealthy_after = 1},
                          {}, "plain");
  auto critical =
    checker_of(probe::circuit(rt.control("payments"), true),
               {.unhealthy_after = 1, .healthy_after = 1}, {}, "critical");
  EXPECT_EQ(status_of(plain), health_status::healthy);
  EXPECT_EQ(status_of(critical), health_status::healthy);
  auto both = [&](health_status a, health_status b) {
    tell(plain, check_now{});
    tell(critical, check_now{});
    EXPECT_EQ(status_of(plain), a);
    EXPECT_EQ(status_of(critical), b);
  };
  fail(g, 3);
  both(health_status::degraded, health_status::unhealthy);
  EXPECT_NE(health(plain).message.find("is open, for 10s more"),
            std::string::npos)
    << health(plain).message;
  env.advance(cooldown);
  both(health_status::degraded, health_status::degraded);
  EXPECT_EQ(told->requests, 3); // no probe of the circuit was used up
  status_after(rt.control(g), isolate{});
  both(health_status::degraded, health_status::unhealthy);
  status_after(rt.control(g), disable{});
  both(health_status::healthy, health_status::healthy);
  EXPECT_EQ(health(plain).details[0].second, "payments");
}

} // namespace resilience::test
