// Restarts beside the other layers of a guard, and their settings.
#include "support/restart_fixture.hpp"

namespace resilience::test {

namespace {

// -- retries, queues, other layers --------------------------------------------

TEST_F(restart, a_call_that_may_be_repeated_waits_for_the_new_target) {
  auto p = restarting();
  p.retry = retry_config{
    .backoff = {.initial_delay = 10ms, .jitter = jitter_kind::none}};
  told->how = manner::keep;
  auto g = guarded_again(p);
  auto flying = ask(g, 1);
  told->how = manner::fail;
  auto pausing = ask(g, 2);
  told->how = manner::answer;
  end(worker);
  auto late = ask(g, 3);
  EXPECT_TRUE(flying->pending());
  EXPECT_TRUE(late->pending());
  env.stall(999ms);
  EXPECT_TRUE(flying->pending());
  EXPECT_TRUE(late->pending());
  env.stall(1ms);
  EXPECT_EQ(late->value, 4);
  EXPECT_EQ(layers(g).restarts, 1u);
  // Its own pause was shorter: its second attempt found nobody. So it is with
  // the one in flight where CAF said nothing of the target's end.
  EXPECT_TRUE(pausing->pending());
  env.advance(20ms);
  EXPECT_EQ(pausing->value, 3);
  EXPECT_EQ(flying->value, 2);
}

TEST_F(restart, nobody_waits_for_a_restart_that_is_too_far_away) {
  auto p = restarting();
  p.retry = retry_config{.backoff = {.initial_delay = 10ms}, .max_hint = 500ms};
  auto g = guarded_again(p);
  end(worker);
  auto r = ask(g);
  ASSERT_TRUE(r->is(errc::target_down));
  EXPECT_EQ(retries_of(r->error), (retry_report{1, retry_stop::hint, 1s}));
  EXPECT_EQ(retry_after(r->error), 1s);
}

TEST_F(restart, who_waits_is_told_when_the_target_is_given_up) {
  auto p = restarting();
  p.restart->max_restarts = 1;
  p.retry = retry_config{
    .max_attempts = 9,
    .backoff = {.initial_delay = 30s, .jitter = jitter_kind::none}};
  auto g = guarded_by([](caf::actor_system&) { return caf::actor{}; }, p);
  end(worker);
  auto r = ask(g);
  EXPECT_TRUE(r->pending());
  env.advance(1s);
  ASSERT_TRUE(r->is(errc::target_down));
  EXPECT_EQ(retries_of(r->error)->why, retry_stop::target_down);
  EXPECT_TRUE(ask(g)->is(errc::target_down));
}

TEST_F(restart, turned_off_in_between_it_does_not_come) {
  auto p = restarting();
  p.retry = retry_config{.backoff = {.initial_delay = 30s}};
  auto g = guarded_again(p);
  end(worker);
  auto r = ask(g);
  EXPECT_TRUE(r->pending());
  p.restart.reset();
  status_after(rt.control(g), configure{p});
  EXPECT_TRUE(r->is(errc::target_down)) << "nobody waits in vain";
  env.advance(1h);
  EXPECT_TRUE(made.empty());
  EXPECT_TRUE(layers(g).down);
  auto in_force = user.control<policy>(rt.control(g), get_policy{});
  env.run();
  EXPECT_EQ(in_force->restart, std::nullopt);
  status_after(rt.control(g), reset{});
  EXPECT_TRUE(made.empty()) << "off is off";
}

TEST_F(restart, the_circuit_outlives_its_target) {
  auto p = restarting();
  p.breaker->failure_threshold = 2;
  auto g = guarded_again(p);
  fail(g, 1);
  end(worker);
  ask(g);
  EXPECT_EQ(state(g), circuit_state::open) << "the second failure";
  env.advance(1s);
  EXPECT_EQ(made.size(), 1u);
  EXPECT_EQ(state(g), circuit_state::open);
  env.advance(cooldown);
  EXPECT_TRUE(ask(g)->ok());
}

TEST_F(restart, plain_messages_go_to_the_new_target) {
  auto g = guarded_again();
  end(worker);
  compat::anon_post(g, int32_t{1});
  env.run();
  EXPECT_EQ(metrics(g).dropped, 1u);
  env.advance(1s);
  compat::anon_post(g, int32_t{1});
  env.run();
  EXPECT_EQ(told->plain, 1);
}

TEST_F(restart, a_new_target_may_be_a_guard_and_takes_the_deadline) {
  auto inner = quick();
  inner.timeout->limit = 60s;
  caf::actor second;
  auto g = guarded_by([&](caf::actor_system& sys) {
    made.push_back(sys.spawn<target>(told));
    return second = rt.guard(made.back(), inner);
  });
  end(worker);
  env.advance(1s);
  told->how = manner::keep;
  auto r = ask(g);
  env.advance(limit);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(metrics(second).failures, 1u) << "long before its own limit";
}

// -- settings -----------------------------------------------------------------

TEST_F(restart, is_on_where_a_function_is_given) {
  hooks x;
  x.respawn = maker();
  auto g = rt.guard(worker, quick(), x);
  auto in_force = user.control<policy>(rt.control(g), get_policy{});
  env.run();
  EXPECT_EQ(in_force->restart, restart_config{});
  auto text = user.control<std::string>(rt.control(g), describe_policy{});
  env.run();
  EXPECT_NE(text->find("restart:   a target"), std::string::npos) << *text;
}

TEST_F(restart, needs_a_function) {
  auto error = rt.try_guard(worker, restarting()).error();
  EXPECT_EQ(detail_of(error), "restart needs a function beside the policy that "
                              "makes a new target");
  auto g = guarded(quick());
  reply_ptr raw;
  user.control<circuit_status>(rt.control(g), configure{restarting()}, &raw);
  env.run();
  EXPECT_TRUE(raw->is(errc::invalid_config));
  auto p = restarting();
  p.restart->max_restarts = -1;
  hooks x;
  x.respawn = maker();
  EXPECT_EQ(detail_of(rt.try_guard(worker, p, x).error()),
            "restart.max_restarts must be between 0 and 1000, is -1");
}

TEST_F(restart, new_settings_apply_in_place) {
  auto g = guarded_again();
  auto p = restarting();
  p.restart->backoff.initial_delay = 7s;
  status_after(rt.control(g), configure{p});
  end(worker);
  EXPECT_EQ(retry_after(ask(g)->error), 7s);
}

TEST_F(restart, typed_targets_stay_typed) {
  using number_actor = compat::typed_handle<int32_t(int32_t)>;
  auto typed = [this](caf::actor_system& sys) {
    made.push_back(sys.spawn<target>(told));
    return caf::actor_cast<number_actor>(made.back());
  };
  hooks x;
  x.respawn = respawn_with(typed);
  number_actor g = rt.guard(typed(env.sys), restarting(), x);
  end(made.at(0));
  env.advance(1s);
  EXPECT_EQ(made.size(), 2u);
  auto r = user.ask(g, int32_t{4});
  env.run();
  EXPECT_EQ(r->value, 5);
}

} // namespace

} // namespace resilience::test
