// The supervisor: what it answers for all circuits, and what subscribers get.
#include "support/supervised.hpp"

namespace resilience::test {

namespace {

using names = std::vector<std::string>;

// -- circuits -----------------------------------------------------------------

TEST_F(supervised, lists_and_tells_of_every_circuit_with_a_name) {
  auto a = guarded(quick("b"));
  auto b = guarded(quick("a"));
  guarded(quick());
  fail(a, 3);
  EXPECT_EQ(asked<circuit_names>(list_circuits{}).names, (names{"a", "b"}));
  auto all = asked<all_status>(get_all_status{}).circuits;
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[0].state, circuit_state::closed);
  EXPECT_EQ(all[1].state, circuit_state::open);
  auto totals = asked<all_metrics>(get_all_metrics{}).circuits;
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[1].name, "b");
  EXPECT_EQ(totals[1].totals.failures, 3u);
  auto x = now();
  EXPECT_EQ(x.closed, 1u);
  EXPECT_EQ(x.open, 1u);
  EXPECT_EQ(x.events, 1u);
  EXPECT_EQ(x.store, "memory");
  EXPECT_EQ(x.store_fault, "");
}

TEST_F(supervised, resets_all) {
  auto a = guarded(quick("a"));
  auto b = guarded(quick("b"));
  fail(a, 3);
  EXPECT_EQ(asked<uint64_t>(reset_all{}), 2u);
  EXPECT_EQ(state(a), circuit_state::closed);
  EXPECT_EQ(state(b), circuit_state::closed);
}

TEST_F(supervised, finds_a_circuit_by_name) {
  auto a = guarded(quick("a"));
  fail(a, 3);
  auto found = asked<caf::actor>(find_circuit{"a"});
  EXPECT_EQ(status(found).state, circuit_state::open);
  errc refused{};
  asked<caf::actor>(find_circuit{"other"}, &refused);
  EXPECT_EQ(refused, errc::unknown_circuit);
}

TEST_F(supervised, makes_a_breaker_once) {
  auto one = asked<caf::actor>(ensure_breaker{quick("a")});
  auto two = asked<caf::actor>(ensure_breaker{quick("a")});
  EXPECT_EQ(one, two);
  EXPECT_EQ(asked<circuit_names>(list_circuits{}).names, names{"a"});
}

TEST_F(supervised, refuses_other_settings_unless_they_shall_replace) {
  auto a = guarded(quick("a"));
  fail(a, 2);
  auto other = quick("a");
  other.breaker->failure_threshold = 9;
  auto r = user.ask_for<caf::actor>([](reply&, const caf::actor&) {},
                                    rt.supervisor(), ensure_breaker{other});
  env.run();
  EXPECT_TRUE(r->is(errc::invalid_config));
  EXPECT_EQ(detail_of(r->error),
            "the circuit exists with other settings: "
            "breaker.failure_threshold is 3 there and 9 here");
  asked<caf::actor>(ensure_breaker{other, true});
  EXPECT_EQ(status(a).consecutive_failures, 2) << "in place";
  fail(a, 6);
  EXPECT_EQ(state(a), circuit_state::closed);
  fail(a, 1);
  EXPECT_EQ(state(a), circuit_state::open);
}

TEST_F(supervised, names_every_fault_of_a_breaker) {
  policy bad;
  bad.breaker->failure_threshold = 0;
  auto r = user.ask_for<caf::actor>([](reply&, const caf::actor&) {},
                                    rt.supervisor(), ensure_breaker{bad});
  env.run();
  EXPECT_TRUE(r->is(errc::invalid_config));
  EXPECT_NE(detail_of(r->error).find("breaker.failure_threshold"),
            std::string::npos);
  EXPECT_NE(detail_of(r->error).find("name must not be empty"),
            std::string::npos);
}

TEST_F(supervised, explains_an_open_circuit) {
  auto a = guarded(quick("a"));
  fail(a, 3);
  auto text = asked<std::string>(explain_circuit{"a"});
  EXPECT_NE(text.find("\"a\" is open since "), std::string::npos) << text;
  EXPECT_NE(text.find("3 calls in a row failed"), std::string::npos) << text;
  EXPECT_NE(text.find("probes in 10s"), std::string::npos) << text;
  EXPECT_NE(text.find("runtime_error"), std::string::npos) << text;
}

TEST_F(supervised, explains_what_is_missing_for_a_circuit_to_open) {
  auto a = guarded(quick("a"));
  fail(a, 2);
  auto text = asked<std::string>(explain_circuit{"a"});
  EXPECT_NE(text.find("2 of 3 failures in a row"), std::string::npos) << text;
  errc refused{};
  asked<std::string>(explain_circuit{"other"}, &refused);
  EXPECT_EQ(refused, errc::unknown_circuit);
}

// -- events -------------------------------------------------------------------

TEST_F(supervised, tells_subscribers_of_all_circuits) {
  auto a = guarded(quick("a"));
  auto b = guarded(quick("b"));
  auto x = subscribed();
  fail(a, 3);
  fail(b, 3);
  env.advance(cooldown);
  ASSERT_EQ(x.got->events.size(), 4u);
  EXPECT_EQ(x.got->events[0].name, "a");
  EXPECT_EQ(x.got->events[0].to, circuit_state::open);
  EXPECT_EQ(x.got->events[1].name, "b");
  EXPECT_EQ(x.got->events[3].to, circuit_state::half_open);
  EXPECT_EQ(x.got->dropped, 0u);
}

TEST_F(supervised, filters_by_name_and_state) {
  auto a = guarded(quick("a"));
  auto b = guarded(quick("b"));
  auto by_name = subscribed({.filter = {.names = {"b"}}});
  auto by_state =
    subscribed({.filter = {.to = into(circuit_state::half_open)}});
  fail(a, 3);
  fail(b, 3);
  env.advance(cooldown);
  ASSERT_EQ(by_name.got->events.size(), 2u);
  EXPECT_EQ(by_name.got->events[0].name, "b");
  ASSERT_EQ(by_state.got->events.size(), 2u);
  EXPECT_EQ(by_state.got->events[0].to, circuit_state::half_open);
}

TEST_F(supervised, a_slow_subscriber_gets_one_batch_at_a_time_and_no_flood) {
  auto a = guarded(quick("a"));
  auto control = rt.control(a);
  auto slow = subscribed({.capacity = 3});
  auto quick_one = subscribed();
  slow.got->slow = true;
  for (int i = 0; i < 5; ++i) {
    status_after(control, isolate{});
    status_after(control, reset{});
  }
  EXPECT_EQ(slow.got->batches, std::vector<size_t>{1});
  EXPECT_EQ(quick_one.got->events.size(), 10u);
  compat::anon_post(slow.self, answer_all{});
  env.run();
  EXPECT_EQ(slow.got->batches, (std::vector<size_t>{1, 3}));
  EXPECT_EQ(slow.got->dropped, 6u);
}

TEST_F(supervised, a_subscriber_that_leaves_or_dies_is_forgotten) {
  auto a = guarded(quick("a"));
  auto leaves = subscribed();
  auto dies = subscribed();
  EXPECT_EQ(now().subscribers, 2u);
  compat::anon_post(leaves.self, unsubscribe_events{});
  caf::anon_send_exit(dies.self, caf::exit_reason::kill);
  env.run();
  EXPECT_EQ(now().subscribers, 0u);
  fail(a, 3);
  EXPECT_TRUE(leaves.got->events.empty());
}

TEST_F(supervised, leaving_and_coming_back_gives_no_second_batch) {
  auto a = guarded(quick("a"));
  auto x = idle_subscriber();
  x.got->slow = true;
  compat::anon_post(x.self, subscribe_events{});
  env.run();
  fail(a, 3);
  EXPECT_EQ(x.got->batches.size(), 1u) << "and it is not answered";
  compat::anon_post(x.self, unsubscribe_events{});
  env.run();
  EXPECT_EQ(now().subscribers, 0u);
  compat::anon_post(x.self, subscribe_events{});
  env.run();
  EXPECT_EQ(now().subscribers, 1u);
  rt.reset_all();
  env.run();
  EXPECT_EQ(x.got->batches.size(), 1u);
  compat::anon_post(x.self, answer_all{});
  env.run();
  EXPECT_EQ(x.got->batches.size(), 2u);
}

TEST_F(supervised, whoever_leaves_with_a_batch_is_forgotten_by_its_answer) {
  auto a = guarded(quick("a"));
  auto x = idle_subscriber();
  x.got->slow = true;
  compat::anon_post(x.self, subscribe_events{});
  env.run();
  fail(a, 3);
  compat::anon_post(x.self, unsubscribe_events{});
  env.run();
  rt.reset_all();
  compat::anon_post(x.self, answer_all{});
  env.run();
  EXPECT_EQ(x.got->batches.size(), 1u);
  EXPECT_EQ(now().subscribers, 0u);
}

TEST_F(supervised, who_is_linked_to_it_does_not_take_it_along) {
  end_who_is_linked_to(caf::actor_cast<caf::actor>(rt.supervisor()));
  EXPECT_EQ(now().closed, 0u) << "it answers";
}

TEST_F(supervised, ticks_of_others_do_not_make_it_busier) {
  env.advance(60s);
  auto alone = env.advance(60s);
  for (int i = 0; i < 100; ++i)
    compat::anon_post(caf::actor_cast<caf::actor>(rt.supervisor()),
                      tick{(env.now() + 1s).time_since_epoch().count()});
  env.run();
  EXPECT_EQ(env.advance(60s), alone);
}

TEST_F(supervised, its_end_answers_who_waits_for_the_writer) {
  auto own = std::make_unique<runtime>(env.sys);
  env.run();
  auto ignore = [](reply&, const auto&) {};
  auto saved =
    user.ask_for<supervisor_status>(ignore, own->supervisor(), persist_now{});
  auto past =
    user.ask_for<circuit_history>(ignore, own->supervisor(), get_history{});
  // The client sends both, the supervisor asks the writer, who does not answer.
  for (int i = 0; i < 4; ++i)
    env.step();
  EXPECT_TRUE(saved->pending());
  own.reset();
  env.run();
  EXPECT_TRUE(saved->is(errc::shutting_down) || saved->ok());
  EXPECT_TRUE(past->is(errc::shutting_down) || past->ok());
  EXPECT_TRUE(saved->is(errc::shutting_down) || past->is(errc::shutting_down))
    << "one of them waited";
}

TEST_F(supervised, a_circuit_for_which_there_is_no_room_is_not_unknown) {
  runtime small{env.sys, {.max_circuits = 1}};
  { auto a = small.breaker(quick("a")); }
  env.run();
  auto b = small.breaker(quick("b"));
  auto x = small.try_control("a");
  ASSERT_FALSE(x);
  EXPECT_EQ(code_of(x.error()), errc::limit_reached);
  EXPECT_EQ(code_of(small.try_control("c").error()), errc::unknown_circuit);
}

TEST_F(supervised, a_half_open_circuit_makes_room_and_stays_half_open) {
  runtime small{env.sys, {.max_circuits = 1}};
  {
    auto a = small.guard(worker, quick("a"));
    fail(a, 3);
  }
  env.run();
  EXPECT_FALSE(small.try_breaker(quick("b"))) << "open";
  env.advance(cooldown);
  EXPECT_TRUE(small.try_breaker(quick("b")));
  env.run();
  auto a = small.try_control("a");
  ASSERT_TRUE(a);
  auto x = user.control<circuit_status>(*a, get_status{});
  env.run();
  EXPECT_EQ(x->state, circuit_state::half_open);
}

TEST_F(supervised, a_circuit_that_is_off_by_its_policy_makes_room) {
  runtime small{env.sys, {.max_circuits = 1}};
  auto off = quick("a");
  off.breaker.reset();
  { auto a = small.breaker(off); }
  env.run();
  {
    auto b = small.breaker(quick("b"));
    EXPECT_EQ(small.circuits(), names{"b"});
    user.control<circuit_status>(b, disable{});
    env.run();
  }
  env.run();
  EXPECT_FALSE(small.try_breaker(quick("c"))) << "off by hand is remembered";
}

TEST_F(supervised, subscribing_again_changes_the_filter) {
  auto a = guarded(quick("a"));
  auto b = guarded(quick("b"));
  auto x = subscribed({.filter = {.names = {"a"}}});
  compat::anon_post(x.self, subscribe_events{.filter = {.names = {"b"}}});
  env.run();
  EXPECT_EQ(now().subscribers, 1u);
  fail(a, 3);
  fail(b, 3);
  ASSERT_EQ(x.got->events.size(), 1u);
  EXPECT_EQ(x.got->events[0].name, "b");
}

TEST_F(supervised, tells_of_changes_of_health) {
  auto says = std::make_shared<health_report>(health_report::healthy());
  auto db = env.sys.spawn([says]() -> caf::behavior {
    return {[says](get_health) { return *says; }};
  });
  auto x = subscribed({.filter = {.health = true}});
  auto checker = rt.health_checker("db", probe::actor(db));
  env.run();
  *says = health_report::unhealthy("down");
  env.advance(std::chrono::seconds{10});
  ASSERT_EQ(x.got->health.size(), 2u);
  EXPECT_EQ(x.got->health[0].name, "db");
  EXPECT_EQ(x.got->health[0].from, health_status::unknown);
  EXPECT_EQ(x.got->health[0].to, health_status::healthy);
  EXPECT_EQ(x.got->health[1].to, health_status::degraded);
  EXPECT_EQ(x.got->health[1].report.message, "down");
  EXPECT_TRUE(x.got->events.empty());
  caf::anon_send_exit(db, caf::exit_reason::kill);
}

TEST_F(supervised, subscribers_are_bounded) {
  runtime small{env.sys, {.max_subscribers = 1}};
  auto subscribe_to = [&](const supervisor_actor& whom, subscribe_events x) {
    auto got = std::make_shared<listener::shared>();
    compat::anon_post(env.sys.spawn<listener>(whom, got), std::move(x));
    env.run();
    return got;
  };
  EXPECT_EQ(subscribe_to(small.supervisor(), {.capacity = 0})->refused,
            errc::invalid_config);
  auto first = env.sys.spawn<listener>(small.supervisor(),
                                       std::make_shared<listener::shared>());
  compat::anon_post(first, subscribe_events{});
  env.run();
  EXPECT_EQ(subscribe_to(small.supervisor(), {})->refused, errc::limit_reached);
}

TEST_F(supervised, a_metrics_callback_has_a_place_of_its_own) {
  runtime small{env.sys, {.max_subscribers = 1}};
  int calls = 0;
  auto relay = [&] {
    return env.sys.spawn<metrics_relay>(
      small.supervisor(), [&](const std::string&, const std::string&,
                              const metrics_details&) { ++calls; });
  };
  auto isolated = [&](const char* name) {
    user.control<circuit_status>(small.ensure_breaker(quick(name)), isolate{});
    env.run();
  };
  auto relayed = relay();
  env.run();
  auto got = std::make_shared<listener::shared>();
  compat::anon_post(env.sys.spawn<listener>(small.supervisor(), got),
                    subscribe_events{});
  env.run();
  EXPECT_EQ(got->accepted, 1) << "a callback takes no place of others";
  isolated("a");
  EXPECT_EQ(calls, 1);
  caf::anon_send_exit(relayed, caf::exit_reason::kill);
  relayed = relay();
  env.run();
  isolated("b");
  EXPECT_EQ(calls, 2) << "the place was taken";
  caf::anon_send_exit(relayed, caf::exit_reason::kill);
  env.run();
}

// -- history ------------------------------------------------------------------

TEST_F(supervised, history_keeps_causes_and_order) {
  auto a = guarded(quick("a"));
  auto b = guarded(quick("b"));
  fail(a, 3);
  fail(b, 3);
  env.advance(cooldown);
  auto of_a = asked<circuit_history>(get_history{.name = "a"}).entries;
  ASSERT_EQ(of_a.size(), 2u);
  EXPECT_EQ(of_a[0].event.why, cause::failures);
  EXPECT_EQ(of_a[0].event.failures, 3);
  EXPECT_EQ(of_a[1].event.why, cause::cooldown_elapsed);
  EXPECT_EQ(asked<circuit_history>(get_history{}).entries.size(), 4u);
  errc refused{};
  asked<circuit_history>(get_history{.limit = 0}, &refused);
  EXPECT_EQ(refused, errc::invalid_config);
}

TEST_F(supervised, history_keeps_its_bound_also_where_saves_are_rare) {
  runtime rare{
    env.sys,
    {.snapshot_interval = std::chrono::hours{24}, .max_transitions = 100}};
  auto a = rare.breaker(quick("a"));
  for (int i = 0; i < 50; ++i) {
    for (int j = 0; j < 110; ++j) {
      user.control<circuit_status>(a, isolate{});
      user.control<circuit_status>(a, reset{});
    }
    env.run();
  }
  auto r = user.ask_for<circuit_history>(
    [](reply&, const circuit_history& x) {
      EXPECT_LE(x.entries.size(), 1'300u);
    },
    rare.supervisor(), get_history{.limit = 100'000});
  env.run();
  EXPECT_TRUE(r->ok());
}

TEST_F(supervised, a_guard_of_a_circuit_that_left_finds_its_state_again) {
  runtime small{env.sys, {.max_circuits = 1}};
  {
    auto a = small.guard(worker, quick("a"));
    fail(a, 2);
  }
  env.run();
  {
    auto b = small.guard(worker, quick("b"));
    EXPECT_EQ(small.circuits(), names{"b"});
  }
  env.run();
  auto a = small.guard(worker, quick("a"));
  EXPECT_EQ(small.circuits(), names{"a"});
  fail(a, 1);
  auto x = user.control<circuit_status>(small.control(a), get_status{});
  env.run();
  EXPECT_EQ(x->state, circuit_state::open) << "the third failure in a row";
}

} // namespace

} // namespace resilience::test
