// A window beside the consecutive rule.
#include "core/breaker_fixture.hpp"

namespace resilience::test {

namespace {

using steps = std::vector<transition>;

constexpr auto closed = circuit_state::closed;
constexpr auto opened = circuit_state::open;
constexpr auto half = circuit_state::half_open;

class circuit_breaker_window_test : public breaker_fixture {
protected:
  /// Trips at half of four calls or more, or at three in a row.
  static breaker_config windowed() {
    auto cfg = small_config();
    cfg.window = window_config{.window_size = 6,
                               .minimum_calls = 4,
                               .failure_rate_threshold = 50,
                               .slow_call_rate_threshold = 75,
                               .slow_call_duration = 10ms};
    return cfg;
  }

  void SetUp() override {
    configure(windowed(), at(0));
  }

  uint64_t buffered() {
    return machine.rates(at(0))->buffered_calls;
  }
};

TEST_F(circuit_breaker_window_test, the_failure_rate_opens) {
  for (auto x : {outcome::failure, outcome::success, outcome::failure})
    call(x, at(0));
  EXPECT_EQ(machine.state(), closed);
  call(outcome::failure, at(7));
  EXPECT_EQ(changed(),
            (steps{{closed, opened, cause::failure_rate, 2, 2, at(7)}}));
  EXPECT_EQ(machine.open_until(), at(1007));
}

TEST_F(circuit_breaker_window_test, a_success_may_open) {
  call(outcome::failure, at(0));
  call(outcome::failure, at(0));
  call(outcome::success, at(0));
  EXPECT_EQ(machine.state(), closed);
  call(outcome::success, at(7));
  EXPECT_EQ(changed(),
            (steps{{closed, opened, cause::failure_rate, 2, 0, at(7)}}));
}

TEST_F(circuit_breaker_window_test, slow_successes_open) {
  call(outcome::success, at(0));
  for (int i = 0; i < 3; ++i)
    call(outcome::success, at(0), 11ms);
  EXPECT_EQ(changed(),
            (steps{{closed, opened, cause::slow_call_rate, 2, 0, at(0)}}));
}

TEST_F(circuit_breaker_window_test, the_consecutive_rule_goes_on_beside_it) {
  for (int i = 0; i < 3; ++i)
    call(outcome::failure, at(0), 1s);
  EXPECT_EQ(changed(), (steps{{closed, opened, cause::failures, 2, 3, at(0)}}));
}

TEST_F(circuit_breaker_window_test, of_two_rates_the_failures_are_named) {
  for (auto x :
       {outcome::failure, outcome::success, outcome::failure, outcome::success})
    call(x, at(0), 1s);
  EXPECT_EQ(changed(),
            (steps{{closed, opened, cause::failure_rate, 2, 0, at(0)}}));
}

TEST_F(circuit_breaker_window_test, neutral_and_late_results_are_not_in_it) {
  auto early = admit(at(0)).pass;
  reset(at(0));
  settle(early, outcome::failure, at(0));
  call(outcome::neutral, at(0));
  EXPECT_EQ(buffered(), 0u);
  call(outcome::failure, at(0));
  EXPECT_EQ(buffered(), 1u);
}

TEST_F(circuit_breaker_window_test, a_closed_period_starts_empty) {
  open(at(0));
  EXPECT_EQ(buffered(), 3u); // shows why
  for (int i = 0; i < 4; ++i) {
    call(outcome::success, at(1000));
    EXPECT_EQ(buffered(), 0u); // probes are not of a closed period
  }
  ASSERT_EQ(machine.state(), closed);
  call(outcome::failure, at(1000));
  EXPECT_EQ(buffered(), 1u);
  reset(at(1000));
  EXPECT_EQ(buffered(), 0u);
}

TEST_F(circuit_breaker_window_test, disabled_records_nothing) {
  disable(at(0));
  for (int i = 0; i < 10; ++i)
    call(outcome::failure, at(0), 1s);
  EXPECT_EQ(buffered(), 0u);
  EXPECT_EQ(machine.state(), circuit_state::disabled);
}

TEST_F(circuit_breaker_window_test, half_open_has_rules_of_its_own) {
  half_open(at(1000));
  for (int i = 0; i < 4; ++i)
    call(outcome::success, at(1000), 1s);
  EXPECT_EQ(changed(),
            (steps{{half, closed, cause::probes_succeeded, 4, 0, at(1000)}}));
}

TEST_F(circuit_breaker_window_test, new_settings_keep_what_fits) {
  for (auto x : {outcome::failure, outcome::success, outcome::failure})
    call(x, at(0));
  auto cfg = windowed();
  cfg.window->window_size = 2;
  configure(cfg, at(0));
  EXPECT_EQ(machine.rates(at(0)), (window_rates{50, 0, 2, 1, 0}));
  // Looked at with the next result, as the other thresholds are.
  EXPECT_EQ(machine.state(), closed);
  call(outcome::failure, at(0));
  EXPECT_EQ(machine.state(), opened);
}

TEST_F(circuit_breaker_window_test, comes_and_goes_with_the_settings) {
  call(outcome::failure, at(0));
  configure(small_config(), at(0));
  EXPECT_FALSE(machine.rates(at(0)));
  configure(windowed(), at(0));
  EXPECT_EQ(buffered(), 0u);
  EXPECT_EQ(machine.failures(), 1);
}

TEST_F(circuit_breaker_window_test, a_copy_goes_its_own_way) {
  call(outcome::failure, at(0));
  auto copy = machine;
  EXPECT_EQ(copy, machine);
  call(outcome::failure, at(0));
  EXPECT_NE(copy, machine);
  EXPECT_EQ(copy.rates(at(0))->buffered_calls, 1u);
}

} // namespace

} // namespace resilience::test
