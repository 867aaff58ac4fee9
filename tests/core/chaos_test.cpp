// Faults made on purpose: how many, in which order, and what a call that meets
// one comes to.
#include "support/scripted_guard.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace resilience::test {

namespace {

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();

TEST(chaos, makes_as_many_faults_as_asked_for) {
  chaos x{{.error_rate = 0.1,
           .delay_rate = 0.2,
           .drop_rate = 0.3,
           .duplicate_rate = 0.05}};
  std::array<int, 5> seen{};
  constexpr int n = 100'000;
  for (int i = 0; i < n; ++i)
    ++seen[static_cast<size_t>(x.draw())];
  const std::array<double, 5> wanted{0.35, 0.1, 0.2, 0.3, 0.05};
  for (size_t i = 0; i < seen.size(); ++i)
    EXPECT_NEAR(seen[i] / double{n}, wanted[i], 0.01) << i;
}

TEST(chaos, is_all_or_nothing_where_asked_for) {
  chaos off{{}};
  chaos all{{.drop_rate = 1}};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(off.draw(), injected::nothing);
    EXPECT_EQ(all.draw(), injected::drop);
  }
}

TEST(chaos, the_same_seed_makes_the_same_faults) {
  chaos_config cfg{.error_rate = 0.3, .drop_rate = 0.3};
  chaos a{cfg};
  chaos b{cfg};
  cfg.seed = 2;
  chaos c{cfg};
  auto differs = 0;
  for (int i = 0; i < 100; ++i) {
    auto x = a.draw();
    EXPECT_EQ(x, b.draw());
    differs += x != c.draw() ? 1 : 0;
  }
  EXPECT_GT(differs, 10);
}

TEST(chaos, other_rates_go_on_where_the_last_ones_were) {
  chaos_config cfg{.error_rate = 0.5};
  chaos a{cfg};
  chaos b{cfg};
  a.draw();
  b.draw();
  cfg.delay = ms(3);
  b.configure(cfg);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(a.draw(), b.draw());
  cfg.seed = 7;
  b.configure(cfg);
  chaos fresh{cfg};
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(fresh.draw(), b.draw());
}

TEST(chaos, other_rates_hold_from_then_on) {
  chaos x{{}};
  x.configure({.drop_rate = 1});
  EXPECT_EQ(x.draw(), injected::drop);
  x.configure({});
  EXPECT_EQ(x.draw(), injected::nothing);
}

TEST(chaos, rates_that_are_none_are_named) {
  for (auto bad : {-0.1, 1.1, nan, std::numeric_limits<double>::infinity()}) {
    auto found = validate(chaos_config{.drop_rate = bad});
    ASSERT_EQ(found.size(), 1u) << bad;
    EXPECT_TRUE(found[0].starts_with("chaos.drop_rate ")) << found[0];
  }
  auto found = validate(chaos_config{.error_rate = 0.6, .delay_rate = 0.5});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], "chaos.error_rate, chaos.delay_rate, chaos.drop_rate and "
                      "chaos.duplicate_rate add up to more than 1: 1.1");
  for (auto rate : {&chaos_config::delay_rate, &chaos_config::drop_rate,
                    &chaos_config::duplicate_rate}) {
    chaos_config x{.error_rate = 0.6};
    x.*rate = 0.6;
    EXPECT_EQ(validate(x).size(), 1u);
  }
  EXPECT_TRUE(validate(chaos_config{.error_rate = 0.1,
                                    .delay_rate = 0.2,
                                    .drop_rate = 0.3,
                                    .duplicate_rate = 0.4})
                .empty());
  EXPECT_EQ(validate(chaos_config{.delay = {}, .seed = -1}).size(), 2u);
}

// -- in a guard ---------------------------------------------------------------

policy chaotic(chaos_config x) {
  auto p = quiet_policy();
  p.chaos = x;
  return p;
}

TEST(stack_chaos, an_error_is_a_failure_that_the_target_never_saw) {
  scripted_guard g{chaotic({.error_rate = 1})};
  g.ask();
  EXPECT_EQ(g.of(1).got, ours(errc::injected_fault));
  EXPECT_TRUE(g.of(1).attempts.empty());
  EXPECT_EQ(g.counts().failures, 1u);
  EXPECT_EQ(g.layers().injected, 1u);
  EXPECT_TRUE(g.layers().chaos);
  EXPECT_EQ(g.noted, 1u);
  g.expect_idle();
}

TEST(stack_chaos, opens_a_circuit_and_is_retried_like_any_failure) {
  auto p = chaotic({.error_rate = 1});
  p.breaker->failure_threshold = 3;
  p.retry = constant_retry(2, ms(10));
  scripted_guard g{p};
  g.ask();
  g.run(ms(10));
  EXPECT_EQ(g.of(1).got,
            with(ours(errc::injected_fault), {2, retry_stop::attempts, {}}));
  g.ask();
  g.run(ms(10));
  g.ask();
  EXPECT_EQ(g.of(3).got.code, static_cast<int64_t>(errc::circuit_open));
  g.expect_idle();
}

TEST(stack_chaos, what_is_dropped_times_out) {
  scripted_guard g{chaotic({.drop_rate = 1})};
  g.ask();
  g.run(ms(100));
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  EXPECT_EQ(g.of(1).answered_at - g.of(1).arrived, ms(100));
  EXPECT_TRUE(g.of(1).attempts.empty());
  g.expect_idle();
}

TEST(stack_chaos, what_is_delayed_reaches_the_target_later) {
  scripted_guard g{chaotic({.delay_rate = 1, .delay = ms(30)})};
  g.otherwise = says(value(5), ms(2));
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.of(1).got, value(5));
  EXPECT_EQ(g.of(1).answered_at - g.of(1).arrived, ms(32));
  ASSERT_EQ(g.of(1).attempts.size(), 1u);
  // Its limit has run since it began.
  EXPECT_EQ(g.of(1).attempts[0].due - g.of(1).arrived, ms(100));
  g.expect_idle();
}

TEST(stack_chaos, what_is_delayed_beyond_its_limit_is_never_sent) {
  scripted_guard g{chaotic({.delay_rate = 1, .delay = ms(130)})};
  g.ask();
  g.run(ms(500));
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  EXPECT_TRUE(g.of(1).attempts.empty());
  g.expect_idle();
}

TEST(stack_chaos, a_delay_leaves_nothing_beyond_its_attempt) {
  scripted_guard g{chaotic({.delay_rate = 1, .delay = std::chrono::hours{1}})};
  g.ask();
  g.run(ms(100));
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  EXPECT_EQ(g.uut.entries().size(), 0u);
}

TEST(stack_chaos, what_is_delayed_ends_with_target_and_guard) {
  for (auto by_death : {true, false}) {
    scripted_guard g{chaotic({.delay_rate = 1, .delay = ms(30)})};
    g.ask();
    g.run(ms(5));
    if (by_death)
      g.die();
    else
      g.end();
    EXPECT_EQ(g.of(1).got,
              ours(by_death ? errc::target_down : errc::shutting_down));
    g.run(ms(100));
    EXPECT_TRUE(g.of(1).attempts.empty());
    g.expect_idle();
  }
}

TEST(stack_chaos, without_room_for_the_delay_there_is_none) {
  auto p = chaotic({.delay_rate = 1, .delay = ms(30)});
  p.max_in_flight = 1;
  scripted_guard g{p};
  g.ask();
  g.run(ms(1));
  EXPECT_EQ(g.of(1).got, value(200));
  g.expect_idle();
}

TEST(stack_chaos, an_answer_that_comes_twice_is_late_once) {
  scripted_guard g{chaotic({.duplicate_rate = 1})};
  g.ask();
  g.run(ms(10));
  EXPECT_EQ(g.of(1).got, value(200));
  EXPECT_EQ(g.counts().late_answers, 1u);
  EXPECT_EQ(g.counts().successes, 1u);
  g.expect_idle();
}

TEST(stack_chaos, an_answer_of_a_second_attempt_may_come_twice) {
  auto p = chaotic({.duplicate_rate = 1});
  p.hedge = hedge_config{.delay = ms(20)};
  scripted_guard g{p};
  g.script = {silent()};
  g.ask();
  g.run(ms(50));
  EXPECT_EQ(g.of(1).got, value(200));
  EXPECT_EQ(g.of(1).attempts.size(), 2u);
  EXPECT_EQ(g.counts().late_answers, 1u);
  g.expect_idle();
}

TEST(stack_chaos, what_was_delayed_is_not_sent_for_an_attempt_that_ended) {
  scripted_guard g{chaotic({.delay_rate = 1, .delay = ms(30)})};
  g.ask();
  g.run(ms(5));
  g.lose();
  g.come_back();
  g.run(ms(100));
  EXPECT_EQ(g.of(1).got, ours(errc::target_down));
  EXPECT_TRUE(g.of(1).attempts.empty());
  g.expect_idle();
}

TEST(stack_chaos, meets_second_attempts_too) {
  auto p = chaotic({.drop_rate = 1});
  p.hedge = hedge_config{.delay = ms(20)};
  scripted_guard g{p};
  g.ask();
  g.run(ms(500));
  EXPECT_EQ(g.layers().hedges, 1u);
  EXPECT_EQ(g.layers().injected, 2u);
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  g.expect_idle();
}

TEST(stack_chaos, an_error_of_a_second_attempt_leaves_the_first) {
  // The seed's first number lies above, its second below.
  auto p = chaotic({.error_rate = 0.5});
  for (p.chaos->seed = 1;; ++p.chaos->seed) {
    chaos trial{*p.chaos};
    if (trial.draw() == injected::nothing && trial.draw() == injected::error)
      break;
  }
  p.hedge = hedge_config{.delay = ms(20)};
  scripted_guard g{p};
  g.otherwise = says(value(5), ms(50));
  g.ask();
  g.run(ms(500));
  EXPECT_EQ(g.of(1).got, value(5));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  EXPECT_EQ(g.layers().hedges, 1u);
  g.expect_idle();
}

TEST(stack_chaos, is_turned_on_and_off) {
  scripted_guard g{quiet_policy()};
  EXPECT_FALSE(g.layers().chaos);
  g.configure(chaotic({.error_rate = 1}));
  EXPECT_TRUE(g.layers().chaos);
  g.ask();
  g.configure(quiet_policy());
  EXPECT_FALSE(g.layers().chaos);
  g.ask();
  g.run(ms(10));
  EXPECT_EQ(g.of(1).got, ours(errc::injected_fault));
  EXPECT_EQ(g.of(2).got, value(200));
}

} // namespace

} // namespace resilience::test
