// Cooldowns that grow with each failed round of probes, and their jitter.
#include "core/breaker_fixture.hpp"

#include <algorithm>
#include <set>

namespace resilience::test {

namespace {

class circuit_breaker_cooldown_test : public breaker_fixture {
protected:
  static breaker_config growing() {
    auto cfg = small_config();
    cfg.cooldown_growth = 2;
    cfg.max_cooldown = ms(5000);
    return cfg;
  }

  duration cooldown(time_point now) const {
    return machine.open_until() - now;
  }

  /// Waits for the end of the cooldown and fails a probe; the next cooldown.
  duration reopen() {
    auto now = machine.open_until();
    call(outcome::failure, now);
    EXPECT_EQ(machine.state(), circuit_state::open);
    return cooldown(now);
  }
};

TEST_F(circuit_breaker_cooldown_test, grows_with_each_reopening_to_its_end) {
  configure(growing(), at(0));
  open(at(0));
  EXPECT_EQ(cooldown(at(0)), ms(1000));
  for (auto expected : {2000, 4000, 5000, 5000})
    EXPECT_EQ(reopen(), ms(expected));
}

TEST_F(circuit_breaker_cooldown_test, without_growth_it_stays_as_it_is) {
  auto cfg = small_config();
  cfg.max_cooldown = ms(1); // has no effect
  configure(cfg, at(0));
  open(at(0));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(reopen(), ms(1000));
}

TEST_F(circuit_breaker_cooldown_test, closing_ends_the_growth) {
  configure(growing(), at(0));
  open(at(0));
  EXPECT_EQ(reopen(), ms(2000));
  auto now = machine.open_until();
  for (int i = 0; i < 4; ++i)
    call(outcome::success, now);
  ASSERT_EQ(machine.state(), circuit_state::closed);
  open(now);
  EXPECT_EQ(cooldown(now), ms(1000));
  EXPECT_EQ(reopen(), ms(2000));
  reset(now);
  open(now);
  EXPECT_EQ(cooldown(now), ms(1000));
}

TEST_F(circuit_breaker_cooldown_test, an_isolation_does_not_end_the_growth) {
  configure(growing(), at(0));
  open(at(0));
  EXPECT_EQ(reopen(), ms(2000));
  isolate(owner::hand, at(1500));
  restore(owner::hand, at(1600));
  ASSERT_EQ(machine.state(), circuit_state::half_open);
  call(outcome::failure, at(1600));
  EXPECT_EQ(cooldown(at(1600)), ms(4000));
}

TEST_F(circuit_breaker_cooldown_test, never_overflows) {
  auto cfg = small_config();
  cfg.cooldown = any_length.highest;
  cfg.max_cooldown = any_length.highest;
  cfg.cooldown_growth = 1000;
  cfg.cooldown_jitter = 0.999;
  configure(cfg, at(0));
  open(at(0));
  for (int i = 0; i < 400; ++i) { // 1000^400 is no finite number
    auto got = reopen();
    EXPECT_LE(machine.open_until(), time_point::max());
    if (machine.open_until() == time_point::max())
      break;
    EXPECT_GE(got, any_length.highest);
    EXPECT_LT(got, 2 * any_length.highest);
  }
  EXPECT_EQ(machine.open_until(), time_point::max());
  cfg.cooldown = cfg.max_cooldown = 1ms;
  cfg.cooldown_jitter = 0;
  configure(cfg, time_point::max());
  reset(at(0));
  open(at(0));
  for (int i = 0; i < 400; ++i)
    EXPECT_EQ(reopen(), 1ms);
}

TEST_F(circuit_breaker_cooldown_test, new_settings_hold_from_the_next_opening) {
  open(at(0));
  configure(growing(), at(0));
  EXPECT_EQ(cooldown(at(0)), ms(1000));
  EXPECT_EQ(reopen(), ms(2000));
  auto cfg = growing();
  cfg.cooldown_growth = 1.5;
  configure(cfg, at(1000));
  EXPECT_EQ(cooldown(at(1000)), ms(2000));
  EXPECT_EQ(reopen(), ms(2250));
}

// Above 2^53 ns, 104 days, a double is no longer exact.
TEST_F(circuit_breaker_cooldown_test, the_shortest_and_longest_are_exact) {
  auto cfg = small_config();
  cfg.cooldown = duration{(int64_t{1} << 53) + 1};
  cfg.cooldown_growth = 2;
  cfg.max_cooldown = any_length.highest;
  configure(cfg, at(0));
  open(at(0));
  EXPECT_EQ(cooldown(at(0)), cfg.cooldown);
  cfg.cooldown = any_length.highest / 2;
  cfg.max_cooldown = any_length.highest - 1ns; // as a double it is the highest
  configure(cfg, at(0));
  EXPECT_EQ(reopen(), cfg.max_cooldown);
}

// -- jitter -------------------------------------------------------------------

std::vector<duration> jittered(uint64_t seed, double share) {
  auto cfg = small_config();
  cfg.cooldown_jitter = share;
  circuit_breaker machine{cfg, seed};
  std::vector<duration> result;
  for (int i = 0; i < 500; ++i) {
    transitions out;
    machine.reset(at(0), out);
    for (int n = 0; n < cfg.failure_threshold; ++n) {
      transitions more;
      machine.settle({machine.generation(), 0}, outcome::failure, 1ms, at(0),
                     more);
    }
    EXPECT_EQ(machine.state(), circuit_state::open);
    result.push_back(machine.open_until() - at(0));
  }
  return result;
}

TEST_F(circuit_breaker_cooldown_test, jitter_adds_up_to_its_share) {
  auto drawn = jittered(7, 0.5);
  auto [lowest, highest] = std::minmax_element(drawn.begin(), drawn.end());
  EXPECT_GE(*lowest, ms(1000));
  EXPECT_LT(*lowest, ms(1050));
  EXPECT_LT(*highest, ms(1500));
  EXPECT_GT(*highest, ms(1450));
  EXPECT_GT(std::set(drawn.begin(), drawn.end()).size(), 400u);
}

TEST_F(circuit_breaker_cooldown_test, equal_seeds_draw_equal_jitter) {
  EXPECT_EQ(jittered(7, 0.5), jittered(7, 0.5));
  EXPECT_NE(jittered(7, 0.5), jittered(8, 0.5));
  EXPECT_EQ(circuit_breaker{}, (circuit_breaker{{}, 0}));
}

TEST_F(circuit_breaker_cooldown_test, jitter_is_drawn_once_per_opening) {
  auto cfg = small_config();
  cfg.cooldown_jitter = 0.9;
  configure(cfg, at(0));
  open(at(0));
  auto until = machine.open_until();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(admit(at(i)).retry_after, until - at(i));
}

TEST_F(circuit_breaker_cooldown_test, jitter_comes_on_top_of_the_longest) {
  auto cfg = growing();
  cfg.cooldown_jitter = 0.5;
  configure(cfg, at(0));
  open(at(0));
  std::set<duration> seen;
  for (int i = 0; i < 20; ++i)
    if (auto got = reopen(); i > 3) {
      EXPECT_GE(got, ms(5000));
      EXPECT_LT(got, ms(7500));
      seen.insert(got);
    }
  EXPECT_GT(seen.size(), 10u);
}

} // namespace

} // namespace resilience::test
