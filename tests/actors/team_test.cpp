// Teams. What can go wrong for a user: children start in the wrong order, a
// handle is dead after a restart, a team restarts for ever or never, gives up
// and tells nobody, or leaves children behind.
#include "support/team_fixture.hpp"

namespace resilience::test {

namespace {

TEST_F(team_of, children_start_and_stop_in_order) {
  auto t = rt.team("t", abc(), options());
  EXPECT_EQ(log(), (names{"+a", "+b", "+c"})) << "at once";
  auto r = user.ask(t.child("b"), int32_t{1});
  env.run();
  EXPECT_EQ(r->value, 2);
  auto s = t.status();
  EXPECT_EQ(s.name, "t");
  EXPECT_EQ(s.ended, "");
  EXPECT_EQ(s.children[2], (child_status{"c", child_state::running, 0, ""}));
  auto ending = ending_of(t.handle());
  t.quit();
  env.run();
  EXPECT_EQ(log(), (names{"told c", "-c", "told b", "-b", "told a", "-a"}));
  EXPECT_EQ(*ending, kind::user_shutdown);
  EXPECT_TRUE(t.is_over());
  EXPECT_EQ(t.status().ended, "told to quit");
  EXPECT_EQ(status_of(t, 0).state, child_state::stopped);
  EXPECT_TRUE(ask(t.child("a"))->is(errc::shutting_down));
}

TEST_F(team_of, handles_survive_restarts) {
  struct row {
    team_strategy strategy;
    names stops;
    names starts;
  };
  for (const auto& x :
       {row{team_strategy::one_for_one, {"-b"}, {"+b"}},
        row{team_strategy::rest_for_one, {"-b", "told c", "-c"}, {"+b", "+c"}},
        row{team_strategy::one_for_all,
            {"-b", "told c", "-c", "told a", "-a"},
            {"+a", "+b", "+c"}}}) {
    auto t = rt.team(to_string(x.strategy), abc(), options(x.strategy));
    auto b = t.child("b");
    EXPECT_TRUE(ask(b)->ok());
    log();
    end(now["b"]);
    EXPECT_EQ(log(), x.stops);
    EXPECT_EQ(status_of(t, 1).state, child_state::waiting);
    EXPECT_NE(status_of(t, 1).last_end, "");
    auto r = ask(b);
    EXPECT_TRUE(r->is(errc::target_down));
    EXPECT_EQ(retry_after(r->error), 1s);
    env.advance(1s);
    EXPECT_EQ(log(), x.starts);
    EXPECT_TRUE(ask(b)->ok());
    EXPECT_EQ(b, t.child("b"));
    EXPECT_EQ(status_of(t, 1).restarts, 1u);
    EXPECT_EQ(metrics(b).layers.restarts, 1u);
    auto name = std::string{to_string(x.strategy)} + "/b";
    EXPECT_EQ(rt.restarts().find(name)->restarts, 1u);
    t.quit();
    env.run();
  }
}

TEST_F(team_of, one_end_too_many_ends_all_and_says_so) {
  auto t = rt.team("t", abc(), options());
  auto ending = ending_of(t.handle());
  env.run();
  for (auto who : {"a", "b", "c"}) {
    end(now[who]);
    env.advance(1s);
  }
  EXPECT_FALSE(t.is_over());
  log();
  end(now["b"], kind::user_shutdown);
  EXPECT_EQ(log(), (names{"told b", "-b", "told c", "-c", "told a", "-a"}));
  EXPECT_TRUE(t.is_over());
  auto s = t.status();
  EXPECT_EQ(
    s.ended.find("gave up: its children ended more than 3 times in 60s, "
                 "at last \"b\": "),
    0u)
    << s.ended;
  EXPECT_EQ(*ending, errc::target_down);
  EXPECT_EQ(circuit_of(*ending), "t");
  EXPECT_EQ(detail_of(*ending), s.ended);
  auto r = ask(t.child("a"));
  EXPECT_TRUE(r->is(errc::target_down));
  EXPECT_EQ(detail_of(r->error), s.ended);
  EXPECT_TRUE(metrics(t.child("a")).layers.down);
  env.advance(1h);
  EXPECT_EQ(log(), names{});
}

TEST_F(team_of, a_child_that_cannot_start_is_tried_again) {
  broken = {"b"};
  auto t = rt.team("t", abc(), options(team_strategy::rest_for_one));
  env.run();
  EXPECT_EQ(log(), (names{"+a", "+b"})) << "c depends on b";
  EXPECT_EQ(status_of(t, 1),
            (child_status{"b", child_state::waiting, 0,
                          "the function that makes a new actor threw: no "
                          "luck"}));
  EXPECT_EQ(retry_after(ask(t.child("b"))->error), 1s);
  EXPECT_EQ(detail_of(ask(t.child("c"))->error), "has not started yet");
  EXPECT_EQ(retry_after(ask(t.child("c"))->error), 1s) << "not before b";
  broken.clear();
  env.advance(1s);
  EXPECT_EQ(log(), (names{"+b", "+c"}));
  EXPECT_TRUE(ask(t.child("c"))->ok());
}

TEST_F(team_of, a_child_that_never_starts_is_given_up) {
  broken = {"a"};
  auto t = rt.team("t", abc(), options());
  env.run();
  for (auto wait : {1s, 2s})
    env.advance(wait);
  EXPECT_FALSE(t.is_over());
  EXPECT_TRUE(ask(t.child("b"))->ok()) << "the others run";
  env.advance(4s);
  EXPECT_TRUE(t.is_over());
  EXPECT_TRUE(ask(t.child("b"))->is(errc::target_down));
}

TEST_F(team_of, all_that_fail_at_once_is_over_before_it_begins) {
  broken = {"a", "b", "c"};
  auto o = options();
  o.restart.max_restarts = 0;
  auto t = rt.team("t", abc(), o);
  EXPECT_TRUE(t.is_over());
  auto ending = ending_of(t.handle());
  env.run();
  EXPECT_EQ(*ending, errc::target_down);
}

// Timers cannot be taken back everywhere.
TEST_F(team_of, timers_do_not_pile_up_while_a_child_waits) {
  broken = {"b"};
  auto o = options();
  o.restart.max_restarts = 1'000;
  o.restart.backoff.initial_delay = 10ms;
  o.restart.stable_after = 0s;
  auto t = rt.team("t", abc(), o);
  env.run();
  for (int i = 0; i < 100; ++i) {
    end(now["a"]);
    env.advance(10ms);
  }
  EXPECT_EQ(status_of(t, 0).restarts, 100u);
  EXPECT_LT(env.advance(10s), 20u) << "b is tried once more";
}

TEST_F(team_of, in_flight_calls_are_answered) {
  std::vector<child_spec> specs{{"keeper",
                                 [this](caf::actor_system& sys) {
                                   return now["keeper"] =
                                            sys.spawn<target>(told);
                                 },
                                 quick()}};
  auto t = rt.team("t", specs, options());
  told->how = manner::keep;
  auto r = ask(t.child("keeper"));
  EXPECT_TRUE(r->pending());
  end(now["keeper"]);
  EXPECT_TRUE(r->is(errc::target_down));
  env.advance(1s);
  r = ask(t.child("keeper"));
  env.advance(limit);
  EXPECT_TRUE(r->is(errc::timed_out)) << "its own policy";
  EXPECT_EQ(rt.circuits(), names{"t/keeper"});
}

TEST_F(team_of, who_does_not_exit_in_time_is_killed) {
  auto t = rt.team("t", abc(), options());
  env.run();
  notes->stubborn = true;
  t.quit();
  env.run();
  log();
  env.advance(4999ms);
  EXPECT_EQ(log(), names{});
  EXPECT_EQ(status_of(t, 2).state, child_state::stopping);
  env.advance(1ms);
  EXPECT_EQ(log(), (names{"-c", "told b"}));
  env.advance(5s);
  env.advance(5s);
  EXPECT_TRUE(t.is_over());
}

TEST_F(team_of, a_killed_team_leaves_nobody_behind) {
  auto t = rt.team("t", abc(), options());
  env.run();
  log();
  end(t.handle());
  EXPECT_EQ(log().size(), 6u);
  EXPECT_TRUE(t.is_over());
  EXPECT_EQ(t.status().ended, "was killed");
  EXPECT_TRUE(ask(t.child("a"))->is(errc::shutting_down));
}

TEST_F(team_of, somebody_ends_a_childs_handle) {
  auto t = rt.team("t", abc(), options());
  env.run();
  log();
  end(t.child("b"));
  EXPECT_TRUE(t.is_over());
  EXPECT_EQ(t.status().ended, "child \"b\": somebody ended its guard");
  EXPECT_EQ(log(), (names{"told b", "-b", "told c", "-c", "told a", "-a"}));
}

TEST_F(team_of, somebody_ends_the_handle_of_a_child_that_is_down) {
  auto t = rt.team("t", abc(), options());
  env.run();
  end(now["b"]);
  end(t.child("b"));
  EXPECT_TRUE(t.is_over());
}

TEST_F(team_of, nobody_holds_it_and_it_runs) {
  auto b = rt.team("t", abc(), options()).child("b");
  env.run();
  EXPECT_TRUE(ask(b)->ok());
  end(now["b"]);
  env.advance(1s);
  EXPECT_TRUE(ask(b)->ok());
}

TEST_F(team_of, the_end_of_the_runtime_stops_it_in_order) {
  auto other = std::make_unique<runtime>(env.sys);
  auto t = other->team("t", abc(), options());
  env.run();
  end(now["a"]); // a restart is due
  log();
  other.reset();
  env.run();
  EXPECT_EQ(log(), (names{"told c", "-c", "told b", "-b"}));
  EXPECT_TRUE(t.is_over());
  env.advance(1h);
  EXPECT_EQ(log(), names{});
  EXPECT_TRUE(ask(t.child("a"))->is(errc::shutting_down));
}

TEST_F(team_of, a_stubborn_child_does_not_outlive_the_runtime) {
  auto other = std::make_unique<runtime>(env.sys);
  auto t = other->team("t", {spec("a")}, options());
  env.run();
  notes->stubborn = true;
  other.reset();
  env.run();
  env.advance(5s);
  EXPECT_TRUE(t.is_over());
  EXPECT_EQ(log().back(), "-a");
}

TEST_F(team_of, graceful_ends_may_be_left_alone) {
  auto o = options();
  o.restart.when = restart_when::failure_only;
  auto t = rt.team("t", abc(), o);
  env.run();
  end(now["a"], kind::user_shutdown);
  env.advance(1h);
  EXPECT_EQ(status_of(t, 0).state, child_state::stopped);
  auto r = ask(t.child("a"));
  EXPECT_TRUE(r->is(errc::target_down));
  EXPECT_FALSE(retry_after(r->error));
}

TEST_F(team_of, functions_that_return_the_wrong_actor_are_refused) {
  caf::actor handle;
  caf::actor dead = env.sys.spawn<child>("dead", notes);
  auto calls = std::make_shared<int>(0);
  std::vector<child_spec> specs{
    {"self", [&](caf::actor_system&) { return handle; }},
    {"dead", [&](caf::actor_system&) { return dead; }},
  };
  auto t = rt.team("t", specs, options());
  handle = t.child("self");
  end(dead);
  env.advance(1s);
  EXPECT_EQ(status_of(t, 0).last_end,
            "the new target is a guard or breaker of the same circuit");
  EXPECT_EQ(status_of(t, 1).last_end,
            "the new target is the one that has ended");
  env.advance(1h);
  EXPECT_TRUE(t.is_over());
  handle = nullptr;
}

} // namespace

} // namespace resilience::test
