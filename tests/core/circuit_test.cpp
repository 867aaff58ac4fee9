// The circuit that threads share: its fast way must decide exactly as the
// machine does, and its listener must see every change in order.
#include "resilience/circuit.hpp"

#include "core/breaker_fixture.hpp"

#include <random>

namespace resilience::test {

namespace {

using steps = std::vector<transition>;

constexpr auto closed = circuit_state::closed;
constexpr auto opened = circuit_state::open;
constexpr auto half = circuit_state::half_open;

class circuit_test : public ::testing::Test {
protected:
  settlement call(outcome what, time_point now) {
    return c.settle(c.admit(now).pass, what, 1ms, now);
  }

  void open(time_point now) {
    for (int i = 0; i < small_config().failure_threshold; ++i)
      call(outcome::failure, now);
  }

  circuit_state state(time_point now) {
    return c.status(now, {}).state;
  }

  steps seen;
  circuit c{"payments", "acme", small_config(),
            [this](const transition& x) { seen.push_back(x); }};
};

TEST_F(circuit_test, knows_its_name_and_settings) {
  EXPECT_EQ(c.name(), "payments");
  EXPECT_EQ(c.provider(), "acme");
  EXPECT_EQ(c.config(), small_config());
  EXPECT_EQ(c.lease(), ms(5000));
}

TEST_F(circuit_test, an_invalid_config_throws_every_fault) {
  auto cfg = small_config();
  cfg.failure_threshold = 0;
  cfg.lease = 0s;
  try {
    circuit{"x", "", cfg};
    FAIL() << "must throw";
  } catch (const invalid_config_error& x) {
    EXPECT_STREQ(x.what(),
                 "breaker.failure_threshold must be between 1 and 1000000, is "
                 "0; breaker.lease must be between 1ms and 8760h, is 0s");
  }
}

TEST_F(circuit_test, an_invalid_config_is_refused_whole) {
  auto cfg = small_config();
  cfg.failure_threshold = 1;
  cfg.success_threshold = 0;
  EXPECT_EQ(c.configure(cfg, at(0)),
            faults{"breaker.success_threshold must be between 1 and 1000000, "
                   "is 0"});
  EXPECT_EQ(c.config(), small_config());
  call(outcome::failure, at(0));
  EXPECT_EQ(state(at(0)), closed);
}

TEST_F(circuit_test, a_closed_circuit_knows_no_probe) {
  permit forged{c.admit(at(0)).pass.generation, 1};
  for (auto what : {outcome::success, outcome::failure, outcome::neutral})
    EXPECT_FALSE(c.settle(forged, what, 1ms, at(0)));
  EXPECT_EQ(c.status(at(0), {}).permits_in_use, 1u);
}

TEST_F(circuit_test, settings_change_in_place) {
  call(outcome::failure, at(0));
  auto cfg = small_config();
  cfg.failure_threshold = 2;
  cfg.lease = 1s;
  EXPECT_TRUE(c.configure(cfg, at(0)).empty());
  EXPECT_EQ(c.config(), cfg);
  EXPECT_EQ(c.lease(), 1s);
  EXPECT_EQ(c.status(at(0), {}).consecutive_failures, 1);
  call(outcome::failure, at(0));
  EXPECT_EQ(state(at(0)), opened);
}

// -- the fast way -------------------------------------------------------------

TEST_F(circuit_test, open_rejects_until_the_last_nanosecond) {
  open(at(0));
  EXPECT_EQ(c.open_until(), at(1000));
  auto x = c.admit(at(1000) - 1ns);
  EXPECT_EQ(x.reason, rejection::open);
  EXPECT_EQ(x.retry_after, 1ns);
  auto y = c.admit(at(1000));
  EXPECT_TRUE(y);
  EXPECT_EQ(y.pass, (permit{3, 1}));
}

TEST_F(circuit_test, a_success_after_failures_resets_them) {
  call(outcome::failure, at(0));
  call(outcome::failure, at(0));
  call(outcome::success, at(0));
  call(outcome::failure, at(0));
  call(outcome::failure, at(0));
  EXPECT_EQ(state(at(0)), closed);
  EXPECT_EQ(c.status(at(0), {}).consecutive_failures, 2);
}

TEST_F(circuit_test, only_closed_and_disabled_let_plain_messages_pass) {
  EXPECT_TRUE(c.passes());
  open(at(0));
  EXPECT_FALSE(c.passes());
  c.advance(at(1000));
  EXPECT_EQ(state(at(1000)), half);
  EXPECT_FALSE(c.passes());
  c.isolate(owner::hand, at(1000));
  EXPECT_FALSE(c.passes());
  c.disable(at(1000));
  EXPECT_TRUE(c.passes());
  c.reset(at(1000));
  EXPECT_TRUE(c.passes());
}

TEST_F(circuit_test, forged_permits_change_nothing) {
  auto before = c.metrics(at(0));
  const permit forged[] = {
    {0, 0},
    {1, 7},
    {2, 0},
    {~uint64_t{0}, 0},
    // Generations whose high bits would be lost in the atomic word.
    {(uint64_t{1} << 60) + 1, 0},
    {(uint64_t{1} << 63) + 1, 0},
  };
  for (const auto& x : forged)
    for (auto what : {outcome::success, outcome::failure, outcome::neutral})
      EXPECT_FALSE(c.settle(x, what, 1ms, at(0))) << x << ", " << what;
  EXPECT_EQ(c.metrics(at(0)), before);
}

TEST_F(circuit_test, a_late_result_is_counted_without_effect) {
  auto success = c.admit(at(0)).pass;
  auto failure = c.admit(at(0)).pass;
  auto neutral = c.admit(at(0)).pass;
  open(at(0));
  EXPECT_TRUE(c.settle(success, outcome::success, 1ms, at(1)).late);
  EXPECT_TRUE(c.settle(failure, outcome::failure, 1ms, at(1)).late);
  EXPECT_TRUE(c.settle(neutral, outcome::neutral, 1ms, at(1)).late);
  auto x = c.metrics(at(1));
  EXPECT_EQ(x.successes, 1u);
  EXPECT_EQ(x.failures, 4u);
  EXPECT_EQ(x.neutral, 1u);
  EXPECT_EQ(x.late, 2u) << "a neutral one is only neutral";
  EXPECT_EQ(state(at(1)), opened);
  EXPECT_EQ(c.status(at(1), {}).retry_after, ms(999));
}

// A circuit and a bare machine, given the same events, must never differ.
TEST_F(circuit_test, decides_exactly_as_the_machine_does) {
  circuit_breaker machine{small_config()};
  steps expected;
  std::mt19937 random{20240607};
  std::vector<permit> passes{{}};
  auto now = at(0);
  for (int i = 0; i < 20'000; ++i) {
    transitions out;
    // Mostly one of the latest, sometimes one of old.
    auto back = random() % (random() % 8 == 0 ? passes.size() : 4);
    auto pass = passes[passes.size() - 1 - std::min(back, passes.size() - 1)];
    auto what = static_cast<outcome>(random() % 3);
    auto who = static_cast<owner>(random() % 3);
    switch (auto dice = random() % 100; dice) {
      default:
        if (dice % 2 == 0) {
          auto x = c.admit(now);
          auto y = machine.admit(now, out);
          ASSERT_EQ(x.reason, y.reason);
          ASSERT_EQ(x.pass, y.pass);
          ASSERT_EQ(x.retry_after, y.retry_after);
          passes.push_back(x.pass);
        } else {
          auto x = c.settle(pass, what, 1ms, now);
          auto y = machine.settle(pass, what, 1ms, now, out);
          ASSERT_EQ(x.known, y.known);
          ASSERT_EQ(x.late, y.late);
        }
        break;
      case 0:
        now += ms(static_cast<int64_t>(random() % 1500));
        break;
      case 1:
        c.advance(now);
        machine.advance(now, out);
        break;
      case 2:
        c.isolate(who, now);
        machine.isolate(who, now, out);
        break;
      case 3:
      case 4:
        c.restore(who, now);
        machine.restore(who, now, out);
        break;
      case 5:
        c.reset(now);
        machine.reset(now, out);
        break;
      case 6:
        c.disable(now);
        machine.disable(now, out);
        break;
    }
    expected.insert(expected.end(), out.begin(), out.end());
  }
  EXPECT_EQ(seen, expected);
  EXPECT_GT(seen.size(), 500u);
  auto x = c.status(now, {});
  EXPECT_EQ(x.generation, machine.generation());
  EXPECT_EQ(x.consecutive_failures, machine.failures());
  EXPECT_EQ(x.consecutive_successes, machine.successes());
}

// -- the listener -------------------------------------------------------------

TEST_F(circuit_test, the_listener_sees_every_change_in_order) {
  open(at(0));
  c.admit(at(1500));
  c.isolate(owner::health, at(1600));
  c.restore(owner::health, at(1700));
  c.disable(at(1800));
  c.reset(at(1900));
  EXPECT_EQ(seen,
            (steps{
              {closed, opened, cause::failures, 2, 3, at(0)},
              {opened, half, cause::cooldown_elapsed, 3, 0, at(1000)},
              {half, circuit_state::isolated, cause::isolated, 4, 0, at(1600)},
              {circuit_state::isolated, half, cause::restored, 5, 0, at(1700)},
              {half, circuit_state::disabled, cause::disabled, 6, 0, at(1800)},
              {circuit_state::disabled, closed, cause::reset, 7, 0, at(1900)},
            }));
}

TEST_F(circuit_test, two_changes_of_one_event_are_two_calls) {
  open(at(0));
  seen.clear();
  c.reset(at(1000));
  EXPECT_EQ(seen,
            (steps{{opened, half, cause::cooldown_elapsed, 3, 0, at(1000)},
                   {half, closed, cause::reset, 4, 0, at(1000)}}));
}

TEST(circuit_listener, may_call_back_into_the_circuit) {
  std::vector<transition> seen;
  std::vector<circuit_state> states;
  circuit* self = nullptr;
  auto depth = 0;
  circuit c{"x", "", small_config(), [&](const transition& x) {
              EXPECT_EQ(++depth, 1) << "one call at a time";
              seen.push_back(x);
              states.push_back(self->status(x.at, {}).state);
              // Answers each opening with a reset, from within.
              if (x.to == opened)
                self->reset(x.at);
              --depth;
            }};
  self = &c;
  for (int i = 0; i < 3; ++i)
    c.settle(c.admit(at(0)).pass, outcome::failure, 1ms, at(0));
  EXPECT_EQ(seen, (steps{{closed, opened, cause::failures, 2, 3, at(0)},
                         {opened, closed, cause::reset, 3, 0, at(0)}}));
  EXPECT_EQ(states, (std::vector<circuit_state>{opened, closed}));
}

// -- off ----------------------------------------------------------------------

// Off is a setting: what is done by hand does not switch the breaker on.
TEST(circuit_off, stays_off_whatever_is_done_by_hand) {
  circuit c{"x", "", std::nullopt};
  EXPECT_EQ(c.state(), circuit_state::disabled);
  EXPECT_EQ(c.config(), std::nullopt);
  c.reset(at(0));
  EXPECT_EQ(c.state(), circuit_state::disabled);
  c.isolate(owner::hand, at(0));
  EXPECT_EQ(c.state(), circuit_state::isolated);
  c.restore(owner::hand, at(0));
  EXPECT_EQ(c.state(), circuit_state::disabled);
  c.disable(at(0));
  c.restore(owner::hand, at(0));
  EXPECT_EQ(c.state(), circuit_state::disabled);
  for (int i = 0; i < 10; ++i)
    c.settle(c.admit(at(1)).pass, outcome::failure, 0ns, at(1));
  EXPECT_EQ(c.state(), circuit_state::disabled);
}

TEST(circuit_off, turning_on_ends_nothing_that_was_set_by_hand) {
  circuit c{"x", "", std::nullopt};
  c.isolate(owner::hand, at(0));
  EXPECT_TRUE(c.configure(breaker_config{}, at(0)).empty());
  EXPECT_EQ(c.state(), circuit_state::isolated);
  c.restore(owner::hand, at(0));
  EXPECT_EQ(c.state(), circuit_state::half_open);
  c.disable(at(0));
  EXPECT_TRUE(c.configure(std::nullopt, at(0)).empty());
  EXPECT_TRUE(c.configure(breaker_config{}, at(0)).empty());
  EXPECT_EQ(c.state(), circuit_state::disabled);
  c.restore(owner::hand, at(0));
  EXPECT_EQ(c.state(), circuit_state::closed);
}

TEST(circuit_off, turns_off_and_on_from_any_state) {
  circuit c{"x", "", breaker_config{.failure_threshold = 1}};
  c.settle(c.admit(at(0)).pass, outcome::failure, 0ns, at(0));
  EXPECT_EQ(c.state(), circuit_state::open);
  EXPECT_TRUE(c.configure(std::nullopt, at(1)).empty());
  EXPECT_TRUE(c.admit(at(1)));
  EXPECT_TRUE(c.configure(breaker_config{}, at(2)).empty());
  EXPECT_EQ(c.state(), circuit_state::closed);
}

} // namespace

} // namespace resilience::test
