// Teams as others see them: messages, types, teams in teams, faults.
#include "support/team_fixture.hpp"

namespace resilience::test {

namespace {

TEST_F(team_of, its_actor_answers_for_it) {
  auto t = rt.team("t", abc(), options());
  auto status = std::make_shared<team_status>();
  user.ask_for<team_status>([=](reply&, const team_status& x) { *status = x; },
                            t.handle(), get_team_status{});
  auto child = std::make_shared<caf::actor>();
  user.ask_for<caf::actor>([=](reply&, const caf::actor& x) { *child = x; },
                           t.handle(), get_child{"c"});
  auto none = user.ask_for<caf::actor>([](reply&, const caf::actor&) {},
                                       t.handle(), get_child{"d"});
  env.run();
  EXPECT_EQ(*status, t.status());
  EXPECT_EQ(*child, t.child("c"));
  EXPECT_TRUE(none->is(errc::invalid_config));
  EXPECT_EQ(detail_of(none->error), "no child \"d\"");
  EXPECT_THROW(t.child("d"), invalid_config_error);
}

TEST_F(team_of, typed_children_keep_their_type) {
  using number_actor = compat::typed_handle<int32_t(int32_t)>;
  std::vector<child_spec> specs{
    {"n", respawn_with([this](caf::actor_system& sys) {
       return caf::actor_cast<number_actor>(now["n"] =
                                              sys.spawn<child>("n", notes));
     })}};
  auto t = rt.team("t", specs);
  auto r = user.ask(t.child<number_actor>("n"), int32_t{1});
  env.run();
  EXPECT_EQ(r->value, 2);
}

// -- teams in teams -----------------------------------------------------------

TEST_F(team_of, a_team_may_be_a_child) {
  int inner_teams = 0;
  auto o = options();
  o.restart.max_restarts = 1;
  std::vector<child_spec> specs{
    spec("a"), {"inner", [&, o](caf::actor_system&) {
                  ++inner_teams;
                  return rt.team("inner", {spec("x"), spec("y")}, o).handle();
                }}};
  auto outer = rt.team("outer", specs, options());
  env.run();
  auto inner = outer.child("inner");
  auto find_x = [&] {
    auto result = std::make_shared<caf::actor>();
    user.ask_for<caf::actor>([=](reply&, const caf::actor& x) { *result = x; },
                             inner, get_child{"x"});
    env.run();
    return *result;
  };
  auto x = find_x();
  EXPECT_TRUE(ask(x)->ok());
  end(now["x"]);
  env.advance(1s);
  EXPECT_TRUE(ask(x)->ok()) << "the inner team restarted it";
  EXPECT_EQ(inner_teams, 1);
  log();
  end(now["x"]); // too often for the inner team
  EXPECT_EQ(log(), (names{"-x", "told y", "-y"}));
  EXPECT_NE(status_of(outer, 1).last_end.find("gave up"), std::string::npos)
    << status_of(outer, 1).last_end;
  EXPECT_TRUE(ask(x)->is(errc::target_down));
  env.advance(1s);
  EXPECT_EQ(inner_teams, 2);
  EXPECT_TRUE(ask(find_x())->ok());
  log();
  outer.quit();
  env.run();
  EXPECT_EQ(log(), (names{"told y", "-y", "told x", "-x", "told a", "-a"}));
}

// -- faults -------------------------------------------------------------------

TEST_F(team_of, every_fault_is_told_at_once) {
  auto specs = abc();
  specs[0].name = "";
  specs[1].name = "c";
  specs[1].start = nullptr;
  specs[2].guard = quick();
  specs[2].guard->breaker->failure_threshold = 0;
  specs[2].guard->restart = restart_config{};
  specs.push_back(spec("x/y"));
  specs[3].extras.respawn = specs[3].start;
  auto o = options();
  o.stop_limit = 0s;
  auto error = rt.try_team("", specs, o).error();
  EXPECT_EQ(
    detail_of(error),
    "stop_limit must be between 1ms and 8760h, is 0s; name must not be empty; "
    "children[0].name must not be empty; children[1].start must not be empty; "
    "children[2].guard.restart must be off: the team restarts; "
    "children[2].guard.breaker.failure_threshold must be between 1 and "
    "1000000, is 0; children[2].name must be another, \"c\" is taken; "
    "children[3].name must not contain /, is \"x/y\"; "
    "children[3].extras.respawn must be empty: start is for that");
  EXPECT_EQ(log(), names{});
  EXPECT_THROW(rt.team("t", {}, options()), invalid_config_error);
  EXPECT_FALSE(rt.try_team("t", std::vector<child_spec>(1'001), options()));
}

TEST_F(team_of, a_name_taken_with_other_settings_is_a_fault) {
  auto g = guarded(quick("taken"));
  auto specs = abc();
  specs[1].guard = policy{.name = "taken"};
  auto error = rt.try_team("t", specs, options()).error();
  EXPECT_EQ(detail_of(error).find("children[1]: "), 0u) << detail_of(error);
  EXPECT_EQ(log(), names{});
}

TEST_F(team_of, one_that_is_refused_leaves_no_circuit) {
  auto g = guarded(quick("taken"));
  auto specs = abc();
  specs[0].guard = quick();
  specs[1].guard = policy{.name = "taken"};
  specs[2].guard = policy{.name = "taken", .provider = "another"};
  auto text = detail_of(rt.try_team("t", specs, options()).error());
  for (auto* path : {"children[1]: ", "children[2]: "})
    EXPECT_NE(text.find(path), std::string::npos) << text;
  EXPECT_EQ(rt.circuits(), names{"taken"});
  specs[0].guard->breaker->failure_threshold = 7;
  specs[1].guard = specs[2].guard = quick("taken");
  EXPECT_TRUE(rt.try_team("t", specs, options()));
  EXPECT_EQ(rt.circuits(), (names{"t/a", "taken"}));
}

TEST_F(team_of, children_of_one_name_and_two_settings_are_a_fault) {
  auto specs = abc();
  specs[0].guard = quick("same");
  specs[1].guard = quick("same");
  specs[1].guard->breaker->failure_threshold = 7;
  specs[2].guard = quick("same");
  auto text = detail_of(rt.try_team("t", specs, options()).error());
  EXPECT_EQ(text, "children[1]: children[0] has a circuit of that name with "
                  "other settings: breaker.failure_threshold is 3 there and 7 "
                  "here");
  EXPECT_EQ(rt.circuits(), names{});
}

// -- circuits of children -----------------------------------------------------

TEST_F(team_of, children_without_a_breaker_take_no_place_among_circuits) {
  runtime small{env.sys, {.max_circuits = 5}};
  for (int i = 0; i < 9; ++i) {
    auto t = small.team(std::to_string(i), {spec("a")}, options());
    EXPECT_TRUE(ask(t.child("a"))->ok());
    t.quit();
    env.run();
  }
  EXPECT_EQ(small.circuits(), names{});
  EXPECT_TRUE(small.try_guard(worker, quick("x")));
}

TEST_F(team_of, children_without_a_breaker_are_called_by_their_name) {
  auto t = rt.team("t", abc(), options());
  auto a = t.child("a");
  EXPECT_EQ(status(a).name, "t/a");
  end(now["a"]);
  EXPECT_EQ(circuit_of(ask(a)->error), "t/a");
  EXPECT_EQ(status_after(rt.control(a), isolate{}).state,
            circuit_state::isolated);
  EXPECT_EQ(circuit_of(ask(a)->error), "t/a");
  circuit_history history;
  auto r = user.ask_for<circuit_history>(
    [&](reply&, const circuit_history& x) { history = x; }, rt.supervisor(),
    get_history{});
  env.run();
  EXPECT_TRUE(r->ok());
  EXPECT_TRUE(history.entries.empty());
  EXPECT_FALSE(rt.try_control("t/a"));
}

TEST_F(team_of, a_child_with_a_name_of_its_own_is_among_the_circuits) {
  auto specs = abc();
  specs[0].guard = policy{.name = "mine", .breaker = std::nullopt};
  specs[1].guard = policy{};
  auto t = rt.team("t", specs, options());
  EXPECT_EQ(rt.circuits(), (names{"mine", "t/b"}));
}

// -- restarts -----------------------------------------------------------------

TEST_F(team_of, the_restarts_of_a_child_are_not_its_guards) {
  auto t = rt.team("t", abc(), options());
  auto p = quick();
  p.restart = restart_config{};
  reply_ptr raw;
  user.control<circuit_status>(rt.control(t.child("a")), configure{p}, &raw);
  env.run();
  EXPECT_TRUE(raw->is(errc::invalid_config));
  EXPECT_EQ(detail_of(raw->error), "restart must be off: the team restarts");
}

} // namespace

} // namespace resilience::test
