// Deadlines, on the virtual clock.
#include "support/guard_fixture.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

class guard_time : public guard_fixture {
public:
  guard_time() {
    told->how = manner::keep;
  }
};

TEST_F(guard_time, a_request_times_out_and_never_early) {
  auto g = guarded();
  auto r = ask(g);
  env.advance(limit - 1ms);
  EXPECT_TRUE(r->pending());
  env.advance(1ms);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(status(g).consecutive_failures, 1);
  EXPECT_EQ(metrics(g).expired, 0u);
}

TEST_F(guard_time, each_request_has_its_own_deadline) {
  auto g = guarded();
  auto a = ask(g);
  env.advance(500ms);
  auto b = ask(g);
  env.advance(limit - 500ms);
  EXPECT_TRUE(a->is(errc::timed_out));
  EXPECT_TRUE(b->pending());
  env.advance(500ms);
  EXPECT_TRUE(b->is(errc::timed_out));
}

TEST_F(guard_time, a_late_answer_is_dropped_and_counted) {
  auto g = guarded();
  auto r = ask(g);
  env.advance(limit);
  compat::anon_post(worker, answer_all{});
  env.run();
  EXPECT_EQ(r->answers, 1);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(metrics(g).late_answers, 1u);
  EXPECT_EQ(metrics(g).successes, 0u);
}

TEST_F(guard_time, timeouts_open_the_circuit) {
  auto g = guarded();
  for (int i = 0; i < 3; ++i)
    ask(g);
  env.advance(limit);
  EXPECT_EQ(state(g), circuit_state::open);
  // At its true time: the deadline, not the moment somebody looked.
  EXPECT_EQ(retry_after(ask(g)->error), duration{cooldown});
}

TEST_F(guard_time, an_answer_that_comes_after_others_timed_out_counts_after) {
  auto g = guarded();
  ask(g);
  ask(g);
  env.advance(limit - 1ms);
  told->how = manner::answer;
  // Moves the clock past two deadlines without any timer having run.
  auto r = user.ask(g, int32_t{1});
  env.stall(1ms);
  EXPECT_TRUE(r->ok());
  EXPECT_EQ(metrics(g).failures, 2u);
  EXPECT_EQ(status(g).consecutive_failures, 0);
}

TEST_F(guard_time, without_timeout_the_lease_answers) {
  auto p = quick();
  p.timeout.reset();
  p.breaker->lease = 5s;
  auto g = guarded(p);
  auto r = ask(g);
  env.advance(5s - 1ms);
  EXPECT_TRUE(r->pending());
  env.advance(1ms);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(metrics(g).expired, 1u);
}

TEST_F(guard_time, a_timeout_may_be_longer_than_the_lease) {
  auto p = quick();
  p.timeout->limit = 5min;
  p.breaker.reset();
  auto g = guarded(p);
  auto r = ask(g);
  env.advance(5min - 1ms);
  EXPECT_TRUE(r->pending());
  env.advance(1ms);
  EXPECT_TRUE(r->is(errc::timed_out));
}

TEST_F(guard_time, a_lost_probe_does_not_wedge_half_open) {
  auto g = guarded();
  fail(g, 3);
  env.advance(cooldown);
  ask(g);
  ask(g);
  EXPECT_TRUE(ask(g)->is(errc::half_open_full));
  env.advance(limit);
  EXPECT_EQ(state(g), circuit_state::open);
  env.advance(cooldown);
  told->how = manner::answer;
  ask(g);
  ask(g);
  EXPECT_EQ(state(g), circuit_state::closed);
}

TEST_F(guard_time, the_end_of_the_cooldown_is_announced_without_any_call) {
  auto g = guarded();
  status_after(rt.control(g), subscribe{});
  fail(g, 3);
  ASSERT_EQ(user.state->events.size(), 1u);
  env.advance(cooldown - 1ms);
  EXPECT_EQ(user.state->events.size(), 1u);
  env.advance(1ms);
  ASSERT_EQ(user.state->events.size(), 2u);
  EXPECT_EQ(user.state->events[1].to, circuit_state::half_open);
  EXPECT_EQ(user.state->events[1].why, cause::cooldown_elapsed);
}

TEST_F(guard_time, a_shorter_deadline_after_a_longer_one_is_kept) {
  auto g = guarded();
  auto a = ask(g); // due at 2 s
  auto p = quick();
  p.timeout->limit = 100ms;
  status_after(rt.control(g), configure{p});
  auto b = ask(g); // due at 100 ms
  env.advance(100ms);
  EXPECT_TRUE(b->is(errc::timed_out));
  EXPECT_TRUE(a->pending());
  env.advance(limit);
  EXPECT_TRUE(a->is(errc::timed_out));
}

TEST_F(guard_time, many_guards_time_out_each_at_its_own_time) {
  std::vector<caf::actor> guards;
  std::vector<reply_ptr> replies;
  for (int i = 1; i <= 50; ++i) {
    auto p = quick();
    p.timeout->limit = i * 10ms;
    guards.push_back(guarded(p));
  }
  for (auto i = guards.size(); i-- > 0;)
    replies.insert(replies.begin(), ask(guards[i]));
  for (size_t i = 0; i < guards.size(); ++i) {
    EXPECT_TRUE(replies[i]->pending()) << i;
    env.advance(10ms);
    EXPECT_TRUE(replies[i]->is(errc::timed_out)) << i;
  }
}

TEST_F(guard_time, long_idle_guards_still_time_out) {
  auto g = guarded();
  for (int i = 0; i < 3; ++i) {
    auto r = ask(g);
    env.advance(limit);
    EXPECT_TRUE(r->is(errc::timed_out));
    env.advance(24h * 30);
    status_after(rt.control(g), reset{});
  }
}

} // namespace resilience::test
