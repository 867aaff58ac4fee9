// Control messages of guards and breakers.
#include "support/guard_fixture.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

class control : public guard_fixture {
public:
  caf::actor g = guarded(quick("payments"));
  control_actor c = rt.control(g);

  reply_ptr error_of(const control_actor& to, auto msg) {
    reply_ptr result;
    user.control<circuit_status>(to, msg, &result);
    env.run();
    return result;
  }
};

TEST_F(control, status_names_the_last_failure) {
  fail(g, 3);
  env.advance(4s);
  auto s = status(g);
  EXPECT_EQ(s.name, "payments");
  EXPECT_EQ(s.state, circuit_state::open);
  EXPECT_EQ(s.generation, 2u);
  EXPECT_EQ(s.retry_after, 6s);
  ASSERT_TRUE(s.last_failure.has_value());
  EXPECT_NE(s.last_failure->reason.find("runtime_error"), std::string::npos)
    << s.last_failure->reason;
  ASSERT_TRUE(s.opened_at.has_value());
  EXPECT_NEAR(
    std::chrono::duration<double>(wall_clock::now() - *s.opened_at).count(),
    4.0, 1.0);
}

TEST_F(control, reading_changes_nothing) {
  fail(g, 2);
  auto a = status(g);
  rt.control("payments");
  metrics(g);
  auto b = status(g);
  b.last_failure = a.last_failure; // a wall time, read twice
  EXPECT_EQ(a, b);
}

TEST_F(control, reset_closes_and_makes_what_is_out_late) {
  told->how = manner::keep;
  auto r = ask(g);
  told->how = manner::fail;
  fail(g, 3);
  auto s = status_after(c, reset{});
  EXPECT_EQ(s.state, circuit_state::closed);
  EXPECT_EQ(s.generation, 3u);
  compat::anon_post(worker, answer_all{});
  env.run();
  EXPECT_TRUE(r->ok());
  EXPECT_EQ(metrics(g).late, 1u);
}

TEST_F(control, isolate_rejects_until_the_last_owner_restores) {
  status_after(c, isolate{});
  EXPECT_TRUE(ask(g)->is(errc::circuit_isolated));
  status_after(c, isolate{owner::health});
  EXPECT_EQ(status_after(c, restore{}).state, circuit_state::isolated);
  EXPECT_EQ(status_after(c, restore{owner::health}).state,
            circuit_state::half_open);
}

TEST_F(control, disable_lets_all_pass_and_restore_closes) {
  status_after(c, disable{});
  fail(g, 10);
  EXPECT_EQ(state(g), circuit_state::disabled);
  EXPECT_EQ(metrics(g).failures, 10u);
  EXPECT_EQ(status_after(c, restore{}).state, circuit_state::closed);
}

TEST_F(control, an_owner_out_of_range_is_refused) {
  auto r = error_of(c, isolate{static_cast<owner>(9)});
  EXPECT_TRUE(r->is(errc::invalid_config));
  EXPECT_EQ(state(g), circuit_state::closed);
}

TEST_F(control, configure_applies_in_place) {
  fail(g, 3);
  env.advance(4s);
  auto p = quick();
  p.breaker->cooldown = 60s;
  p.breaker->failure_threshold = 1;
  auto s = status_after(c, configure{p});
  EXPECT_EQ(s.state, circuit_state::open);
  EXPECT_EQ(s.retry_after, 6s); // what was left stays
  status_after(c, reset{});
  fail(g, 1);
  EXPECT_EQ(status(g).retry_after, 60s);
}

TEST_F(control, configure_refuses_all_faults_at_once) {
  auto p = quick("other");
  p.breaker->failure_threshold = 0;
  p.timeout->limit = -1s;
  auto r = error_of(c, configure{p});
  EXPECT_TRUE(r->is(errc::invalid_config));
  EXPECT_EQ(detail_of(r->error),
            "breaker.failure_threshold must be between 1 and 1000000, is 0; "
            "timeout.limit must be between 1ms and 8760h, is -1s; "
            "name cannot change from \"payments\" to \"other\"");
  fail(g, 2);
  EXPECT_EQ(state(g), circuit_state::closed);
}

TEST_F(control, configure_turns_breaker_and_timeout_off_and_on) {
  auto p = quick();
  p.breaker.reset();
  p.timeout.reset();
  EXPECT_EQ(status_after(c, configure{p}).state, circuit_state::disabled);
  EXPECT_EQ(status_after(c, configure{quick()}).state, circuit_state::closed);
  auto text = std::make_shared<std::string>();
  user.ask_for<std::string>([text](reply&, const std::string& x) { *text = x; },
                            c, describe_policy{});
  env.run();
  EXPECT_EQ(*text, describe(quick("payments")));
}

TEST_F(control, subscribers_see_each_transition_in_order) {
  status_after(c, subscribe{});
  status_after(c, subscribe{}); // once is enough
  fail(g, 3);
  env.advance(cooldown);
  ask(g);
  ask(g);
  const auto& e = user.state->events;
  ASSERT_EQ(e.size(), 3u);
  EXPECT_EQ(e[0].from, circuit_state::closed);
  EXPECT_EQ(e[0].to, circuit_state::open);
  EXPECT_EQ(e[0].why, cause::failures);
  EXPECT_EQ(e[0].failures, 3);
  EXPECT_EQ(e[0].name, "payments");
  EXPECT_NE(e[0].last_failure.find("runtime_error"), std::string::npos);
  EXPECT_EQ(e[1].to, circuit_state::half_open);
  EXPECT_EQ(e[2].to, circuit_state::closed);
  EXPECT_EQ(e[2].generation, 4u);
  status_after(c, unsubscribe{});
  fail(g, 3);
  EXPECT_EQ(user.state->events.size(), 3u);
}

TEST_F(control, subscribers_that_died_make_room) {
  for (int32_t i = 0; i < 2 * runtime_options{}.max_subscribers; ++i) {
    client other{env.sys};
    reply_ptr r;
    other.control<circuit_status>(c, subscribe{}, &r);
    env.run();
    ASSERT_TRUE(r->ok()) << i;
    caf::anon_send_exit(other.self, caf::exit_reason::kill);
    env.run();
  }
}

TEST_F(control, subscribers_are_bounded) {
  runtime small{env.sys, {.max_subscribers = 2}};
  auto few = small.control(small.guard(worker, quick()));
  std::vector<client> clients;
  for (size_t i = 0; i < 2; ++i)
    clients.emplace_back(env.sys).control<circuit_status>(few, subscribe{});
  env.run();
  auto r = error_of(few, subscribe{});
  EXPECT_TRUE(r->is(errc::limit_reached));
  EXPECT_EQ(detail_of(r->error), "2 subscribers");
}

TEST_F(control, works_by_name_for_as_long_as_the_runtime_lives) {
  fail(g, 3);
  caf::anon_send_exit(g, caf::exit_reason::kill);
  env.run();
  EXPECT_EQ(status_after(rt.control("payments"), get_status{}).state,
            circuit_state::open);
  // A new guard finds the circuit as it is.
  EXPECT_TRUE(ask(guarded(quick("payments")))->is(errc::circuit_open));
}

TEST_F(control, of_an_unknown_name_is_an_error) {
  EXPECT_THROW(rt.control("nobody"), invalid_config_error);
  auto x = rt.try_control("nobody");
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), errc::unknown_circuit);
  EXPECT_EQ(circuit_of(x.error()), "nobody");
}

TEST_F(control, of_what_is_no_guard_is_an_error) {
  EXPECT_THROW(rt.control(worker), invalid_config_error);
  EXPECT_THROW(rt.control(caf::actor{}), invalid_config_error);
}

// -- making guards ------------------------------------------------------------

TEST_F(control, a_null_target_is_refused) {
  auto x = rt.try_guard(caf::actor{}, quick());
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), errc::invalid_config);
  EXPECT_EQ(detail_of(x.error()), "the target is null");
  EXPECT_THROW(rt.guard(caf::actor{}), invalid_config_error);
}

TEST_F(control, a_policy_out_of_range_is_refused_with_all_faults) {
  policy p;
  p.name = std::string(300, 'x');
  p.breaker->cooldown = 0s;
  p.breaker->success_threshold = -3;
  p.max_in_flight = 0;
  try {
    rt.guard(worker, p);
    FAIL();
  } catch (const invalid_config_error& e) {
    auto text = std::string{e.what()};
    for (auto path : {"name must", "breaker.cooldown",
                      "breaker.success_threshold", "max_in_flight"})
      EXPECT_NE(text.find(path), std::string::npos) << path << ": " << text;
  }
}

TEST_F(control, a_guard_of_its_own_circuit_is_refused) {
  auto x = rt.try_guard(g, quick("payments"));
  ASSERT_FALSE(x);
  EXPECT_EQ(detail_of(x.error()),
            "the target is a guard or breaker of the same circuit");
}

TEST_F(control, a_name_taken_with_other_settings_is_refused) {
  auto p = quick("payments");
  p.provider = "acme";
  p.breaker->cooldown = 1s;
  auto x = rt.try_guard(worker, p);
  ASSERT_FALSE(x);
  EXPECT_EQ(detail_of(x.error()),
            "the circuit exists with other settings: provider is \"\" there "
            "and \"acme\" here; breaker.cooldown is 10s there and 1s here");
}

TEST_F(control, guards_of_one_name_share_their_circuit) {
  auto told2 = std::make_shared<target::shared>();
  auto worker2 = env.sys.spawn<target>(told2);
  auto g2 = rt.guard(worker2, quick("payments"));
  fail(g, 2);
  told2->how = manner::fail;
  ask(g2);
  EXPECT_TRUE(ask(g)->is(errc::circuit_open));
  EXPECT_TRUE(ask(g2)->is(errc::circuit_open));
  EXPECT_EQ(metrics(g), metrics(g2));
  EXPECT_EQ(rt.circuits(), std::vector<std::string>{"payments"});
}

TEST_F(control, circuits_are_bounded_and_open_ones_are_kept) {
  runtime small{env.sys, {.max_circuits = 2}};
  auto a = small.guard(worker, quick("a"));
  fail(a, 3);
  small.guard(worker, quick("b"));
  env.run(); // nobody holds it: it is gone
  auto d = small.guard(worker, quick("d"));
  EXPECT_EQ(small.circuits(), (std::vector<std::string>{"a", "d"}));
  caf::anon_send_exit(a, caf::exit_reason::kill);
  a = nullptr;
  env.run();
  auto x = small.try_guard(worker, quick("e"));
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), errc::limit_reached);
}

TEST_F(control, a_circuit_that_occurs_twice_in_a_chain_is_refused) {
  auto outer = rt.guard(g, quick("outer"));
  auto x = rt.try_guard(outer, quick("payments"));
  ASSERT_FALSE(x);
  EXPECT_EQ(detail_of(x.error()),
            "the target is a guard or breaker of the same circuit");
}

TEST_F(control, new_guards_need_not_know_what_was_configured_later) {
  auto p = quick("payments");
  p.breaker->cooldown = 99s;
  status_after(c, configure{p});
  EXPECT_TRUE(rt.try_guard(worker, quick("payments")));
}

TEST_F(control, a_disabled_circuit_is_not_forgotten_for_lack_of_room) {
  runtime small{env.sys, {.max_circuits = 1}};
  auto a = small.guard(worker, quick("a"));
  status_after(small.control(a), disable{});
  caf::anon_send_exit(a, caf::exit_reason::kill);
  a = nullptr;
  env.run();
  EXPECT_FALSE(small.try_guard(worker, quick("b")));
}

TEST_F(control, settings_can_be_read_changed_and_given_back) {
  auto p = user.control<policy>(c, get_policy{});
  env.run();
  EXPECT_EQ(*p, quick("payments"));
  p->timeout->limit = 7s;
  status_after(c, configure{*p});
  auto again = user.control<policy>(c, get_policy{});
  env.run();
  EXPECT_EQ(*again, *p);
}

TEST_F(control, a_breaker_that_is_off_survives_a_reset) {
  auto p = quick();
  p.breaker.reset();
  status_after(c, configure{p});
  EXPECT_EQ(status_after(c, reset{}).state, circuit_state::disabled);
  fail(g, 10);
  EXPECT_EQ(state(g), circuit_state::disabled);
}

TEST_F(control, who_left_makes_room_for_other_subscribers) {
  runtime small{env.sys, {.max_subscribers = 1}};
  auto few = small.control(small.guard(worker, quick()));
  client other{env.sys};
  other.control<circuit_status>(few, subscribe{});
  other.control<circuit_status>(few, unsubscribe{});
  env.run();
  reply_ptr r;
  user.control<circuit_status>(few, subscribe{}, &r);
  env.run();
  EXPECT_TRUE(r->ok());
}

TEST_F(control, the_last_failure_says_what_failed) {
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  env.run();
  ask(g);
  auto s = status(g);
  ASSERT_TRUE(s.last_failure);
  EXPECT_NE(s.last_failure->reason.find("target_down"), std::string::npos)
    << s.last_failure->reason;
  auto permit = user.control<call_permit>(c, acquire{});
  env.run();
  user.control<bool>(c, report{*permit, outcome::failure});
  env.run();
  EXPECT_EQ(status(g).last_failure->reason, "reported by the permit's holder");
}

TEST_F(control, by_name_survives_an_exit_message) {
  auto first = rt.control("payments");
  caf::anon_send_exit(caf::actor_cast<caf::actor>(first),
                      caf::exit_reason::kill);
  env.run();
  EXPECT_EQ(status_after(rt.control("payments"), get_status{}).name,
            "payments");
}

TEST_F(control, errors_of_ours_are_readable) {
  auto text = compat::render(
    env.sys, make_error(errc::timed_out, "payments", std::string{}));
  EXPECT_NE(text.find("timed_out"), std::string::npos) << text;
  EXPECT_NE(text.find("payments"), std::string::npos) << text;
}

} // namespace resilience::test
