// The time of a call, and what its caller gets instead of a timeout: total
// timeout, substitutes.
#include "support/scripted_guard.hpp"

namespace resilience::test {

namespace {

using kind = scripted_hooks::fallback_kind;

policy total_policy(duration total, int attempts = 3, duration delay = ms(10)) {
  auto p = retry_policy(attempts, delay);
  p.timeout->total = total;
  return p;
}

// -- the end of the whole call ------------------------------------------------

TEST(stack_time, the_total_cuts_an_attempt_short) {
  scripted_guard g{total_policy(ms(150))};
  g.otherwise = silent();
  g.ask();
  g.run(ms(200));
  auto& x = g.of(1);
  ASSERT_EQ(x.attempts.size(), 2u);
  EXPECT_EQ(x.attempts.at(1).due, x.arrived + ms(150));
  EXPECT_EQ(x.answered_at, x.arrived + ms(150));
  EXPECT_EQ(x.got, with(ours(errc::timed_out), {2, retry_stop::deadline, {}}));
  EXPECT_EQ(g.counts().failures, 2u);
  g.expect_idle();
}

TEST(stack_time, the_earlier_of_total_and_inherited_deadline_counts) {
  struct {
    duration inherited;
    duration end;
  } cases[] = {{ms(30), ms(30)}, {ms(80), ms(60)}};
  for (auto x : cases)
    for (auto follow : {false, true}) {
      auto p = quiet_policy();
      if (follow)
        p.timeout->total = ms(60);
      scripted_guard g{p};
      g.otherwise = silent();
      g.ask(g.now() + x.inherited);
      g.run(ms(200));
      EXPECT_EQ(g.of(1).answered_at - g.of(1).arrived,
                follow ? x.end : x.inherited);
    }
}

TEST(stack_time, nothing_begins_at_the_deadline) {
  for (const auto& p :
       {quiet_policy(), retry_policy(), bulkhead_policy(1, 1)}) {
    scripted_guard g{p};
    g.ask(g.now());
    EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
    EXPECT_TRUE(g.of(1).attempts.empty());
    EXPECT_EQ(g.counts().total_calls, 0u);
    g.expect_idle();
  }
}

TEST(stack_time, a_pause_that_ends_late_begins_nothing_after_the_deadline) {
  scripted_guard g{total_policy(ms(50))};
  g.script = {fails(3)};
  g.ask();
  g.sleep(ms(50)); // the alarm of the pause was for 10
  g.run();
  EXPECT_EQ(g.of(1).got, with(trouble(3), {1, retry_stop::deadline, {}}));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  g.expect_idle();
}

TEST(stack_time, without_a_timeout_the_lease_ends_a_call) {
  auto p = quiet_policy();
  p.timeout.reset();
  p.breaker->lease = ms(500);
  for (auto follow : {false, true}) {
    if (follow)
      p.bulkhead = bulkhead_config{};
    scripted_guard g{p};
    g.otherwise = silent();
    g.ask();
    g.run(ms(500));
    EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
    EXPECT_EQ(g.counts().expired, 1u);
    g.expect_idle();
  }
}

// -- substitutes --------------------------------------------------------------

struct substitute_case {
  const char* name;
  scripted_guard::deed target;
  /// Whether the target is there.
  bool alive;
  bool substituted;
};

std::ostream& operator<<(std::ostream& out, const substitute_case& x) {
  return out << x.name;
}

class substitutes : public ::testing::TestWithParam<substitute_case> {};

TEST_P(substitutes, are_for_timeouts_of_ours_before_any_fallback) {
  auto& x = GetParam();
  for (auto attempts : {1, 2}) {
    auto p = retry_policy(attempts);
    p.timeout->on_timeout = timeout_action::return_none;
    p.fallback = fallback_config{};
    scripted_guard g{p,
                     {.fallback = kind::function,
                      .answer = [](const reply&) { return value(5); }}};
    g.otherwise = x.target;
    g.alive = x.alive;
    g.ask();
    g.run(ms(1000));
    auto& r = g.of(1);
    EXPECT_EQ(r.substitute.has_value(), x.substituted);
    EXPECT_EQ(r.got, value(x.substituted ? 0 : 5));
    EXPECT_EQ(g.layers().substituted, x.substituted ? 1u : 0u);
    EXPECT_EQ(g.layers().fallbacks, x.substituted ? 0u : 1u);
    EXPECT_EQ(g.counts().failures, r.attempts.size() + (x.alive ? 0u : 1u));
    EXPECT_EQ(g.counts().successes, 0u);
    g.expect_idle();
  }
}

const substitute_case substitute_cases[] = {
  {"silent", silent(), true, true},
  {"an error", fails(1), true, false},
  {"the target's own timeout", says(from_within(errc::timed_out)), true, false},
  {"no target", silent(), false, false},
};

INSTANTIATE_TEST_SUITE_P(table, substitutes,
                         ::testing::ValuesIn(substitute_cases));

TEST(stack_time, a_substitute_is_for_who_comes_too_late) {
  auto p = quiet_policy();
  p.timeout->on_timeout = timeout_action::return_none;
  scripted_guard g{p};
  g.ask(g.now());
  EXPECT_EQ(g.of(1).substitute, timeout_action::return_none);
  EXPECT_EQ(g.counts().total_calls, 0u);
}

TEST(stack_time, a_substitute_is_for_the_last_attempt_alone) {
  auto p = total_policy(ms(130), 3, ms(10));
  p.timeout->on_timeout = timeout_action::return_default;
  scripted_guard g{p};
  g.script = {silent(), fails(4, ms(30))};
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.of(1).substitute, std::nullopt);
  EXPECT_EQ(g.of(1).got.code, 4);
  g.script = {fails(4)};
  g.otherwise = silent();
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.of(2).substitute, timeout_action::return_default);
}

TEST(stack_time, a_substitute_is_for_who_waited_in_the_queue_till_the_end) {
  auto p = bulkhead_policy(1, 2, ms(40));
  p.timeout->total = ms(30);
  p.timeout->on_timeout = timeout_action::return_none;
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  g.ask();
  g.run(ms(30));
  EXPECT_EQ(g.of(2).substitute, timeout_action::return_none);
  p.bulkhead->max_wait = ms(20);
  g.configure(p);
  g.ask();
  g.ask();
  g.run(ms(30));
  EXPECT_EQ(g.of(4).got, ours(errc::bulkhead_full)) << "no timeout of ours";
}

TEST(stack_time, a_substitute_follows_where_the_circuit_stops_a_retry) {
  auto p = retry_policy(3);
  p.breaker->failure_threshold = 1;
  p.timeout->on_timeout = timeout_action::return_none;
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  EXPECT_EQ(g.of(1).substitute, timeout_action::return_none);
}

TEST(stack_time, no_substitute_for_whose_target_has_ended) {
  for (auto attempts : {1, 2}) {
    auto p = retry_policy(attempts);
    p.timeout->on_timeout = timeout_action::return_none;
    scripted_guard g{p};
    g.otherwise = silent();
    g.ask();
    g.die();
    EXPECT_EQ(g.of(1).substitute, std::nullopt);
    EXPECT_EQ(g.of(1).got.code, static_cast<int64_t>(errc::target_down));
  }
}

struct turned_away_case {
  const char* name;
  policy settings;
  errc why;
};

std::ostream& operator<<(std::ostream& out, const turned_away_case& x) {
  return out << x.name;
}

TEST(stack_time, no_substitute_for_who_was_rejected_by_the_circuit) {
  auto p = retry_policy();
  p.timeout->on_timeout = timeout_action::return_none;
  scripted_guard g{p};
  g.machine().isolate(owner::hand, g.now());
  g.ask();
  EXPECT_EQ(g.of(1).substitute, std::nullopt);
  EXPECT_EQ(g.of(1).got, ours(errc::circuit_isolated));
}

class turned_away : public ::testing::TestWithParam<turned_away_case> {};

TEST_P(turned_away, gets_no_substitute) {
  auto p = GetParam().settings;
  p.timeout->on_timeout = timeout_action::return_none;
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  g.ask();
  EXPECT_EQ(g.of(2).substitute, std::nullopt);
  EXPECT_EQ(g.of(2).got.code, static_cast<int64_t>(GetParam().why));
  g.run(ms(200));
  EXPECT_EQ(g.of(1).substitute, timeout_action::return_none);
  g.expect_idle();
}

std::vector<turned_away_case> turned_away_cases() {
  auto limited = quiet_policy();
  limited.rate_limiter = rate_limit_config{1, ms(1000), 1};
  auto crowded = bulkhead_policy(1, 1);
  crowded.max_in_flight = 1;
  auto too_many = bulkhead_policy(2);
  too_many.max_in_flight = 1;
  return {{"by the rate limiter", limited, errc::rate_limited},
          {"by the bulkhead", bulkhead_policy(1), errc::bulkhead_full},
          {"before the queue", crowded, errc::overloaded},
          {"before the attempt", too_many, errc::overloaded}};
}

INSTANTIATE_TEST_SUITE_P(table, turned_away,
                         ::testing::ValuesIn(turned_away_cases()));

} // namespace

} // namespace resilience::test
