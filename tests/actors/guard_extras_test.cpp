// Hedges, shedding and chaos where a guard has them; what they do in every case
// is tested without actors (core/stack_hedge_test.cpp and others).
#include "support/guard_fixture.hpp"

namespace resilience::test {

namespace {

class guard_extras : public guard_fixture {
public:
  /// A guard whose requests may be sent twice.
  caf::actor hedged(policy p) {
    auto result = rt.guard(
      worker, p, {.idempotent = [](const caf::message&) { return true; }});
    env.run();
    return result;
  }

  static policy with_hedge(std::string name = {}) {
    auto p = quick(std::move(name));
    p.hedge = hedge_config{.delay = 100ms};
    return p;
  }

  static policy with_chaos(chaos_config x, std::string name = {}) {
    auto p = quick(std::move(name));
    p.chaos = x;
    return p;
  }

  std::string description(const caf::actor& g) {
    auto result = user.control<std::string>(rt.control(g), describe_policy{});
    env.run();
    return *result;
  }
};

TEST_F(guard_extras, a_second_attempt_answers_where_the_first_is_silent) {
  auto g = hedged(with_hedge());
  told->how = manner::keep;
  auto r = ask(g, 7);
  told->how = manner::answer;
  env.advance(100ms);
  EXPECT_EQ(told->requests, 2);
  ASSERT_TRUE(r->ok());
  EXPECT_EQ(r->value, 8);
  auto m = metrics(g);
  EXPECT_EQ(m.layers.hedges, 1u);
  EXPECT_EQ(m.layers.hedges_won, 1u);
  EXPECT_EQ(m.neutral, 1u);
}

TEST_F(guard_extras, the_first_answer_that_comes_late_is_dropped) {
  auto g = hedged(with_hedge());
  told->how = manner::keep;
  auto r = ask(g, 7);
  told->how = manner::answer;
  env.advance(100ms);
  compat::anon_post(worker, answer_all{});
  env.run();
  EXPECT_EQ(r->answers, 1);
  EXPECT_EQ(r->value, 8);
  EXPECT_EQ(metrics(g).late_answers, 1u);
}

TEST_F(guard_extras, what_is_not_marked_is_sent_once) {
  auto p = with_hedge();
  auto g = rt.guard(worker, p, {.idempotent = [](const caf::message& x) {
                      return x.get_as<int32_t>(0) > 10;
                    }});
  told->how = manner::keep;
  ask(g, 7);
  ask(g, 11);
  env.advance(200ms);
  EXPECT_EQ(told->requests, 3);
}

TEST_F(guard_extras, a_hook_that_throws_marks_nothing) {
  auto g = rt.guard(worker, with_hedge(),
                    {.idempotent = [](const caf::message&) -> bool {
                      throw std::runtime_error("not today");
                    }});
  told->how = manner::keep;
  ask(g, 7);
  env.advance(200ms);
  EXPECT_EQ(told->requests, 1);
  EXPECT_EQ(metrics(g).layers.hook_failures, 1u);
}

TEST_F(guard_extras, hedging_needs_to_know_what_may_be_sent_twice) {
  auto p = with_hedge("payments");
  auto made = rt.try_guard(worker, p);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), errc::invalid_config);
  EXPECT_EQ(detail_of(made.error()),
            "hedge needs an idempotent function beside the policy, which marks "
            "the requests that may be sent twice");
  auto g = guarded(quick("payments"));
  reply_ptr r;
  user.control<circuit_status>(rt.control(g), configure{p}, &r);
  env.run();
  EXPECT_TRUE(r->is(errc::invalid_config));
}

TEST_F(guard_extras, a_target_that_is_stuck_turns_callers_away) {
  auto p = quick();
  p.shedding = shedding_config{.max_age = 500ms};
  auto g = guarded(p);
  told->how = manner::keep;
  auto first = ask(g);
  env.advance(501ms);
  auto second = ask(g);
  EXPECT_TRUE(second->is(errc::target_stuck));
  EXPECT_TRUE(first->pending());
  EXPECT_EQ(state(g), circuit_state::closed);
  compat::anon_post(worker, answer_all{});
  env.run();
  EXPECT_TRUE(first->ok());
  told->how = manner::answer;
  EXPECT_TRUE(ask(g)->ok());
  EXPECT_EQ(metrics(g).layers.shed, 1u);
}

TEST_F(guard_extras, chaos_shows_wherever_one_looks) {
  auto g = guarded(with_chaos({.error_rate = 1}, "payments"));
  auto r = ask(g);
  EXPECT_TRUE(r->is(errc::injected_fault));
  EXPECT_EQ(circuit_of(r->error), "payments");
  EXPECT_EQ(told->requests, 0);
  EXPECT_EQ(status(g).chaotic_guards, 1);
  EXPECT_EQ(rt.status_of("payments").chaotic_guards, 1);
  EXPECT_TRUE(metrics(g).layers.chaos);
  EXPECT_EQ(metrics(g).layers.injected, 1u);
  auto text = description(g);
  EXPECT_NE(text.find("chaos:     100% of attempts fail"), text.npos) << text;
  EXPECT_NE(text.find("warning:   chaos is on"), text.npos) << text;
}

TEST_F(guard_extras, chaos_shows_no_longer_than_it_is_on) {
  auto g = guarded(with_chaos({.error_rate = 1}, "payments"));
  auto other = guarded(with_chaos({.drop_rate = 1}, "payments"));
  EXPECT_EQ(rt.status_of("payments").chaotic_guards, 2);
  status_after(rt.control(g), configure{quick("payments")});
  EXPECT_EQ(rt.status_of("payments").chaotic_guards, 1);
  EXPECT_TRUE(ask(g)->ok());
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  env.run();
  EXPECT_EQ(rt.status_of("payments").chaotic_guards, 0);
}

TEST_F(guard_extras, an_answer_that_chaos_doubles_reaches_the_caller_once) {
  auto g = guarded(with_chaos({.duplicate_rate = 1}));
  auto r = ask(g, 4);
  EXPECT_EQ(r->answers, 1);
  EXPECT_EQ(r->value, 5);
  EXPECT_EQ(metrics(g).late_answers, 1u);
}

TEST_F(guard_extras, chaos_delays_and_drops) {
  auto late = guarded(with_chaos({.delay_rate = 1, .delay = 1s}));
  auto r = ask(late, 4);
  env.advance(999ms);
  EXPECT_EQ(told->requests, 0);
  env.advance(1ms);
  EXPECT_EQ(r->value, 5);
  auto lost = guarded(with_chaos({.drop_rate = 1}));
  r = ask(lost);
  env.advance(limit);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(told->requests, 1);
}

} // namespace

} // namespace resilience::test
