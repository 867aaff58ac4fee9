// What comes from outside while calls are under way: the target's death, the
// guard's end, new settings.
#include "support/scripted_guard.hpp"

namespace resilience::test {

namespace {

using kind = scripted_hooks::fallback_kind;
using numbers = std::vector<int>;

/// One call in each phase: 1 asks the fallback, 2 pauses, 3 is in its second
/// attempt, 4 in its first one, 5 waits.
struct each_phase {
  each_phase() {
    auto p = retry_policy(3, ms(50));
    p.retry->dont_retry_on = {"shop:7"};
    p.bulkhead = bulkhead_config{3, 1, ms(10'000)};
    p.fallback = fallback_config{.on = {"shop:7"}, .limit = ms(10'000)};
    p.timeout->limit = ms(10'000);
    g = std::make_unique<scripted_guard>(
      p, scripted_hooks{.fallback = kind::actor});
    g->fallback_does = silent();
    g->otherwise = silent();
    g->script = {fails(7)};
    g->ask();
    g->script = {fails(3)};
    auto third = g->ask();
    g->run(ms(50));
    g->script = {fails(2)};
    auto second = g->ask();
    fourth = g->ask();
    fifth = g->ask();
    EXPECT_EQ(third, 2);
    EXPECT_EQ(second, 3);
    EXPECT_EQ(g->uut.entries().size(), 5u);
    EXPECT_EQ(g->layers().running, 3u);
    EXPECT_EQ(g->layers().queued, 1u);
  }

  std::unique_ptr<scripted_guard> g;
  int fourth = 0;
  int fifth = 0;
};

TEST(stack_end, of_the_target_answers_all_but_the_fallback) {
  each_phase x;
  auto& g = *x.g;
  g.die();
  using enum retry_stop;
  auto down = ours(errc::target_down);
  EXPECT_EQ(g.of(2).got, with(down, {2, target_down, {}}));
  EXPECT_EQ(g.of(3).got, with(trouble(2), {1, target_down, {}}));
  EXPECT_EQ(g.of(4).got, with(down, {1, target_down, {}}));
  EXPECT_EQ(g.of(5).got, down);
  EXPECT_EQ(g.of(1).answers, 0);
  EXPECT_EQ(g.layers().running, 0u);
  EXPECT_EQ(g.layers().queued, 0u);
  g.answer(g.of(1).asked.at(0).id, value(5));
  EXPECT_EQ(g.of(1).got, value(5));
  EXPECT_EQ(g.counts().failures, 5u) << "3 answers, 2 in flight";
  EXPECT_EQ(g.layers().bulkhead_full, 0u);
  g.expect_idle();
}

TEST(stack_end, of_a_target_that_is_replaced_leaves_alone_who_waits) {
  each_phase x;
  auto& g = *x.g;
  g.lose();
  for (int call = 1; call <= 5; ++call)
    EXPECT_EQ(g.of(call).answers, 0) << call;
  EXPECT_EQ(g.counts().failures, 5u) << "3 answers, 2 in flight";
  EXPECT_EQ(g.layers().running, 3u);
  EXPECT_EQ(g.layers().queued, 1u);
  g.come_back();
  g.otherwise = says(value(200));
  g.run(ms(50));
  for (int call = 2; call <= 5; ++call)
    EXPECT_EQ(g.of(call).got, value(200)) << call;
  g.answer(g.of(1).asked.at(0).id, value(5));
  g.expect_idle();
}

TEST(stack_end, of_a_target_that_is_replaced_passes_places_on) {
  scripted_guard g{bulkhead_policy(1, 1)};
  g.otherwise = silent();
  g.ask();
  g.ask();
  g.lose();
  auto down = ours(errc::target_down);
  EXPECT_EQ(g.of(1).got, down);
  EXPECT_EQ(g.of(2).got, down) << "nobody waits for the new one";
  g.expect_idle();
  g.come_back();
  g.otherwise = says(value(200));
  g.ask();
  EXPECT_EQ(g.of(3).got, value(200));
}

TEST(stack_end, for_good_after_one_that_was_to_be_replaced_answers_all) {
  each_phase x;
  auto& g = *x.g;
  g.lose();
  g.returning = false;
  g.die();
  for (int call = 2; call <= 5; ++call)
    EXPECT_EQ(g.of(call).answers, 1) << call;
  EXPECT_EQ(g.of(3).got, with(trouble(2), {1, retry_stop::target_down, {}}));
  EXPECT_EQ(g.of(1).answers, 0) << "the fallback has it";
  g.answer(g.of(1).asked.at(0).id, value(5));
  g.expect_idle();
}

TEST(stack_end, of_the_guard_answers_all) {
  each_phase x;
  auto& g = *x.g;
  g.end();
  using enum retry_stop;
  EXPECT_EQ(g.of(1).got, with(trouble(7), {1, not_retryable, {}}));
  EXPECT_EQ(g.of(2).got, with(trouble(3), {1, guard, {}}));
  EXPECT_EQ(g.of(3).got, with(trouble(2), {1, guard, {}}));
  EXPECT_EQ(g.of(4).got, ours(errc::shutting_down));
  EXPECT_EQ(g.of(5).got, ours(errc::shutting_down));
  EXPECT_EQ(g.counts().neutral, 2u);
  EXPECT_EQ(g.counts().failures, 3u);
  EXPECT_EQ(g.layers().bulkhead_full, 0u);
  g.expect_idle();
  g.ask();
  EXPECT_EQ(g.of(6).got, ours(errc::shutting_down));
  g.answer(g.of(4).attempts.at(0).id, value(1));
  g.expect_idle();
}

TEST(stack_end, of_the_guard_reaches_those_who_were_about_to_begin) {
  constexpr int count = 1000;
  scripted_guard g{bulkhead_policy(1, count)};
  g.script = {silent()};
  g.otherwise = at_once(trouble(1));
  for (int i = 0; i <= count; ++i)
    g.call();
  g.answer(g.of(1).attempts.at(0).id, value(1));
  ASSERT_LT(g.sent.size(), size_t{count}) << "a thread begins so many in a row";
  g.end();
  g.expect_idle();
}

TEST(stack_end, of_the_target_while_a_call_is_about_to_begin) {
  constexpr int count = 1000;
  scripted_guard g{bulkhead_policy(1, count)};
  g.script = {silent()};
  g.otherwise = at_once(trouble(1));
  for (int i = 0; i <= count; ++i)
    g.call();
  g.answer(g.of(1).attempts.at(0).id, value(1));
  g.die();
  g.run();
  g.expect_idle();
}

TEST(stack_end, a_call_to_a_dead_target_fails_there_and_then) {
  for (const auto& p : {quiet_policy(), retry_policy(), bulkhead_policy(1)}) {
    scripted_guard g{p};
    g.die();
    g.ask();
    auto expected = ours(errc::target_down);
    if (p.retry)
      expected = with(expected, {1, retry_stop::target_down, {}});
    EXPECT_EQ(g.of(1).got, expected);
    EXPECT_EQ(g.counts().failures, 1u);
    EXPECT_EQ(g.noted, 1u);
    g.expect_idle();
  }
}

TEST(stack_end, a_dead_target_costs_no_alarm_of_others) {
  scripted_guard g{retry_policy()};
  g.alive = false;
  g.ask(); // its attempt would have ended first
  g.alive = true;
  g.run(ms(10));
  g.otherwise = silent();
  g.ask();
  g.run(ms(1000));
  g.expect_idle();
}

TEST(stack_end, no_permit_that_somebody_holds_is_answered) {
  scripted_guard g{quiet_policy()};
  auto hold = [&] {
    auto pass = g.machine().admit(g.now()).pass;
    scripted_guard::stack_type::passage holder{{.request = false}, nullptr};
    auto due = g.now() + ms(50);
    auto opened = g.uut.entries().open(holder, pass, g.now(), due);
    if (opened.wake)
      g.wake(due);
    return opened.id;
  };
  g.answer(hold(), value(1));
  EXPECT_EQ(g.counts().late_answers, 1u);
  g.die();
  EXPECT_EQ(g.uut.entries().size(), 1u) << "whoever holds it may still settle";
  g.run(ms(50));
  EXPECT_EQ(g.leases_ended, 1u);
  EXPECT_EQ(g.counts().expired, 1u);
  hold();
  g.end();
  EXPECT_EQ(g.leases_ended, 1u);
  EXPECT_EQ(g.counts().neutral, 1u);
  g.expect_idle();
}

// -- new settings -------------------------------------------------------------

TEST(stack_configure, a_guard_without_layers_gets_them) {
  scripted_guard g{quiet_policy()};
  g.script = {fails(1)};
  auto before = g.call(); // fails without layers
  g.configure([] {
    auto p = bulkhead_policy(1, 1);
    p.retry = constant_retry(2, ms(10));
    p.rate_limiter = rate_limit_config{1, ms(1000), 3};
    return p;
  }());
  EXPECT_EQ(g.layers().running, 0u);
  g.script.insert(g.script.end(), {fails(2), says(value(2))});
  for (int i = 0; i < 4; ++i)
    g.ask();
  EXPECT_EQ(g.of(before).got, trouble(1));
  EXPECT_EQ(g.of(4).got, ours(errc::bulkhead_full));
  EXPECT_EQ(g.of(5).got.code, static_cast<int64_t>(errc::rate_limited));
  g.run(ms(20));
  EXPECT_EQ(g.of(2).got, value(2));
  g.expect_idle();
}

TEST(stack_configure, fewer_places_take_nothing_back) {
  scripted_guard g{bulkhead_policy(3, 3)};
  g.otherwise = says(value(1), ms(10));
  for (int i = 0; i < 5; ++i)
    g.ask();
  g.configure(bulkhead_policy(1, 0));
  EXPECT_EQ(g.layers().running, 3u);
  EXPECT_EQ(g.layers().queued, 2u);
  g.run(ms(10));
  EXPECT_EQ(g.layers().running, 1u);
  EXPECT_EQ(g.sent, (numbers{1, 2, 3, 4}));
  g.run(ms(20));
  EXPECT_EQ(g.sent, (numbers{1, 2, 3, 4, 5}));
  g.expect_idle();
}

TEST(stack_configure, more_places_are_for_those_who_wait) {
  scripted_guard g{bulkhead_policy(1, 4)};
  g.otherwise = says(value(1), ms(10));
  for (int i = 0; i < 5; ++i)
    g.ask();
  g.configure(bulkhead_policy(3, 4));
  EXPECT_EQ(g.sent, (numbers{1, 2, 3}));
  EXPECT_EQ(g.layers().queued, 2u);
  g.run(ms(20));
  g.expect_idle();
}

TEST(stack_configure, without_a_bulkhead_nobody_waits) {
  scripted_guard g{bulkhead_policy(1, 4)};
  g.otherwise = says(value(1), ms(10));
  for (int i = 0; i < 4; ++i)
    g.ask();
  g.configure(quiet_policy());
  EXPECT_EQ(g.sent, (numbers{1, 2, 3, 4}));
  g.ask();
  EXPECT_EQ(g.sent.size(), 5u);
  EXPECT_EQ(g.layers().running, 4u) << "who came now needs no place";
  g.configure(bulkhead_policy(4));
  g.ask();
  EXPECT_EQ(g.of(6).got, ours(errc::bulkhead_full));
  g.run(ms(10));
  g.expect_idle();
}

TEST(stack_configure, no_place_for_whose_wait_is_over) {
  // Nobody woke the guard in time.
  scripted_guard g{bulkhead_policy(1, 4, ms(50))};
  g.otherwise = silent();
  g.call();
  g.call();
  g.sleep(ms(60));
  g.uut.configure(g, bulkhead_policy(2, 4, ms(50)));
  EXPECT_EQ(g.of(2).got, ours(errc::bulkhead_full));
  EXPECT_EQ(g.sent, (numbers{1}));
  g.run(ms(100));
  g.expect_idle();
}

TEST(stack_configure, retry_turned_off_lets_a_pause_end_in_one_more_attempt) {
  scripted_guard g{retry_policy(5, ms(10))};
  g.otherwise = fails(1);
  g.ask();
  g.configure(quiet_policy());
  g.run(ms(100));
  EXPECT_EQ(g.of(1).attempts.size(), 2u);
  EXPECT_EQ(g.of(1).got.report->attempts, 2);
  g.ask();
  EXPECT_EQ(g.of(2).got, trouble(1));
  g.expect_idle();
}

TEST(stack_configure, a_new_limit_is_for_attempts_that_begin_then) {
  auto p = quiet_policy();
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  p.timeout->limit = ms(30);
  g.configure(p);
  g.ask();
  g.run(ms(200));
  EXPECT_EQ(g.of(1).answered_at, g.of(1).arrived + ms(100));
  EXPECT_EQ(g.of(2).answered_at, g.of(2).arrived + ms(30));
  g.expect_idle();
}

TEST(stack_configure, fewer_attempts_count_for_calls_under_way) {
  scripted_guard g{retry_policy(5, ms(10))};
  g.otherwise = fails(1);
  g.ask();
  g.configure(retry_policy(2, ms(10)));
  g.run(ms(100));
  EXPECT_EQ(g.of(1).got, with(trouble(1), {2, retry_stop::attempts, {}}));
}

TEST(stack_configure, without_room_any_more_a_pause_ends_the_call) {
  auto p = retry_policy();
  scripted_guard g{p};
  g.script = {fails(1, ms(20)), silent()};
  g.call();
  g.call();
  p.max_in_flight = 1;
  g.configure(p);
  g.run();
  EXPECT_EQ(g.of(1).got,
            with(trouble(1, ms(20)), {1, retry_stop::guard, ms(20)}));
  g.run(ms(1000));
}

TEST(stack_configure, a_fallback_for_a_request_that_was_not_kept) {
  auto p = bulkhead_policy(1, 1);
  scripted_guard g{p, {.fallback = kind::actor}};
  g.otherwise = says(trouble(1), ms(5));
  g.ask();
  g.ask(); // who waits is kept
  p.fallback = fallback_config{};
  g.configure(p);
  g.run(ms(5));
  EXPECT_EQ(g.of(1).got, trouble(1));
  EXPECT_EQ(g.layers().fallback_failures, 1u);
  g.run(ms(10));
  EXPECT_EQ(g.of(2).got, value(503));
  g.ask();
  g.run(ms(10));
  EXPECT_EQ(g.of(3).got, value(503));
}

TEST(stack_configure, is_described_as_it_is) {
  auto p = retry_policy();
  p.timeout->limit = ms(60);
  p.timeout->total = ms(700);
  p.timeout->on_timeout = timeout_action::return_none;
  p.rate_limiter = rate_limit_config{2, ms(5), 7};
  p.bulkhead = bulkhead_config{4, 5, ms(6)};
  p.fallback = fallback_config{.on = {"shop"}, .limit = ms(8)};
  p.max_in_flight = 99;
  auto described = [&](scripted_guard& g) {
    policy result;
    result.breaker = p.breaker; // the circuit's
    g.uut.describe_into(result);
    return result;
  };
  scripted_guard g{p};
  EXPECT_EQ(described(g), p);
  scripted_guard armed_later{quiet_policy()};
  armed_later.configure(p);
  EXPECT_EQ(described(armed_later), p);
  p = quiet_policy();
  g.configure(p);
  EXPECT_EQ(described(g), p);
  p.timeout.reset();
  g.configure(p);
  EXPECT_EQ(described(g), p);
}

} // namespace

} // namespace resilience::test
