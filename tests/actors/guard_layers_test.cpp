// Bulkhead, rate limiter, fallback, substitutes and deadlines in a guard.
#include "support/guard_fixture.hpp"

namespace resilience::test {

namespace {

class guard_layers : public guard_fixture {
public:
  static policy bounded(int32_t places, int32_t queue, duration wait = 5s) {
    auto result = quick();
    result.bulkhead = bulkhead_config{
      .max_concurrent = places, .max_queue = queue, .max_wait = wait};
    return result;
  }

  layer_metrics layers_of(const caf::actor& g) {
    return metrics(g).layers;
  }

  void release() {
    compat::anon_post(worker, answer_all{});
    env.run();
  }

  std::string refused(const policy& p, hooks x = {}) {
    auto result = rt.try_guard(worker, p, std::move(x));
    return result ? "" : detail_of(result.error());
  }
};

// -- bulkhead -----------------------------------------------------------------

TEST_F(guard_layers, a_bulkhead_lets_some_run_and_some_wait) {
  auto g = guarded(bounded(1, 2));
  told->how = manner::keep;
  auto a = ask(g, 1);
  auto b = ask(g, 2);
  auto c = ask(g, 3);
  auto d = ask(g, 4);
  EXPECT_TRUE(d->is(errc::bulkhead_full));
  EXPECT_EQ(told->requests, 1);
  EXPECT_EQ(layers_of(g).running, 1u);
  EXPECT_EQ(layers_of(g).queued, 2u);
  release();
  EXPECT_TRUE(a->ok());
  EXPECT_EQ(told->requests, 2);
  told->how = manner::answer;
  release();
  EXPECT_TRUE(b->ok());
  ASSERT_TRUE(c->ok());
  EXPECT_EQ(c->value, 4);
  auto m = metrics(g);
  EXPECT_EQ(m.layers.running, 0u);
  EXPECT_EQ(m.layers.queued, 0u);
  EXPECT_EQ(m.layers.bulkhead_full, 1u);
  EXPECT_EQ(m.successes, 3u);
  EXPECT_EQ(m.failures, 0u);
}

TEST_F(guard_layers, who_waits_too_long_is_told_and_gets_no_place) {
  auto g = guarded(bounded(1, 2, 500ms));
  told->how = manner::keep;
  auto a = ask(g);
  auto b = ask(g);
  env.advance(500ms);
  EXPECT_TRUE(b->is(errc::bulkhead_full));
  release();
  EXPECT_TRUE(a->ok());
  EXPECT_EQ(told->requests, 1);
  EXPECT_EQ(layers_of(g).running, 0u);
  EXPECT_EQ(metrics(g).failures, 0u);
}

TEST_F(guard_layers, places_come_back_from_every_end_of_a_call) {
  auto p = bounded(1, 0);
  p.breaker->failure_threshold = 1;
  auto g = guarded(p);
  told->how = manner::fail;
  ask(g);
  EXPECT_TRUE(ask(g)->is(errc::circuit_open));
  EXPECT_EQ(layers_of(g).running, 0u);
  status_after(rt.control(g), reset{});
  told->how = manner::keep;
  auto r = ask(g);
  EXPECT_EQ(layers_of(g).running, 1u);
  env.advance(limit);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(layers_of(g).running, 0u);
  status_after(rt.control(g), reset{});
  r = ask(g);
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  env.run();
  EXPECT_TRUE(r->is(errc::target_down));
  EXPECT_EQ(layers_of(g).running, 0u);
}

TEST_F(guard_layers, a_dead_target_answers_a_long_queue_without_recursion) {
  constexpr int n = 20'000;
  auto p = bounded(1, n, 1h);
  p.breaker->failure_threshold = 1'000'000;
  p.timeout->limit = 1h;
  auto g = guarded(p);
  told->how = manner::keep;
  std::vector<reply_ptr> rs;
  for (int i = 0; i < n; ++i)
    rs.push_back(user.ask(g, int32_t{i}));
  env.run();
  caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  env.run();
  for (const auto& r : rs)
    ASSERT_TRUE(r->is(errc::target_down));
}

TEST_F(guard_layers, the_end_of_the_guard_answers_the_queue) {
  auto g = guarded(bounded(1, 5));
  told->how = manner::keep;
  auto a = ask(g);
  auto b = ask(g);
  caf::anon_send_exit(g, caf::exit_reason::user_shutdown);
  env.run();
  EXPECT_TRUE(a->is(errc::shutting_down));
  EXPECT_TRUE(b->is(errc::shutting_down));
}

TEST_F(guard_layers, new_limits_promote_who_waits) {
  auto g = guarded(bounded(1, 5));
  told->how = manner::keep;
  for (int i = 0; i < 4; ++i)
    ask(g);
  EXPECT_EQ(told->requests, 1);
  status_after(rt.control(g), configure{bounded(3, 5)});
  EXPECT_EQ(told->requests, 3);
  status_after(rt.control(g), configure{quick()}); // no bulkhead any more
  EXPECT_EQ(told->requests, 4);
  release();
  EXPECT_EQ(layers_of(g).running, 0u);
}

// -- rate limiter -------------------------------------------------------------

TEST_F(guard_layers, a_rate_limiter_says_when_to_come_back) {
  auto p = quick();
  p.rate_limiter = rate_limit_config{.rate = 2, .period = 1s, .burst = 2};
  auto g = guarded(p);
  EXPECT_TRUE(ask(g)->ok());
  EXPECT_TRUE(ask(g)->ok());
  auto r = ask(g);
  EXPECT_TRUE(r->is(errc::rate_limited));
  EXPECT_EQ(retry_after(r->error), 500ms);
  env.advance(500ms);
  EXPECT_TRUE(ask(g)->ok());
  auto m = metrics(g);
  EXPECT_EQ(m.layers.rate_limited, 1u);
  EXPECT_EQ(m.total_calls, 3u);
}

// -- fallback -----------------------------------------------------------------

TEST_F(guard_layers, a_value_answers_in_place_of_errors) {
  auto g =
    rt.guard(worker, quick(), {.fallback = fallback::value(int32_t{-7})});
  env.run();
  EXPECT_EQ(ask(g, 1)->value, 2);
  told->how = manner::fail;
  for (int i = 0; i < 5; ++i) { // three failures, then an open circuit
    auto r = ask(g);
    ASSERT_TRUE(r->ok());
    EXPECT_EQ(r->value, -7);
  }
  EXPECT_EQ(state(g), circuit_state::open);
  auto m = metrics(g);
  EXPECT_EQ(m.failures, 3u);
  EXPECT_EQ(m.successes, 1u);
  EXPECT_EQ(m.layers.fallbacks, 5u);
}

TEST_F(guard_layers, a_function_sees_the_error_and_may_fail_or_throw) {
  std::vector<errc> seen;
  enum { good, bad, empty, wild } how = good;
  hooks x;
  x.fallback =
    fallback::function([&](const caf::error& e) -> caf::expected<caf::message> {
      seen.push_back(code_of(e));
      if (how == bad)
        return caf::make_error(caf::sec::runtime_error);
      if (how == empty)
        return caf::make_message(caf::make_error(caf::sec::runtime_error));
      if (how == wild)
        throw std::runtime_error("a fallback of the user's");
      return caf::make_message(int32_t{9});
    });
  auto p = quick();
  p.breaker->failure_threshold = 1;
  auto g = rt.guard(worker, p, x);
  env.run();
  told->how = manner::fail;
  EXPECT_EQ(ask(g)->value, 9);
  EXPECT_EQ(ask(g)->value, 9);
  EXPECT_EQ(seen, (std::vector<errc>{errc::none, errc::circuit_open}));
  for (auto next : {bad, empty, wild}) {
    how = next;
    EXPECT_TRUE(ask(g)->is(errc::circuit_open));
  }
  auto m = layers_of(g);
  EXPECT_EQ(m.fallbacks, 2u);
  EXPECT_EQ(m.fallback_failures, 3u);
  EXPECT_EQ(m.hook_failures, 1u);
}

TEST_F(guard_layers, an_actor_gets_the_same_request_and_may_fail_or_hang) {
  auto instructed = std::make_shared<target::shared>();
  auto other = env.sys.spawn<target>(instructed);
  auto p = quick();
  p.fallback = fallback_config{.limit = 300ms};
  auto g = rt.guard(worker, p, {.fallback = fallback::actor(other)});
  env.run();
  told->how = manner::fail;
  EXPECT_EQ(ask(g, 41)->value, 42);
  EXPECT_EQ(instructed->requests, 1);
  instructed->how = manner::fail;
  auto r = ask(g);
  EXPECT_TRUE(r->error == caf::sec::runtime_error);
  instructed->how = manner::keep;
  r = ask(g);
  EXPECT_TRUE(r->pending());
  env.advance(300ms);
  EXPECT_TRUE(r->error == caf::sec::runtime_error);
  compat::anon_post(other, answer_all{});
  env.run();
  EXPECT_EQ(r->answers, 1);
  caf::anon_send_exit(other, caf::exit_reason::kill);
  env.run();
  status_after(rt.control(g), reset{});
  r = ask(g);
  EXPECT_TRUE(r->error == caf::sec::runtime_error);
  auto m = layers_of(g);
  EXPECT_EQ(m.fallbacks, 1u);
  EXPECT_EQ(m.fallback_failures, 3u);
  EXPECT_EQ(metrics(g).failures, 4u);
}

TEST_F(guard_layers, a_fallback_covers_the_errors_it_names) {
  auto p = quick();
  p.fallback = fallback_config{.on = {"resilience:circuit_open"}};
  p.breaker->failure_threshold = 1;
  auto g = rt.guard(worker, p, {.fallback = fallback::value(int32_t{5})});
  env.run();
  told->how = manner::fail;
  EXPECT_TRUE(ask(g)->error == caf::sec::runtime_error);
  EXPECT_EQ(ask(g)->value, 5);
}

// -- substitutes --------------------------------------------------------------

TEST_F(guard_layers, a_timeout_may_be_a_value_or_nothing) {
  auto p = quick();
  p.timeout->on_timeout = timeout_action::return_default;
  auto g = rt.guard(worker, p,
                    {.fallback = fallback::value(int32_t{1}),
                     .default_value = caf::make_message(int32_t{77})});
  env.run();
  told->how = manner::keep;
  auto r = ask(g);
  env.advance(limit);
  ASSERT_TRUE(r->ok());
  EXPECT_EQ(r->value, 77);
  EXPECT_EQ(metrics(g).failures, 1u);
  EXPECT_EQ(layers_of(g).substituted, 1u);

  p.timeout->on_timeout = timeout_action::return_none;
  auto silent = guarded(p);
  auto nothing = 0;
  user.run([&](caller* me) {
    compat::request(me, silent, caf::infinite, int32_t{1})
      .then([&] { ++nothing; }, [&](caf::error&) { nothing = -1; });
  });
  env.run();
  env.advance(limit);
  EXPECT_EQ(nothing, 1);
}

using number_actor = compat::typed_handle<int32_t(int32_t)>;

TEST_F(guard_layers, what_a_policy_needs_and_lacks_is_told_at_once) {
  auto p = quick();
  p.fallback = fallback_config{};
  p.timeout->on_timeout = timeout_action::return_default;
  EXPECT_EQ(refused(p),
            "fallback needs a value, a function or an actor beside the policy; "
            "timeout.on_timeout is return_default and needs a default_value "
            "beside the policy");
  p = quick();
  p.timeout->on_timeout = timeout_action::return_none;
  EXPECT_EQ(refused(p), "");
  auto typed = caf::actor_cast<number_actor>(worker);
  auto result = rt.try_guard(typed, p);
  ASSERT_FALSE(result);
  EXPECT_EQ(detail_of(result.error()),
            "timeout.on_timeout must not be return_none: the target's type "
            "promises answers that are not empty");
  auto g = guarded();
  p.fallback = fallback_config{};
  reply_ptr raw;
  user.control<circuit_status>(rt.control(g), configure{p}, &raw);
  env.run();
  EXPECT_TRUE(raw->is(errc::invalid_config));
}

// -- deadlines ----------------------------------------------------------------

TEST_F(guard_layers, a_guard_behind_a_guard_waits_no_longer_than_is_left) {
  auto slow = quick();
  slow.timeout->limit = 1h;
  auto inner = guarded(slow);
  auto outer = rt.guard(inner, quick());
  env.run();
  told->how = manner::keep;
  auto r = ask(outer);
  EXPECT_EQ(status(inner).permits_in_use, 1u);
  env.advance(limit);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(status(inner).permits_in_use, 0u);
  EXPECT_EQ(metrics(inner).failures, 1u);
  // It is for that request alone.
  auto direct = ask(inner);
  env.advance(limit);
  EXPECT_TRUE(direct->pending());
}

TEST_F(guard_layers, a_total_timeout_bounds_a_guard_behind_and_its_queue) {
  auto queueing = bounded(1, 5, 1h);
  queueing.timeout->limit = 1h;
  auto inner = guarded(queueing);
  auto p = quick();
  p.timeout = timeout_config{.limit = 1h, .total = 3s};
  auto outer = rt.guard(inner, p);
  env.run();
  told->how = manner::keep;
  ask(inner);
  auto r = ask(outer);
  EXPECT_EQ(layers_of(inner).queued, 1u);
  env.advance(3s);
  EXPECT_TRUE(r->is(errc::timed_out));
  EXPECT_EQ(layers_of(inner).queued, 0u);
  EXPECT_EQ(metrics(inner).failures, 0u);
}

TEST_F(guard_layers, a_guard_that_is_a_fallback_waits_no_longer_than_is_left) {
  auto slow = quick();
  slow.timeout->limit = 1h;
  told->how = manner::keep;
  auto second = guarded(slow);
  auto p = quick();
  p.fallback = fallback_config{.limit = 1s};
  auto dead = env.sys.spawn<target>(std::make_shared<target::shared>());
  caf::anon_send_exit(dead, caf::exit_reason::kill);
  env.run();
  auto first = rt.guard(dead, p, {.fallback = fallback::actor(second)});
  env.run();
  auto r = ask(first);
  EXPECT_EQ(status(second).permits_in_use, 1u);
  env.advance(1s);
  EXPECT_TRUE(r->is(errc::target_down));
  EXPECT_EQ(status(second).permits_in_use, 0u);
}

TEST_F(guard_layers, a_fallback_has_no_longer_than_the_guard_before) {
  auto silent = std::make_shared<target::shared>();
  silent->how = manner::keep;
  auto helper = env.sys.spawn<target>(silent);
  auto p = quick();
  p.fallback = fallback_config{.limit = 1h};
  p.max_in_flight = 1;
  auto inner = rt.guard(worker, p, {.fallback = fallback::actor(helper)});
  auto outer = rt.guard(inner, quick());
  env.run();
  told->how = manner::fail;
  auto r = ask(outer);
  EXPECT_TRUE(r->pending());
  EXPECT_EQ(silent->requests, 1);
  env.advance(limit);
  EXPECT_TRUE(r->is(errc::timed_out));
  told->how = manner::answer;
  EXPECT_TRUE(ask(inner)->ok()) << "its place is free";
  caf::anon_send_exit(helper, caf::exit_reason::kill);
  env.run();
}

// -- all at once --------------------------------------------------------------

TEST_F(guard_layers, settings_come_back_as_they_were_given) {
  auto p = bounded(4, 3);
  p.name = "all";
  p.timeout = timeout_config{
    .limit = 1s, .total = 9s, .on_timeout = timeout_action::return_default};
  p.retry = retry_config{.max_attempts = 5, .retry_on = {"caf::sec"}};
  p.rate_limiter = rate_limit_config{.rate = 7, .period = 3s, .burst = 2};
  p.fallback = fallback_config{.on = {"resilience"}, .limit = 2s};
  auto g = rt.guard(worker, p,
                    {.fallback = fallback::value(int32_t{1}),
                     .default_value = caf::make_message(int32_t{1})});
  env.run();
  auto got = user.control<policy>(rt.control(g), get_policy{});
  env.run();
  EXPECT_EQ(*got, p);
  p.timeout.reset();
  status_after(rt.control(g), configure{p});
  got = user.control<policy>(rt.control(g), get_policy{});
  env.run();
  EXPECT_EQ(*got, p);
}

} // namespace

} // namespace resilience::test
