// Retry in a guard: what the target and the caller see of it.
#include "support/guard_fixture.hpp"

namespace resilience::test {

namespace {

class guard_retry : public guard_fixture {
public:
  static policy retrying(int32_t attempts = 3) {
    auto result = quick();
    result.breaker->failure_threshold = 100;
    result.retry = retry_config{
      .max_attempts = attempts,
      .backoff = {.initial_delay = 1s, .jitter = jitter_kind::none}};
    return result;
  }

  retry_report report_of(const reply_ptr& x) {
    EXPECT_EQ(x->answers, 1);
    auto result = retries_of(x->error);
    EXPECT_TRUE(result.has_value());
    return result.value_or(retry_report{-1});
  }
};

TEST_F(guard_retry, a_failure_is_tried_again_after_the_backoff) {
  auto g = guarded(retrying());
  told->how = manner::fail;
  auto r = ask(g, 7);
  EXPECT_TRUE(r->pending());
  env.advance(999ms);
  EXPECT_EQ(told->requests, 1);
  env.advance(1ms);
  EXPECT_EQ(told->requests, 2);
  told->how = manner::answer;
  env.advance(1999ms); // twice as long
  EXPECT_TRUE(r->pending());
  env.advance(1ms);
  ASSERT_TRUE(r->ok());
  EXPECT_EQ(r->value, 8);
  auto m = metrics(g);
  EXPECT_EQ(m.total_calls, 3u);
  EXPECT_EQ(m.failures, 2u);
  EXPECT_EQ(m.layers.retries, 2u);
}

TEST_F(guard_retry, the_last_real_error_comes_with_a_report) {
  auto g = guarded(retrying(2));
  told->how = manner::fail;
  auto r = ask(g);
  env.advance(10s);
  EXPECT_EQ(told->requests, 2);
  EXPECT_EQ(report_of(r), (retry_report{2, retry_stop::attempts, {}}));
  EXPECT_TRUE(r->error == caf::sec::runtime_error);
}

TEST_F(guard_retry, no_report_without_retry) {
  auto g = guarded(quick());
  told->how = manner::fail;
  EXPECT_FALSE(retries_of(ask(g)->error));
}

TEST_F(guard_retry, a_timeout_is_tried_again_and_a_late_answer_finds_nothing) {
  auto g = guarded(retrying(2));
  told->how = manner::keep;
  auto r = ask(g, 1);
  env.advance(limit);
  EXPECT_TRUE(r->pending());
  compat::anon_post(worker, answer_all{}); // during the pause
  env.run();
  EXPECT_TRUE(r->pending());
  told->how = manner::answer;
  env.advance(1s);
  ASSERT_TRUE(r->ok());
  EXPECT_EQ(r->value, 2);
  EXPECT_EQ(metrics(g).late_answers, 1u);
}

TEST_F(guard_retry, timeouts_to_the_end_are_a_timeout) {
  auto g = guarded(retrying(2));
  told->how = manner::keep;
  auto r = ask(g);
  env.advance(limit);
  env.advance(1s);
  env.advance(limit);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(report_of(r).attempts, 2);
}

TEST_F(guard_retry, a_circuit_that_opens_in_between_ends_it) {
  auto p = retrying(10);
  p.breaker->failure_threshold = 2;
  auto g = guarded(p);
  told->how = manner::fail;
  auto r = ask(g);
  env.advance(1s);
  EXPECT_EQ(state(g), circuit_state::open);
  env.advance(2s);
  auto report = report_of(r);
  EXPECT_EQ(report.attempts, 2);
  EXPECT_EQ(report.why, retry_stop::circuit);
  EXPECT_EQ(report.retry_after, cooldown - 2s);
  EXPECT_EQ(retry_after(r->error), cooldown - 2s);
  EXPECT_TRUE(r->error == caf::sec::runtime_error);
}

TEST_F(guard_retry, lists_of_errors_decide_what_is_tried_again) {
  struct row {
    std::vector<std::string> on;
    std::vector<std::string> off;
    int requests;
  };
  for (const auto& x : std::vector<row>{
         {{}, {}, 2},
         {{"caf::sec"}, {}, 2},
         {{"caf::sec:runtime_error"}, {}, 2},
         {{"caf::sec:"
           + std::to_string(static_cast<int>(caf::sec::runtime_error))},
          {},
          2},
         {{"caf::sec:request_timeout"}, {}, 1},
         {{"resilience:timed_out"}, {}, 1},
         {{"caf::sec"}, {"caf::sec:runtime_error"}, 1},
         {{}, {"caf::sec"}, 1},
         {{}, {"caf::exit_reason"}, 2},
       }) {
    auto p = retrying(2);
    p.retry->retry_on = x.on;
    p.retry->dont_retry_on = x.off;
    auto g = guarded(p);
    told->how = manner::fail;
    told->requests = 0;
    auto r = ask(g);
    env.advance(1s);
    EXPECT_EQ(told->requests, x.requests)
      << value_text(x.on) << value_text(x.off);
    EXPECT_EQ(report_of(r).why, x.requests == 1 ? retry_stop::not_retryable
                                                : retry_stop::attempts);
  }
}

TEST_F(guard_retry, a_message_the_target_does_not_know_is_not_tried_again) {
  auto g = guarded(retrying());
  auto r = user.ask_for<int32_t>([](reply&, int32_t) {}, g, 1.5);
  env.run();
  EXPECT_EQ(r->answers, 1);
  EXPECT_TRUE(r->error == caf::sec::unexpected_message);
}

TEST_F(guard_retry, every_request_keeps_its_content) {
  auto g = guarded(retrying());
  told->how = manner::fail;
  std::vector<reply_ptr> rs;
  for (int i = 0; i < 20; ++i)
    rs.push_back(ask(g, i));
  told->how = manner::answer;
  env.advance(1s);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(rs[size_t(i)]->ok()) << i;
    EXPECT_EQ(rs[size_t(i)]->value, i + 1);
  }
}

TEST_F(guard_retry, the_budget_bounds_repeated_calls) {
  auto p = retrying(2);
  p.retry->budget = {.capacity = 3, .per_call = 0, .per_second = 0};
  auto g = guarded(p);
  told->how = manner::fail;
  std::vector<reply_ptr> rs;
  for (int i = 0; i < 5; ++i)
    rs.push_back(ask(g));
  EXPECT_TRUE(rs[2]->pending());
  EXPECT_EQ(report_of(rs[3]).why, retry_stop::budget);
  EXPECT_EQ(report_of(rs[4]).why, retry_stop::budget);
  env.advance(1s);
  EXPECT_EQ(told->requests, 8);
  EXPECT_EQ(metrics(g).layers.retry_budget, 0);
}

TEST_F(guard_retry, a_total_timeout_bounds_attempts_and_pauses) {
  auto p = retrying(10);
  p.timeout->total = 4s;
  auto g = guarded(p);
  told->how = manner::keep;
  auto r = ask(g); // 2 s, 1 s pause, 1 s
  env.advance(2s);
  env.advance(1s);
  EXPECT_EQ(told->requests, 2);
  env.advance(999ms);
  EXPECT_TRUE(r->pending());
  env.advance(1ms);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(report_of(r), (retry_report{2, retry_stop::deadline, {}}));
}

TEST_F(guard_retry, a_delay_that_does_not_fit_ends_it_at_once) {
  auto p = retrying(10);
  p.timeout->total = 2500ms;
  auto g = guarded(p);
  told->how = manner::fail;
  auto r = ask(g);
  env.advance(1s);
  EXPECT_EQ(report_of(r), (retry_report{2, retry_stop::deadline, {}}));
}

TEST_F(guard_retry, a_target_that_has_ended_is_not_asked_again) {
  auto g = guarded(retrying());
  told->how = manner::fail;
  auto paused = ask(g);
  caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  env.run();
  EXPECT_EQ(report_of(paused), (retry_report{1, retry_stop::target_down, {}}));
  EXPECT_TRUE(paused->error == caf::sec::runtime_error);
  auto late = ask(g);
  EXPECT_TRUE(late->is(errc::target_down));
  EXPECT_EQ(report_of(late), (retry_report{1, retry_stop::target_down, {}}));
}

TEST_F(guard_retry, the_end_of_the_guard_answers_who_pauses) {
  auto g = guarded(retrying());
  told->how = manner::fail;
  auto paused = ask(g);
  told->how = manner::keep;
  auto running = ask(g);
  caf::anon_send_exit(g, caf::exit_reason::user_shutdown);
  env.run();
  EXPECT_EQ(report_of(paused), (retry_report{1, retry_stop::guard, {}}));
  EXPECT_TRUE(running->is(errc::shutting_down));
}

TEST_F(guard_retry, a_call_that_pauses_keeps_its_guard_alive) {
  auto g = guarded(retrying());
  told->how = manner::fail;
  auto r = ask(g);
  g = nullptr;
  user.run([](caller*) {}); // forgets the handle in its last action, too
  env.run();
  told->how = manner::answer;
  env.advance(1s);
  EXPECT_TRUE(r->ok());
}

TEST_F(guard_retry, a_guard_behind_it_may_say_when_to_come_back) {
  auto p = quick();
  p.rate_limiter = rate_limit_config{.rate = 1, .period = 5s, .burst = 1};
  auto inner = guarded(p);
  auto outer_policy = retrying();
  auto outer = rt.guard(inner, outer_policy);
  env.run();
  EXPECT_TRUE(ask(outer)->ok());
  auto r = ask(outer); // a rejection is no failure: it is the answer
  EXPECT_TRUE(r->is(errc::rate_limited));
  EXPECT_EQ(retry_after(r->error), 5s);
  EXPECT_EQ(metrics(outer).failures, 0u);
}

// -- hooks --------------------------------------------------------------------

TEST_F(guard_retry, a_hint_replaces_a_shorter_delay) {
  auto p = retrying(3);
  hooks x;
  std::optional<duration> asked = 5s;
  x.retry_hint = [&](const caf::error&) { return asked; };
  auto g = rt.guard(worker, p, x);
  env.run();
  told->how = manner::fail;
  auto r = ask(g);
  env.advance(4999ms);
  EXPECT_EQ(told->requests, 1);
  asked = 1ms; // shorter than the backoff's 2 s
  env.advance(1ms);
  EXPECT_EQ(told->requests, 2);
  env.advance(1999ms);
  EXPECT_EQ(told->requests, 2);
  asked = duration::max();
  env.advance(1ms);
  EXPECT_EQ(report_of(r).why, retry_stop::attempts);

  r = ask(g); // a hint of years: nobody waits for that
  EXPECT_EQ(report_of(r).why, retry_stop::hint);
  EXPECT_EQ(retry_after(r->error), duration::max());
  for (auto rubbish : {duration::min(), duration{-1}, duration{0}}) {
    asked = rubbish;
    told->requests = 0;
    r = ask(g);
    env.advance(1s);
    EXPECT_EQ(told->requests, 2);
    env.advance(10s);
  }
}

TEST_F(guard_retry, predicates_pick_errors_and_requests) {
  hooks x;
  x.retry_if = [](const caf::error& e) { return e != caf::sec::runtime_error; };
  auto by_error = rt.guard(worker, retrying(2), x);
  x = {};
  x.idempotent = [](const caf::message& m) {
    return m.match_elements<int32_t>() && m.get_as<int32_t>(0) > 0;
  };
  auto by_request = rt.guard(worker, retrying(2), x);
  env.run();
  told->how = manner::fail;
  EXPECT_EQ(report_of(ask(by_error)).why, retry_stop::not_retryable);
  EXPECT_EQ(report_of(ask(by_request, -1)).why, retry_stop::not_retryable);
  EXPECT_TRUE(ask(by_request, 1)->pending());
}

TEST_F(guard_retry, a_hook_that_throws_counts_and_leaves_the_default) {
  hooks x;
  auto raise = [] { throw std::runtime_error("a hook of the user's"); };
  x.judge_error = [=](const caf::error&) {
    raise();
    return outcome::neutral;
  };
  x.judge_answer = [=](const caf::message&) {
    raise();
    return outcome::failure;
  };
  x.retry_hint = [=](const caf::error&) {
    raise();
    return std::optional<duration>{1h};
  };
  x.idempotent = [=](const caf::message&) {
    raise();
    return true;
  };
  auto g = rt.guard(worker, retrying(2), x);
  env.run();
  EXPECT_TRUE(ask(g)->ok());
  told->how = manner::fail;
  EXPECT_EQ(report_of(ask(g)).why, retry_stop::not_retryable);
  auto m = metrics(g);
  EXPECT_EQ(m.successes, 1u);
  EXPECT_EQ(m.failures, 1u);
  EXPECT_EQ(m.layers.hook_failures, 5u); // twice idempotent
}

TEST_F(guard_retry, judges_decide_what_counts) {
  hooks x;
  x.judge_error = [](const caf::error&) { return outcome::neutral; };
  x.judge_answer = [](const caf::message& m) {
    return m.get_as<int32_t>(0) == 503 ? outcome::failure : outcome::success;
  };
  auto g = rt.guard(worker, retrying(2), x);
  env.run();
  EXPECT_TRUE(ask(g, 1)->ok());
  auto r = ask(g, 502); // answers 503
  env.advance(1s);
  ASSERT_TRUE(r->ok()); // an answer is an answer
  EXPECT_EQ(r->value, 503);
  told->how = manner::fail;
  EXPECT_TRUE(ask(g)->error == caf::sec::runtime_error);
  auto m = metrics(g);
  EXPECT_EQ(m.successes, 1u);
  EXPECT_EQ(m.failures, 2u);
  EXPECT_EQ(m.neutral, 1u);
}

// -- settings -----------------------------------------------------------------

TEST_F(guard_retry, is_armed_and_disarmed_in_place) {
  auto g = guarded(quick());
  auto control = rt.control(g);
  auto p = retrying();
  status_after(control, configure{p});
  auto got = user.control<policy>(control, get_policy{});
  env.run();
  EXPECT_EQ(got->retry, p.retry);
  told->how = manner::fail;
  auto r = ask(g);
  EXPECT_TRUE(r->pending());
  p.retry.reset();
  status_after(control, configure{p});
  env.advance(1s); // the attempt that was promised is made
  EXPECT_EQ(told->requests, 2);
  EXPECT_EQ(report_of(r).attempts, 2);
  EXPECT_FALSE(ask(g)->pending());
}

} // namespace

} // namespace resilience::test
