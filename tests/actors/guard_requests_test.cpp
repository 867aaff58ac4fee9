// What a guard does to requests and plain messages.
#include "support/guard_fixture.hpp"

#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace resilience::test {

class guard_requests : public guard_fixture {};

TEST_F(guard_requests, pass_and_are_answered_by_the_guard) {
  auto g = guarded();
  caf::actor_addr sender;
  user.run([&](caller* me) {
    compat::request(me, g, caf::infinite, int32_t{41})
      .then(
        [&, me](int32_t x) {
          EXPECT_EQ(x, 42);
          sender = caf::actor_cast<caf::actor_addr>(me->current_sender());
        },
        [](caf::error&) { FAIL(); });
  });
  env.run();
  EXPECT_EQ(sender, g.address());
  EXPECT_EQ(told->requests, 1);
}

TEST_F(guard_requests, carry_any_number_of_values_both_ways) {
  auto g = guarded();
  int seen = 0;
  user.run([&](caller* me) {
    compat::request(me, g, caf::infinite, int32_t{2}, int32_t{3})
      .then(
        [&](int32_t x, const std::string& y) {
          EXPECT_EQ(x, 5);
          EXPECT_EQ(y, "sum");
          ++seen;
        },
        [](caf::error&) { FAIL(); });
    compat::request(me, g, caf::infinite, 1.f)
      .then([&] { ++seen; }, [](caf::error&) { FAIL(); });
    compat::request(me, g, caf::infinite, std::string(1000, 'x'))
      .then([&](const std::string& x) { seen += x.size() == 1000; },
            [](caf::error&) { FAIL(); });
  });
  env.run();
  EXPECT_EQ(seen, 3);
}

TEST_F(guard_requests, keep_their_priority) {
  auto g = guarded();
  ask(g);
  EXPECT_EQ(told->category, caf::message_id::normal_message_category);
  auto id = caf::message_id{7}.with_high_priority();
  g->enqueue(
    compat::make_element(caf::actor_cast<caf::strong_actor_ptr>(user.self), id,
                         caf::make_message(int32_t{1})),
    nullptr);
  env.run();
  EXPECT_EQ(told->category, caf::message_id::urgent_message_category);
}

TEST_F(guard_requests, keep_the_order_of_one_caller) {
  auto g = guarded();
  std::vector<int32_t> answers;
  user.run([&](caller* me) {
    for (int32_t i = 0; i < 50; ++i)
      compat::request(me, g, caf::infinite, i)
        .then([&](int32_t x) { answers.push_back(x); }, [](caf::error&) {});
  });
  env.run();
  ASSERT_EQ(answers.size(), 50u);
  EXPECT_TRUE(std::is_sorted(answers.begin(), answers.end()));
}

TEST_F(guard_requests, open_the_circuit_and_are_rejected_at_once) {
  auto g = guarded(quick("payments"));
  fail(g, 2);
  EXPECT_EQ(state(g), circuit_state::closed);
  fail(g, 1);
  EXPECT_EQ(state(g), circuit_state::open);
  auto before = told->requests.load();
  env.advance(3s);
  auto r = ask(g);
  EXPECT_TRUE(r->is(errc::circuit_open));
  EXPECT_EQ(retry_after(r->error), 7s);
  EXPECT_EQ(circuit_of(r->error), "payments");
  EXPECT_EQ(told->requests, before);
}

TEST_F(guard_requests, are_rejected_on_the_senders_thread) {
  auto g = guarded();
  fail(g, 3);
  caf::scoped_actor self{env.sys};
  auto pending = compat::request(self, g, caf::infinite, int32_t{1});
  // Nothing ran in between: the answer is there when `request` returns.
  EXPECT_TRUE(self->has_next_message());
  std::move(pending).receive(
    [](int32_t) { FAIL(); },
    [](caf::error& e) { EXPECT_EQ(e, errc::circuit_open); });
}

TEST_F(guard_requests, heal_through_probes) {
  auto g = guarded();
  fail(g, 3);
  env.advance(cooldown);
  EXPECT_EQ(state(g), circuit_state::half_open);
  EXPECT_TRUE(ask(g)->ok());
  EXPECT_EQ(state(g), circuit_state::half_open);
  EXPECT_TRUE(ask(g)->ok());
  EXPECT_EQ(state(g), circuit_state::closed);
}

TEST_F(guard_requests, reopen_when_a_probe_fails) {
  auto g = guarded();
  fail(g, 3);
  env.advance(cooldown);
  fail(g, 1);
  EXPECT_EQ(state(g), circuit_state::open);
  EXPECT_EQ(retry_after(ask(g)->error), duration{cooldown});
}

TEST_F(guard_requests, probe_no_more_than_allowed) {
  auto g = guarded();
  fail(g, 3);
  env.advance(cooldown);
  told->how = manner::keep;
  auto a = ask(g);
  auto b = ask(g);
  auto c = ask(g);
  EXPECT_TRUE(a->pending());
  EXPECT_TRUE(b->pending());
  EXPECT_TRUE(c->is(errc::half_open_full));
  EXPECT_EQ(retry_after(c->error), std::nullopt);
  compat::anon_post(worker, answer_all{});
  env.run();
  EXPECT_EQ(a->value, 55);
  EXPECT_EQ(state(g), circuit_state::closed);
}

TEST_F(guard_requests, the_target_does_not_know_say_nothing_about_it) {
  auto g = guarded();
  for (int i = 0; i < 10; ++i) {
    auto r = user.ask(g, uint16_t{1});
    env.run();
    EXPECT_EQ(r->error, caf::sec::unexpected_message);
  }
  EXPECT_EQ(state(g), circuit_state::closed);
  EXPECT_EQ(metrics(g).neutral, 10u);
}

TEST_F(guard_requests, answered_by_the_error_of_a_backend_get_that_error) {
  auto g = guarded();
  told->how = manner::backend;
  EXPECT_EQ(ask(g)->error, caf::sec::request_receiver_down);
}

TEST_F(guard_requests, answered_twice_are_answered_once) {
  auto g = guarded();
  told->how = manner::twice;
  auto r = ask(g);
  EXPECT_EQ(r->answers, 1);
  EXPECT_EQ(r->value, -1);
  EXPECT_EQ(metrics(g).late_answers, 1u);
}

TEST_F(guard_requests, count_in_the_metrics) {
  auto g = guarded();
  ask(g);
  fail(g, 3);
  ask(g);
  auto m = metrics(g);
  EXPECT_EQ(m.total_calls, 4u);
  EXPECT_EQ(m.successes, 1u);
  EXPECT_EQ(m.failures, 3u);
  EXPECT_EQ(m.rejected, 1u);
  EXPECT_EQ(m.times_opened, 1u);
  EXPECT_DOUBLE_EQ(m.success_rate, 0.25);
  EXPECT_EQ(status(g).permits_in_use, 0u);
}

TEST_F(guard_requests, beyond_the_limit_in_flight_are_refused) {
  auto p = quick();
  p.max_in_flight = 2;
  auto g = guarded(p);
  told->how = manner::keep;
  ask(g);
  ask(g);
  auto r = ask(g);
  EXPECT_TRUE(r->is(errc::overloaded));
  EXPECT_EQ(detail_of(r->error), "2 requests in flight");
  EXPECT_EQ(status(g).permits_in_use, 2u);
}

TEST_F(guard_requests, without_breaker_never_trip) {
  auto p = quick();
  p.breaker.reset();
  auto g = guarded(p);
  fail(g, 50);
  EXPECT_EQ(state(g), circuit_state::disabled);
  EXPECT_TRUE(ask(g)->ok());
  EXPECT_EQ(metrics(g).failures, 50u);
}

TEST_F(guard_requests, of_a_typed_target_keep_their_type) {
  using number_actor = compat::typed_handle<int32_t(int32_t)>;
  auto typed = caf::actor_cast<number_actor>(worker);
  auto g = rt.guard(typed, quick());
  static_assert(std::is_same_v<decltype(g), number_actor>);
  auto r = user.ask(g, int32_t{1});
  env.run();
  EXPECT_EQ(r->value, 2);
}

TEST_F(guard_requests, plain_messages_pass_and_are_answered_directly) {
  auto g = guarded();
  user.run([&](caller* me) { compat::post(me, g, int32_t{9}); });
  env.run();
  EXPECT_EQ(told->plain, 1);
  EXPECT_EQ(user.state->plain, std::vector<int32_t>{10});
}

TEST_F(guard_requests, plain_messages_are_dropped_while_not_closed) {
  auto g = guarded();
  fail(g, 3);
  compat::anon_post(g, int32_t{9});
  env.advance(cooldown); // half-open: they never probe
  compat::anon_post(g, int32_t{9});
  env.run();
  EXPECT_EQ(told->plain, 0);
  EXPECT_EQ(metrics(g).dropped, 2u);
  EXPECT_EQ(status(g).permits_in_use, 0u);
}

TEST_F(guard_requests, pass_through_a_guard_of_a_guard) {
  auto inner = guarded(quick("inner"));
  auto outer = rt.guard(inner, quick("outer"));
  EXPECT_EQ(ask(outer, 1)->value, 2);
  // The inner rejection says nothing about the upstream to the outer guard.
  fail(outer, 3);
  EXPECT_EQ(state(inner), circuit_state::open);
  EXPECT_EQ(state(outer), circuit_state::open);
  status_after(rt.control(outer), reset{});
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(ask(outer)->is(errc::circuit_open));
  EXPECT_EQ(state(outer), circuit_state::closed);
  EXPECT_EQ(metrics(outer).neutral, 5u);
}

// Hands every number on to another actor, which answers in its place.
class delegating : public compat::actor_base {
public:
  delegating(caf::actor_config& cfg, caf::actor to)
    : compat::actor_base(cfg), to_(std::move(to)) {}

  void on_exit() override {
    to_ = nullptr;
  }

  caf::behavior make_behavior() override {
    return {[this](int32_t x) -> caf::result<int32_t> {
      make_response_promise().delegate(to_, x);
      return caf::delegated<int32_t>{};
    }};
  }

private:
  caf::actor to_;
};

TEST_F(guard_requests, may_be_answered_by_whom_the_target_delegates_to) {
  auto g = rt.guard(env.sys.spawn<delegating>(worker), quick());
  EXPECT_EQ(ask(g)->value, 2);
  EXPECT_EQ(metrics(g).successes, 1u);
}

TEST_F(guard_requests, may_be_delegated_to_a_guard) {
  auto g = guarded();
  auto middle = env.sys.spawn<delegating>(g);
  EXPECT_EQ(ask(middle)->value, 2);
  fail(middle, 3);
  EXPECT_TRUE(ask(middle)->is(errc::circuit_open));
}

// A target that delegates to its own guard sends it the guard's own request.
TEST_F(guard_requests, of_the_guard_to_itself_do_not_reach_the_target) {
  auto first = env.sys.spawn<delegating>(worker);
  auto g = rt.guard(first, quick());
  auto loop = env.sys.spawn<delegating>(g);
  auto outer = rt.guard(loop, quick());
  EXPECT_EQ(ask(outer)->value, 2);
  // Straight back: the message that the guard sent, with the guard as sender.
  auto id = caf::message_id{7};
  g->enqueue(compat::make_element(caf::actor_cast<caf::strong_actor_ptr>(g), id,
                                  caf::make_message(int32_t{1})),
             nullptr);
  env.run();
  EXPECT_EQ(told->requests, 1);
  EXPECT_EQ(status(g).permits_in_use, 0u);
}

TEST_F(guard_requests, of_control_type_among_other_values_are_the_targets) {
  auto g = guarded();
  int errors = 0;
  user.run([&](caller* me) {
    compat::request(me, g, caf::infinite, reset{}, int32_t{1})
      .then([](int32_t) { FAIL(); }, [&](caf::error&) { ++errors; });
  });
  env.run();
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(status(g).generation, 1u);
}

} // namespace resilience::test
