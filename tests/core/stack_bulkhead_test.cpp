// Who may begin: the rate limiter, the places of the bulkhead and its queue.
#include "support/scripted_guard.hpp"

namespace resilience::test {

namespace {

using numbers = std::vector<int>;

// -- rate limiter -------------------------------------------------------------

TEST(stack_limiter, says_when_to_come_back_and_holds_nothing) {
  for (auto followed : {false, true}) {
    auto p = quiet_policy();
    p.rate_limiter = rate_limit_config{1, ms(100), 2};
    if (followed)
      p.bulkhead = bulkhead_config{};
    scripted_guard g{p};
    g.ask();
    g.ask();
    g.run(ms(30));
    g.ask();
    EXPECT_EQ(g.of(3).got, ours(errc::rate_limited, ms(70)));
    EXPECT_TRUE(g.of(3).attempts.empty());
    g.run(ms(70));
    g.ask();
    g.run(ms(1));
    EXPECT_EQ(g.of(4).got, value(200));
    EXPECT_EQ(g.layers().rate_limited, 1u);
    EXPECT_EQ(g.counts().total_calls, 3u) << "no permit for who is turned away";
    EXPECT_EQ(g.counts().failures, 0u);
    g.expect_idle();
  }
}

TEST(stack_limiter, a_token_is_not_given_back) {
  auto p = bulkhead_policy(1);
  p.rate_limiter = rate_limit_config{1, ms(1000), 2};
  scripted_guard g{p};
  g.ask();
  g.ask();
  EXPECT_EQ(g.of(2).got, ours(errc::bulkhead_full));
  g.run(ms(1));
  g.ask();
  EXPECT_EQ(g.of(3).got.code, static_cast<int64_t>(errc::rate_limited));
}

TEST(stack_limiter, one_token_is_for_all_attempts) {
  auto p = retry_policy(3, ms(1));
  p.rate_limiter = rate_limit_config{1, ms(1000), 1};
  scripted_guard g{p};
  g.otherwise = fails();
  g.ask();
  g.run(ms(10));
  EXPECT_EQ(g.of(1).attempts.size(), 3u);
  EXPECT_EQ(g.layers().rate_limited, 0u);
}

// -- bulkhead -----------------------------------------------------------------

TEST(stack_bulkhead, places_then_queue_then_full_first_come_first_served) {
  scripted_guard g{bulkhead_policy(2, 2)};
  g.otherwise = says(value(1), ms(10));
  for (int i = 0; i < 5; ++i)
    g.ask();
  EXPECT_EQ(g.of(5).got, ours(errc::bulkhead_full));
  EXPECT_EQ(g.layers().running, 2u);
  EXPECT_EQ(g.layers().queued, 2u);
  EXPECT_EQ(g.layers().bulkhead_full, 1u);
  g.run(ms(30));
  EXPECT_EQ(g.sent, (numbers{1, 2, 3, 4}));
  EXPECT_EQ(g.of(3).attempts.at(0).at, g.of(3).arrived + ms(10));
  g.expect_idle();
}

// How a call with a place ends, and when.
struct end_case {
  const char* name;
  std::function<void(scripted_guard&)> prepare;
  std::function<void(scripted_guard&)> end;
  duration after;
  /// What those get who waited.
  reply next = value(200);
};

std::ostream& operator<<(std::ostream& out, const end_case& x) {
  return out << x.name;
}

const end_case end_cases[] = {
  {"success", [](auto& g) { g.script = {says(value(1), ms(5))}; }, {}, ms(5)},
  {"at once", [](auto& g) { g.script = {at_once(value(1))}; }, {}, ms(0)},
  {"failure",
   [](auto& g) {
     g.script = {fails(1), fails(1)};
   },
   {},
   ms(10)},
  {"failure at once",
   [](auto& g) {
     g.script = {at_once(trouble(1)), at_once(trouble(1))};
   },
   {},
   ms(10)},
  {"neutral",
   [](auto& g) { g.script = {says(from_within(errc::overloaded), ms(5))}; },
   {},
   ms(5)},
  {"timeout",
   [](auto& g) {
     g.script = {silent(), silent()};
   },
   {},
   ms(210)},
  {"circuit", [](auto& g) { g.script = {silent()}; },
   [](auto& g) {
     g.machine().isolate(owner::hand, g.now());
     g.run(ms(110)); // the attempt ends, the next one is not admitted
     EXPECT_EQ(g.of(1).got.report->why, retry_stop::circuit);
   },
   ms(110), ours(errc::circuit_isolated)},
  {"fallback",
   [](auto& g) {
     g.script = {fails(7)};
     g.fallback_does = silent();
   },
   {},
   ms(0)},
};

class bulkhead_ends : public ::testing::TestWithParam<end_case> {};

TEST_P(bulkhead_ends, the_place_goes_to_the_next) {
  auto& x = GetParam();
  auto p = retry_policy(2, ms(10));
  p.retry->dont_retry_on = {"shop:7"};
  p.bulkhead = bulkhead_config{1, 5, ms(10'000)};
  p.fallback = fallback_config{.on = {"shop:7"}, .limit = ms(10'000)};
  scripted_guard g{p, {.fallback = scripted_hooks::fallback_kind::actor}};
  x.prepare(g);
  auto start = g.now();
  g.call();
  g.call();
  g.call();
  if (x.end)
    x.end(g);
  g.run(ms(300));
  for (int i : {2, 3})
    EXPECT_EQ(g.of(i).got, x.next);
  if (!x.end) {
    EXPECT_EQ(g.of(2).attempts.at(0).at, start + x.after);
  }
  EXPECT_EQ(g.layers().running, 0u);
  EXPECT_EQ(g.layers().queued, 0u);
  g.run(ms(10'000));
  g.expect_idle();
}

INSTANTIATE_TEST_SUITE_P(table, bulkhead_ends, ::testing::ValuesIn(end_cases));

TEST(stack_bulkhead, a_call_holds_its_place_while_it_pauses) {
  auto p = retry_policy(2, ms(50));
  p.bulkhead = bulkhead_config{1, 1, ms(1000)};
  scripted_guard g{p};
  g.script = {fails()};
  g.ask();
  g.ask();
  g.run(ms(49));
  EXPECT_EQ(g.layers().running, 1u);
  EXPECT_TRUE(g.of(2).attempts.empty());
  g.run(ms(2));
  EXPECT_EQ(g.sent, (numbers{1, 1, 2}));
}

TEST(stack_bulkhead, who_waits_or_pauses_keeps_the_guard_alive) {
  auto p = retry_policy(2, ms(50));
  p.bulkhead = bulkhead_config{1, 1, ms(1000)};
  scripted_guard g{p};
  g.script = {fails(1), says(value(1), ms(20))};
  g.call();
  EXPECT_EQ(g.holders(), 0) << "the target's answer comes here";
  g.run();
  EXPECT_EQ(g.holders(), 1) << "it pauses";
  g.call();
  EXPECT_EQ(g.holders(), 2) << "and another one waits";
  g.run(ms(50));
  EXPECT_EQ(g.holders(), 1) << "the pause is over";
  g.run(ms(30));
  g.expect_idle();
}

TEST(stack_bulkhead, who_waits_too_long_is_turned_away_and_never_promoted) {
  scripted_guard g{bulkhead_policy(1, 3, ms(50))};
  g.script = {says(value(1), ms(50))}; // at the very end of the wait
  g.ask();
  g.ask();
  g.run(ms(1));
  g.ask();
  g.run(ms(100));
  EXPECT_EQ(g.of(2).got, ours(errc::bulkhead_full));
  EXPECT_EQ(g.of(2).answered_at, g.of(2).arrived + ms(50));
  EXPECT_EQ(g.sent, (numbers{1, 3}));
  EXPECT_EQ(g.layers().bulkhead_full, 1u);
  EXPECT_EQ(g.counts().failures, 0u);
  g.expect_idle();
}

TEST(stack_bulkhead, who_waits_to_the_end_of_the_call_has_timed_out) {
  auto p = bulkhead_policy(1, 2, ms(50));
  p.timeout->total = ms(50);
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  g.ask();
  g.run(ms(50));
  EXPECT_EQ(g.of(2).got, ours(errc::timed_out));
  EXPECT_EQ(g.layers().bulkhead_full, 0u);
  g.expect_idle();
}

TEST(stack_bulkhead, a_place_for_who_just_timed_out_goes_further) {
  // The alarm is late: the place comes free when the wait is over by far.
  scripted_guard g{bulkhead_policy(1, 3, ms(50))};
  g.otherwise = silent();
  g.call();
  g.call();
  g.sleep(ms(20));
  g.call();
  g.sleep(ms(40));
  g.answer(g.of(1).attempts.at(0).id, value(1));
  EXPECT_EQ(g.of(2).got, ours(errc::bulkhead_full));
  EXPECT_EQ(g.sent, (numbers{1, 3}));
}

TEST(stack_bulkhead, a_promoted_call_meets_the_circuit_as_any_other) {
  auto p = bulkhead_policy(1, 5);
  p.breaker->failure_threshold = 1;
  p.breaker->cooldown = ms(100);
  scripted_guard g{p};
  g.script = {fails()};
  for (int i = 0; i < 4; ++i)
    g.call();
  g.run();
  for (int i : {2, 3, 4})
    EXPECT_EQ(g.of(i).got, ours(errc::circuit_open, ms(100)));
  EXPECT_EQ(g.counts().failures, 1u);
  g.expect_idle();
}

TEST(stack_bulkhead, a_place_that_comes_free_meanwhile_is_taken) {
  scripted_guard g{bulkhead_policy(1, 1)};
  g.script = {silent()};
  g.ask();
  g.meanwhile = [&] { g.answer(g.of(1).attempts.at(0).id, value(1)); };
  g.ask();
  EXPECT_EQ(g.of(2).attempts.size(), 1u);
  EXPECT_EQ(g.layers().queued, 0u);
  g.run(ms(1));
  EXPECT_EQ(g.of(2).got, value(200));
  g.expect_idle();
}

TEST(stack_bulkhead, no_time_to_wait_is_turned_away_by_the_next_alarm) {
  scripted_guard g{bulkhead_policy(1, 1, ms(0))};
  g.otherwise = silent();
  g.ask();
  g.ask();
  EXPECT_EQ(g.of(2).got, ours(errc::bulkhead_full));
}

TEST(stack_bulkhead, the_limit_in_flight_counts_those_who_wait) {
  auto p = bulkhead_policy(1, 5);
  p.max_in_flight = 2;
  scripted_guard g{p};
  for (int i = 0; i < 3; ++i)
    g.call();
  EXPECT_EQ(g.of(3).got, ours(errc::overloaded));
  EXPECT_EQ(g.layers().queued, 1u);
  g.run(ms(10));
  g.expect_idle();
  EXPECT_EQ(g.counts().total_calls, 2u);
}

TEST(stack_bulkhead, the_limit_in_flight_holds_without_layers) {
  auto p = quiet_policy();
  p.max_in_flight = 1;
  scripted_guard g{p};
  g.call();
  g.call();
  EXPECT_EQ(g.of(2).got, ours(errc::overloaded));
  g.run(ms(1));
  g.expect_idle();
}

TEST(stack_bulkhead, whose_wait_an_end_cuts_short_is_in_the_queue_no_more) {
  for (auto end : {&scripted_guard::die, &scripted_guard::end}) {
    scripted_guard* self = nullptr;
    auto p = retry_policy(2);
    p.bulkhead = bulkhead_config{1, 1, ms(1000)};
    // The end comes while the first call has its place and is nowhere else.
    scripted_guard g{p,
                     {.retry_if =
                        [&](const reply&) {
                          (self->*end)();
                          EXPECT_EQ(self->layers().queued, 0u);
                          return false;
                        },
                      .given = true}};
    self = &g;
    g.script = {fails(1)};
    g.call();
    g.call();
    EXPECT_EQ(g.layers().queued, 1u);
    g.run();
    g.expect_idle();
  }
}

// Chains of starts -----------------------------------------------------------

TEST(stack_bulkhead, a_target_that_fails_at_once_needs_no_deep_stack) {
  constexpr int count = 100'000;
  auto p = retry_policy(3, ms(0));
  p.bulkhead = bulkhead_config{1, count, ms(10'000)};
  scripted_guard g{p};
  g.script = {silent()};
  g.otherwise = at_once(trouble(1));
  for (int i = 0; i <= count; ++i)
    g.call();
  g.run(ms(200));
  g.expect_idle();
  EXPECT_EQ(g.sent.size(), 3u * (count + 1));
}

TEST(stack_bulkhead, one_thread_begins_only_so_many_calls_in_a_row) {
  constexpr int count = 1000;
  scripted_guard g{bulkhead_policy(1, count)};
  g.script = {silent()};
  g.otherwise = at_once(trouble(1));
  for (int i = 0; i <= count; ++i)
    g.call();
  auto wakes = g.wakes;
  g.answer(g.of(1).attempts.at(0).id, value(1));
  EXPECT_GT(g.sent.size(), 100u);
  EXPECT_LT(g.sent.size(), 200u);
  EXPECT_EQ(g.wakes, wakes + 1) << "and asks for another one to go on";
  auto before = g.sent.size();
  g.call(); // whoever comes by: it waits, behind the others
  EXPECT_EQ(g.sent.size(), before);
  g.run();
  EXPECT_EQ(g.sent.size(), size_t{count + 2});
  g.expect_idle();
}

} // namespace

} // namespace resilience::test
