// Deaths: of the target, the guard, the caller, the runtime. Nobody waits for
// ever.
#include "support/guard_fixture.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

class guard_end : public guard_fixture {
public:
  void end(const caf::actor& x, caf::exit_reason why) {
    caf::anon_send_exit(x, why);
    env.run();
  }
};

TEST_F(guard_end, a_dying_target_answers_all_that_is_in_flight) {
  for (auto why : {caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
    told->how = manner::keep;
    auto t = env.sys.spawn<target>(told);
    auto g = rt.guard(t, quick());
    env.run();
    std::vector<reply_ptr> replies;
    for (int i = 0; i < 10; ++i)
      replies.push_back(ask(g));
    end(t, why);
    for (const auto& r : replies)
      EXPECT_TRUE(r->is(errc::target_down));
    EXPECT_EQ(status(g).permits_in_use, 0u);
    EXPECT_EQ(metrics(g).failures, 10u);
    EXPECT_EQ(state(g), circuit_state::open);
  }
}

TEST_F(guard_end, a_dead_target_is_told_to_each_caller) {
  auto g = guarded();
  end(worker, caf::exit_reason::kill);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(ask(g)->is(errc::target_down));
  // Its death is a failure of the upstream like any other.
  EXPECT_TRUE(ask(g)->is(errc::circuit_open));
  env.advance(cooldown);
  EXPECT_TRUE(ask(g)->is(errc::target_down));
  EXPECT_EQ(state(g), circuit_state::open);
  compat::anon_post(g, int32_t{1});
  env.run();
  EXPECT_EQ(metrics(g).dropped, 1u);
}

TEST_F(guard_end, a_target_dead_before_the_guard_is_told_too) {
  end(worker, caf::exit_reason::kill);
  auto g = rt.guard(worker, quick());
  auto r = ask(g);
  EXPECT_TRUE(r->is(errc::target_down)) << to_string(r->error);
  EXPECT_TRUE(ask(g)->is(errc::target_down));
}

TEST_F(guard_end, a_target_that_quits_without_answering_is_down) {
  auto g = guarded();
  told->how = manner::die;
  EXPECT_TRUE(ask(g)->is(errc::target_down));
}

TEST_F(guard_end, an_exception_in_the_target_is_an_error_for_the_caller) {
  auto g = guarded();
  told->how = manner::raise;
  auto r = ask(g);
  EXPECT_EQ(r->answers, 1);
  EXPECT_TRUE(compat::failed(r->error));
  EXPECT_TRUE(ask(g)->is(errc::target_down));
}

TEST_F(guard_end, a_dropped_promise_is_answered_in_the_end) {
  auto g = guarded();
  told->how = manner::drop;
  auto r = ask(g);
  env.advance(limit); // 0.17 drops silently: the timeout answers
  EXPECT_EQ(r->answers, 1);
  EXPECT_TRUE(r->is(errc::timed_out) || r->is(errc::target_down));
}

TEST_F(guard_end, an_ending_guard_answers_all_callers) {
  for (auto why : {caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
    told->how = manner::keep;
    auto g = guarded();
    std::vector<reply_ptr> replies;
    for (int i = 0; i < 10; ++i)
      replies.push_back(ask(g));
    end(g, why);
    for (const auto& r : replies)
      EXPECT_TRUE(r->is(errc::shutting_down));
    // And those who come later.
    EXPECT_TRUE(ask(g)->is(errc::shutting_down));
    compat::anon_post(g, int32_t{1});
    // The target's answers find nobody.
    compat::anon_post(worker, answer_all{});
    env.run();
    for (const auto& r : replies)
      EXPECT_EQ(r->answers, 1);
  }
}

TEST_F(guard_end, an_unreachable_guard_serves_what_is_in_flight) {
  told->how = manner::keep;
  reply_ptr r;
  {
    auto g = guarded();
    r = ask(g);
  }
  env.run();
  EXPECT_TRUE(r->pending());
  compat::anon_post(worker, answer_all{});
  env.run();
  EXPECT_EQ(r->value, 55);
}

TEST_F(guard_end, a_caller_that_dies_gets_nothing_and_breaks_nothing) {
  auto g = guarded();
  told->how = manner::keep;
  {
    client other{env.sys};
    other.ask(g, int32_t{1});
    env.run();
    end(other.self, caf::exit_reason::kill);
  }
  EXPECT_EQ(status(g).permits_in_use, 1u);
  compat::anon_post(worker, answer_all{});
  env.run();
  EXPECT_EQ(status(g).permits_in_use, 0u);
  EXPECT_EQ(metrics(g).successes, 1u);
  told->how = manner::answer;
  EXPECT_TRUE(ask(g)->ok());
}

TEST_F(guard_end, the_end_of_the_runtime_answers_everybody) {
  told->how = manner::keep;
  std::vector<reply_ptr> replies;
  std::vector<caf::actor> guards;
  {
    runtime other{env.sys};
    for (int i = 0; i < 3; ++i)
      guards.push_back(other.guard(worker, quick()));
    for (const auto& g : guards)
      replies.push_back(ask(g));
    EXPECT_TRUE(replies[0]->pending());
  }
  env.run();
  for (const auto& r : replies)
    EXPECT_TRUE(r->is(errc::shutting_down));
  EXPECT_TRUE(ask(guards[0])->is(errc::shutting_down));
}

TEST_F(guard_end, guards_may_stay_behind_without_their_runtime) {
  auto other = std::make_unique<runtime>(env.sys);
  auto g = other->guard(worker, quick("x"));
  auto c = other->control("x");
  other.reset();
  // Not delivered yet: the exit messages of the runtime's end.
  auto r = user.ask(g, int32_t{1});
  env.run();
  EXPECT_EQ(r->answers, 1);
}

} // namespace resilience::test
