// A circuit with a window: no success may take the fast way past it.
#include "resilience/circuit.hpp"

#include "core/breaker_fixture.hpp"

namespace resilience::test {

namespace {

class circuit_window_test : public ::testing::Test {
protected:
  static breaker_config windowed() {
    auto cfg = small_config();
    cfg.window = window_config{.window_size = 10,
                               .minimum_calls = 4,
                               .slow_call_rate_threshold = 75,
                               .slow_call_duration = 10ms};
    return cfg;
  }

  void call(outcome what, duration took = 1ms) {
    c.settle(c.admit(at(0)).pass, what, took, at(0));
  }

  circuit_status status(int64_t now = 0) {
    return c.status(at(now), {});
  }

  circuit c{"payments", "acme", windowed()};
};

TEST_F(circuit_window_test, successes_are_recorded) {
  for (int i = 0; i < 3; ++i)
    call(outcome::success);
  EXPECT_FALSE(status().failure_rate);
  EXPECT_FALSE(status().slow_call_rate);
  call(outcome::failure, 11ms);
  EXPECT_EQ(status().failure_rate, 25.0);
  EXPECT_EQ(status().slow_call_rate, 25.0);
}

TEST_F(circuit_window_test, successes_open_it) {
  for (int i = 0; i < 4; ++i)
    call(outcome::success, 11ms);
  EXPECT_EQ(status().state, circuit_state::open);
  EXPECT_EQ(status().slow_call_rate, 100.0);
  EXPECT_EQ(c.metrics(at(0)).slow_calls, 4u);
  EXPECT_FALSE(status(1000).slow_call_rate);
}

TEST_F(circuit_window_test, slow_calls_are_counted_whatever_the_state) {
  auto late = c.admit(at(0)).pass;
  auto neutral = c.admit(at(0)).pass;
  c.disable(at(0));
  c.settle(late, outcome::success, 11ms, at(0));
  c.settle(neutral, outcome::neutral, 11ms, at(0));
  c.settle({99, 0}, outcome::success, 11ms, at(0)); // unknown
  call(outcome::success, 10ms);
  EXPECT_EQ(c.metrics(at(0)).slow_calls, 1u);
}

TEST_F(circuit_window_test, a_window_can_be_set_and_taken_while_it_runs) {
  ASSERT_TRUE(c.configure(small_config(), at(0)).empty());
  for (int i = 0; i < 10; ++i)
    call(outcome::success, 1s);
  EXPECT_EQ(c.metrics(at(0)).slow_calls, 0u);
  EXPECT_FALSE(status().slow_call_rate);
  ASSERT_TRUE(c.configure(windowed(), at(0)).empty());
  for (int i = 0; i < 4; ++i)
    call(outcome::success);
  EXPECT_EQ(status().slow_call_rate, 0.0);
}

TEST_F(circuit_window_test, a_breaker_that_is_off_has_none) {
  for (int i = 0; i < 4; ++i)
    call(outcome::success);
  ASSERT_TRUE(c.configure(std::nullopt, at(0)).empty());
  call(outcome::success, 1s);
  EXPECT_FALSE(status().failure_rate);
  EXPECT_EQ(c.metrics(at(0)).slow_calls, 0u);
}

TEST_F(circuit_window_test, reading_lets_seconds_pass_and_changes_nothing) {
  auto cfg = windowed();
  cfg.window->kind = window_kind::time;
  ASSERT_TRUE(c.configure(cfg, at(0)).empty());
  for (int i = 0; i < 4; ++i)
    call(outcome::success);
  EXPECT_EQ(status(9999).failure_rate, 0.0);
  EXPECT_EQ(status(9999), status(9999));
  EXPECT_FALSE(status(10'000).failure_rate);
}

TEST_F(circuit_window_test, each_circuit_draws_jitter_of_its_own) {
  auto cfg = small_config();
  cfg.cooldown_jitter = 0.99;
  circuit a{"a", "", cfg}, b{"b", "", cfg};
  circuit same_1{"a", "", cfg, {}, 5}, same_2{"b", "", cfg, {}, 5};
  for (auto* x : {&a, &b, &same_1, &same_2})
    for (int i = 0; i < cfg.failure_threshold; ++i)
      x->settle(x->admit(at(0)).pass, outcome::failure, 1ms, at(0));
  EXPECT_NE(a.open_until(), b.open_until()); // once in 10^9 they agree
  EXPECT_EQ(same_1.open_until(), same_2.open_until());
}

} // namespace

} // namespace resilience::test
