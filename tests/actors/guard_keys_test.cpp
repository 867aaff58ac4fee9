// A guard with a circuit for each key: whose calls are turned away, what is
// told of each key, and what becomes of keys that are none.
#include "support/guard_fixture.hpp"

namespace resilience::test {

namespace {

/// The requests of this target are numbers: the key is the hundreds.
class guard_keys_test : public guard_fixture {
public:
  static std::string hundreds(const caf::message& x) {
    return "tenant " + std::to_string(x.get_as<int32_t>(0) / 100);
  }

  caf::actor
  keyed(policy p = quick("shop"),
        std::function<std::string(const caf::message&)> key = hundreds) {
    auto result = rt.guard(worker, p, {.key = std::move(key)});
    env.run();
    return result;
  }

  void fail_key(const caf::actor& g, int32_t x, int times = 3) {
    told->how = manner::fail;
    for (int i = 0; i < times; ++i)
      ask(g, x);
    told->how = manner::answer;
  }

  keys_status keys(const caf::actor& g, get_keys x = {}) {
    auto result = user.control<keys_status>(rt.control(g), x);
    env.run();
    return *result;
  }

  circuit_status key(const caf::actor& g, const std::string& name) {
    auto result = user.control<circuit_status>(rt.control(g), get_key{name});
    env.run();
    return *result;
  }
};

TEST_F(guard_keys_test, one_key_fails_and_the_others_go_on) {
  auto g = keyed();
  fail_key(g, 101);
  auto r = ask(g, 102);
  EXPECT_TRUE(r->is(errc::circuit_open));
  EXPECT_EQ(circuit_of(r->error), "shop");
  EXPECT_EQ(detail_of(r->error), "key tenant 1");
  EXPECT_EQ(retry_after(r->error), cooldown);
  EXPECT_TRUE(ask(g, 201)->ok());
  EXPECT_EQ(state(g), circuit_state::closed);
  EXPECT_EQ(metrics(g).total_calls, 0u);
}

TEST_F(guard_keys_test, a_key_heals_by_its_own_probes) {
  auto g = keyed();
  fail_key(g, 101);
  env.advance(cooldown);
  EXPECT_TRUE(ask(g, 101)->ok());
  EXPECT_EQ(key(g, "tenant 1").state, circuit_state::half_open);
  EXPECT_TRUE(ask(g, 101)->ok());
  EXPECT_EQ(key(g, "tenant 1").state, circuit_state::closed);
}

TEST_F(guard_keys_test, are_told_open_ones_first) {
  auto g = keyed();
  for (int32_t x : {100, 200, 300})
    ask(g, x);
  fail_key(g, 200);
  auto all = keys(g);
  EXPECT_EQ(all.keys, 3u);
  EXPECT_EQ(all.not_closed, 1u);
  ASSERT_EQ(all.circuits.size(), 3u);
  EXPECT_EQ(all.circuits[0].name, "tenant 2");
  EXPECT_EQ(all.circuits[0].state, circuit_state::open);
  EXPECT_EQ(keys(g, {.offset = 0, .limit = 1}).circuits.size(), 1u);
  EXPECT_EQ(keys(g, {.offset = 3, .limit = 10}).circuits.size(), 0u);
}

TEST_F(guard_keys_test, are_reset_one_by_one) {
  auto g = keyed();
  fail_key(g, 101);
  auto after = status_after(rt.control(g), reset_key{"tenant 1"});
  EXPECT_EQ(after.state, circuit_state::closed);
  EXPECT_EQ(after.name, "tenant 1");
  EXPECT_TRUE(ask(g, 101)->ok());
}

TEST_F(guard_keys_test, a_key_that_is_none_is_told) {
  auto g = keyed();
  reply_ptr r;
  user.control<circuit_status>(rt.control(g), get_key{"nobody"}, &r);
  env.run();
  EXPECT_TRUE(r->is(errc::unknown_circuit));
  EXPECT_EQ(detail_of(r->error), "key nobody");
  EXPECT_EQ(keys(g).keys, 0u) << "to ask is no use";
  // What is no name, or no text, is not repeated.
  for (const auto& odd : {std::string(1'000, 'x'), std::string{"\xff"}}) {
    user.control<circuit_status>(rt.control(g), get_key{odd}, &r);
    env.run();
    EXPECT_EQ(detail_of(r->error), "no such key");
  }
  user.control<keys_status>(rt.control(guarded()), get_keys{}, &r);
  env.run();
  EXPECT_TRUE(r->is(errc::unknown_circuit));
}

TEST_F(guard_keys_test, without_a_key_the_guards_own_circuit_has_the_call) {
  auto g = keyed(quick("shop"), [](const caf::message& x) -> std::string {
    if (x.get_as<int32_t>(0) == 13)
      throw std::runtime_error("no number of ours");
    return {};
  });
  fail_key(g, 12, 2);
  fail_key(g, 13, 1);
  EXPECT_EQ(state(g), circuit_state::open);
  EXPECT_TRUE(ask(g, 12)->is(errc::circuit_open));
  EXPECT_EQ(metrics(g).layers.hook_failures, 1u);
  EXPECT_EQ(keys(g).unfit, 4u);
}

TEST_F(guard_keys_test, are_bounded_and_the_rest_share_the_guards_circuit) {
  auto p = quick("shop");
  p.keyed = keyed_config{.max_keys = 2};
  auto g = keyed(p);
  fail_key(g, 100);
  fail_key(g, 200);
  fail_key(g, 300);
  auto all = keys(g);
  EXPECT_EQ(all.keys, 2u);
  EXPECT_EQ(all.overflowed, 3u);
  EXPECT_EQ(state(g), circuit_state::open);
  EXPECT_TRUE(ask(g, 100)->is(errc::circuit_open));
  EXPECT_TRUE(ask(g, 400)->is(errc::circuit_open));
}

TEST_F(guard_keys_test, tell_subscribers_which_key_it_was) {
  auto g = keyed();
  user.control<circuit_status>(rt.control(g), subscribe{});
  env.run();
  fail_key(g, 101);
  ASSERT_EQ(user.state->events.size(), 1u);
  EXPECT_EQ(user.state->events[0].name, "shop[tenant 1]");
  EXPECT_EQ(user.state->events[0].to, circuit_state::open);
}

TEST_F(guard_keys_test, follow_new_settings_of_the_breaker) {
  auto p = quick("shop");
  auto g = keyed(p);
  p.keyed = keyed_config{};
  fail_key(g, 101, 2);
  p.breaker->failure_threshold = 5;
  status_after(rt.control(g), configure{p});
  fail_key(g, 101, 2);
  EXPECT_EQ(key(g, "tenant 1").state, circuit_state::closed);
  fail_key(g, 101, 1);
  EXPECT_EQ(key(g, "tenant 1").state, circuit_state::open);
}

TEST_F(guard_keys_test, stay_as_they_are_under_way) {
  auto g = keyed();
  auto p = quick("shop");
  reply_ptr r;
  p.keyed = keyed_config{.max_keys = 3};
  user.control<circuit_status>(rt.control(g), configure{p}, &r);
  env.run();
  EXPECT_TRUE(r->is(errc::invalid_config));
  EXPECT_EQ(detail_of(r->error), "keyed cannot change under way");
  p.keyed.reset();
  p.breaker.reset();
  user.control<circuit_status>(rt.control(g), configure{p}, &r);
  env.run();
  EXPECT_EQ(detail_of(r->error),
            "breaker cannot be turned off where there are keys");
  // The policy that it was made with says nothing of keys.
  user.control<circuit_status>(rt.control(g), configure{quick("shop")}, &r);
  env.run();
  EXPECT_TRUE(r->ok());
  ask(g, 101);
  EXPECT_EQ(keys(g).keys, 1u);
}

TEST_F(guard_keys_test, a_reset_of_the_guard_closes_them_all) {
  auto g = keyed();
  fail_key(g, 101);
  fail_key(g, 201);
  status_after(rt.control(g), reset{});
  EXPECT_TRUE(ask(g, 101)->ok());
  EXPECT_TRUE(ask(g, 201)->ok());
}

TEST_F(guard_keys_test, isolating_the_guards_circuit_turns_every_key_away) {
  auto g = keyed();
  EXPECT_TRUE(ask(g, 101)->ok());
  status_after(rt.control("shop"), isolate{});
  EXPECT_TRUE(ask(g, 101)->is(errc::circuit_isolated));
  compat::anon_post(g, int32_t{102});
  env.run();
  EXPECT_EQ(told->plain, 0);
  status_after(rt.control("shop"), restore{});
  EXPECT_TRUE(ask(g, 101)->ok());
}

TEST_F(guard_keys_test, plain_messages_make_no_key) {
  auto g = keyed();
  compat::anon_post(g, int32_t{102});
  env.run();
  EXPECT_EQ(told->plain, 1);
  EXPECT_EQ(keys(g).keys, 0u);
}

TEST_F(guard_keys_test, what_is_idle_is_forgotten_though_no_key_is_new) {
  auto p = quick("shop");
  p.keyed = keyed_config{.idle_after = 60s};
  auto g = keyed(p);
  for (int32_t i = 1; i <= 5; ++i)
    ask(g, 100 * i);
  EXPECT_EQ(keys(g).keys, 5u);
  env.advance(61s);
  // Deadlines wake the guard, also of calls that were answered; each time it
  // looks at a few.
  for (int i = 0; i < 40; ++i) {
    ask(g, 100);
    env.advance(3s);
  }
  EXPECT_EQ(keys(g).keys, 1u);
}

TEST_F(guard_keys_test, no_key_is_no_key) {
  auto g = keyed();
  reply_ptr r;
  user.control<circuit_status>(rt.control(g), get_key{""}, &r);
  env.run();
  EXPECT_TRUE(r->is(errc::unknown_circuit));
}

TEST_F(guard_keys_test, need_a_function_and_a_breaker) {
  auto p = quick();
  p.keyed = keyed_config{};
  auto made = rt.try_guard(worker, p);
  ASSERT_FALSE(made);
  EXPECT_EQ(detail_of(made.error()),
            "keyed needs a key function beside the policy");
  p.breaker.reset();
  made = rt.try_guard(worker, p, {.key = hundreds});
  ASSERT_FALSE(made);
  EXPECT_EQ(detail_of(made.error()), "keyed needs a breaker: it says what the "
                                     "circuits of the keys do");
  p.keyed.reset();
  EXPECT_TRUE(rt.try_guard(worker, p, {.key = hundreds}))
    << "nothing trips, whatever the key";
}

TEST_F(guard_keys_test, have_retries_timeouts_and_plain_messages) {
  auto p = quick("shop");
  p.retry = retry_config{
    .max_attempts = 3,
    .backoff = {.initial_delay = 0ms, .jitter = jitter_kind::none}};
  auto g = keyed(p);
  told->how = manner::fail;
  auto r = ask(g, 101);
  env.advance(1ms);
  EXPECT_EQ(told->requests, 3);
  EXPECT_EQ(retries_of(r->error)->attempts, 3);
  EXPECT_EQ(key(g, "tenant 1").state, circuit_state::open);
  told->how = manner::answer;
  compat::anon_post(g, int32_t{102});
  compat::anon_post(g, int32_t{202});
  env.run();
  EXPECT_EQ(told->plain, 1) << "nothing passes for a key that is open";
  told->how = manner::keep;
  for (int i = 0; i < 3; ++i)
    ask(g, 201);
  env.advance(10s);
  EXPECT_EQ(key(g, "tenant 2").state, circuit_state::open);
}

TEST_F(guard_keys_test, what_is_idle_is_forgotten_and_what_is_open_is_not) {
  auto p = quick("shop");
  p.keyed = keyed_config{.max_keys = 100, .idle_after = 60s};
  auto g = keyed(p);
  fail_key(g, 100);
  for (int32_t i = 2; i < 50; ++i)
    ask(g, 100 * i);
  env.advance(61s);
  for (int32_t i = 50; i < 99; ++i)
    ask(g, 100 * i);
  auto all = keys(g);
  EXPECT_GT(all.evicted, 0u);
  EXPECT_EQ(key(g, "tenant 1").name, "tenant 1");
}

} // namespace

} // namespace resilience::test
