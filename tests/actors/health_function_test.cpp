// Checkers that run functions. The functions run when a test says so; see
// health_threads_test.cpp for real threads.
#include "resilience/actors/health_checker.hpp"

#include "support/health_fixture.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace resilience::test {

class health_functions : public health_fixture {
public:
  /// Ends the check under way, if a function's end is what it waits for.
  void finish() {
    queue->run_one();
    env.run();
  }

  health_report says = health_report::healthy("open");
  health_actor c = checker_of(queued([this] { return says; }));
};

TEST_F(health_functions, run_one_at_a_time_and_report_when_they_end) {
  EXPECT_EQ(queue->launched, 1);
  env.advance(3s);
  finish();
  auto r = health(c);
  EXPECT_EQ(r.status, health_status::healthy);
  EXPECT_EQ(r.message, "open");
  EXPECT_EQ(r.took, 3s);
  env.advance(7s);
  EXPECT_EQ(queue->launched, 2);
}

TEST_F(health_functions, that_hang_fail_once_and_start_no_second_thread) {
  env.advance(5s);
  auto r = health(c);
  EXPECT_EQ(r.status, health_status::degraded);
  EXPECT_TRUE(r.message.starts_with("took longer than 5s, still running since"))
    << r.message;
  ASSERT_TRUE(r.stuck_since.has_value());
  for (int i = 0; i < 100; ++i)
    env.advance(1h);
  EXPECT_EQ(queue->launched, 1);
  EXPECT_EQ(seen->size(), 2u); // failed, then too old
  EXPECT_EQ(status_of(c), health_status::unknown);
}

TEST_F(health_functions, go_on_where_a_launcher_throws_anything) {
  auto launches = 0;
  auto other =
    checker_of(probe::function([] { return health_report::healthy("fine"); },
                               [&launches](const std::function<void()>& job) {
                                 if (++launches == 1)
                                   throw 5;
                                 job();
                               }),
               {}, {}, "other");
  EXPECT_EQ(health(other).message,
            "no thread: an exception that is no std::exception");
  env.advance(10s);
  EXPECT_EQ(health(other).message, "fine");
}

TEST_F(health_functions, take_results_from_nobody_else) {
  for (uint64_t id = 0; id < 100; ++id)
    compat::anon_post(caf::actor_cast<caf::actor>(c),
                      check_done{id, health_report::unhealthy("forged")});
  env.run();
  EXPECT_EQ(health(c).message, "not checked yet");
  finish();
  EXPECT_EQ(health(c).message, "open");
  env.advance(10s);
  EXPECT_EQ(queue->launched, 2);
}

TEST_F(health_functions, that_return_late_change_nothing_and_make_room) {
  env.advance(25s);
  finish();
  auto r = health(c);
  EXPECT_EQ(r.failures, 1);
  EXPECT_EQ(r.message, "took longer than 5s");
  EXPECT_EQ(r.stuck_since, std::nullopt);
  EXPECT_EQ(queue->launched, 2); // overdue since long
  finish();
  EXPECT_EQ(status_of(c), health_status::healthy);
  env.advance(10s);
  EXPECT_EQ(queue->launched, 3);
}

TEST_F(health_functions, whose_end_comes_with_the_deadline_are_in_time) {
  queue->run_one();
  env.advance(5s);
  EXPECT_EQ(status_of(c), health_status::healthy);
}

TEST_F(health_functions, that_throw_are_unhealthy) {
  auto d = checker_of(
    queued([]() -> health_report { throw std::runtime_error("no such host"); }),
    {}, {}, "throws");
  auto e = checker_of(queued([]() -> health_report { throw 42; }), {}, {},
                      "throws a number");
  finish();
  finish();
  finish();
  EXPECT_EQ(health(d).message, "exception: no such host");
  EXPECT_EQ(health(d).failures, 1);
  EXPECT_EQ(health(e).message, "an exception that is no std::exception");
}

TEST_F(health_functions, that_cannot_be_started_are_unhealthy) {
  auto broken = [](std::function<void()>) {
    throw std::runtime_error("too many threads");
  };
  auto d =
    checker_of(probe::function([] { return health_report::healthy(); }, broken),
               {}, {}, "no thread");
  EXPECT_EQ(health(d).message, "no thread: too many threads");
  env.advance(10s);
  EXPECT_EQ(health(d).failures, 2); // and tried again
}

TEST_F(health_functions, may_run_at_once_in_place) {
  auto in_place = [](std::function<void()> job) { job(); };
  auto d = checker_of(
    probe::function([] { return health_report::healthy(); }, in_place), {}, {},
    "in place");
  EXPECT_EQ(status_of(d), health_status::healthy);
}

TEST_F(health_functions, whose_checker_is_killed_may_end_whenever_they_like) {
  auto token = std::make_shared<int>(1);
  std::weak_ptr<int> captured = token;
  auto d = checker_of(
    queued([x = std::move(token)] { return health_report::healthy(); }), {}, {},
    "killed");
  kill(d);
  d = nullptr;
  EXPECT_FALSE(captured.expired()); // it is still in use
  finish(); // that of the fixture
  finish();
  EXPECT_TRUE(captured.expired());
}

TEST_F(health_functions, do_not_hold_up_the_end_of_a_runtime) {
  {
    runtime other{env.sys};
    other.health_checker("hangs", queued([this] { return says; }));
    env.run();
  }
  env.run();
  EXPECT_EQ(queue->jobs.size(), 2u);
  finish();
  finish();
}

// -- asked by hand ------------------------------------------------------------

TEST_F(health_functions, a_check_by_hand_shares_the_one_under_way) {
  reply_ptr a, b;
  auto first = tell(c, check_now{}, &a);
  tell(c, check_now{}, &b);
  EXPECT_TRUE(a->pending());
  EXPECT_EQ(queue->launched, 1);
  finish();
  EXPECT_TRUE(a->ok());
  EXPECT_TRUE(b->ok());
  EXPECT_EQ(first->status, health_status::healthy);
  EXPECT_EQ(first->age, 0s);
  tell(c, check_now{}, &a);
  EXPECT_EQ(queue->launched, 2);
  finish();
  EXPECT_TRUE(a->ok());
  // The interval counts from there.
  env.advance(9s);
  EXPECT_EQ(queue->launched, 2);
}

TEST_F(health_functions, a_check_by_hand_ends_with_the_timeout) {
  reply_ptr r;
  auto x = tell(c, check_now{}, &r);
  env.advance(5s);
  ASSERT_TRUE(r->ok());
  EXPECT_EQ(x->failures, 1);
  // And does not wait for what is stuck.
  x = tell(c, check_now{}, &r);
  ASSERT_TRUE(r->ok());
  EXPECT_TRUE(x->stuck_since.has_value());
}

TEST_F(health_functions, checks_by_hand_are_bounded) {
  for (size_t i = 0; i < health_checker::max_waiting; ++i)
    user.ask_for<health_report>([](reply&, const health_report&) {}, c,
                                check_now{});
  env.run();
  reply_ptr r;
  tell(c, check_now{}, &r);
  EXPECT_TRUE(r->is(errc::limit_reached));
  finish();
  tell(c, check_now{}, &r);
  EXPECT_TRUE(r->pending());
  finish();
  EXPECT_TRUE(r->ok());
}

TEST_F(health_functions, who_waits_for_a_check_is_answered_at_its_end) {
  reply_ptr r;
  tell(c, check_now{}, &r);
  kill(c);
  EXPECT_TRUE(r->is(errc::shutting_down));
  finish();
}

// -- pauses -------------------------------------------------------------------

TEST_F(health_functions, a_pause_begins_no_check_and_lets_the_last_one_end) {
  auto r = *tell(c, pause_checks{});
  EXPECT_TRUE(r.paused);
  finish();
  EXPECT_EQ(status_of(c), health_status::healthy);
  env.advance(100s);
  EXPECT_EQ(queue->launched, 1);
  EXPECT_EQ(status_of(c), health_status::unknown);
  EXPECT_TRUE(seen->back().paused);
  r = *tell(c, resume_checks{});
  EXPECT_FALSE(r.paused);
  EXPECT_EQ(queue->launched, 2); // one was due
  finish();
  EXPECT_EQ(status_of(c), health_status::healthy);
  // Nobody checks more often by this.
  for (int i = 0; i < 10; ++i) {
    tell(c, pause_checks{});
    tell(c, resume_checks{});
  }
  EXPECT_EQ(queue->launched, 2);
}

TEST_F(health_functions, a_pause_does_not_lift_the_timeout) {
  tell(c, pause_checks{});
  env.advance(5s);
  EXPECT_EQ(health(c).failures, 1);
}

TEST_F(health_functions, a_check_by_hand_works_in_a_pause) {
  finish();
  tell(c, pause_checks{});
  reply_ptr r;
  tell(c, check_now{}, &r);
  finish();
  EXPECT_TRUE(r->ok());
  env.advance(100s);
  EXPECT_EQ(queue->launched, 2);
}

} // namespace resilience::test
