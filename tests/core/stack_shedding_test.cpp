// A target that leaves its oldest request unanswered: who is turned away, and
// until when.
#include "support/scripted_guard.hpp"

namespace resilience::test {

namespace {

policy shedding_policy(duration max_age = ms(50)) {
  auto p = quiet_policy();
  p.timeout->limit = ms(1000);
  p.shedding = shedding_config{max_age};
  return p;
}

TEST(stack_shedding, turns_calls_away_before_anything_has_completed) {
  scripted_guard g{shedding_policy()};
  g.otherwise = silent();
  g.ask();
  g.run(ms(50));
  g.ask();
  EXPECT_EQ(g.of(2).answers, 0) << "no older than that";
  g.run(duration{1});
  g.ask();
  EXPECT_EQ(g.of(3).got, ours(errc::target_stuck));
  EXPECT_TRUE(g.of(3).attempts.empty());
  EXPECT_EQ(g.layers().shed, 1u);
  EXPECT_EQ(g.counts().failures, 0u);
  EXPECT_EQ(g.counts().total_calls, 2u);
}

TEST(stack_shedding, ends_with_the_answer_or_the_timeout_of_the_oldest) {
  scripted_guard g{shedding_policy()};
  g.script = {says(value(1), ms(80)), silent()};
  g.call();
  g.call();
  g.run(ms(60));
  g.ask();
  EXPECT_EQ(g.of(3).got, ours(errc::target_stuck));
  g.run(ms(20));
  g.ask(); // the second is still there
  EXPECT_EQ(g.of(4).got, ours(errc::target_stuck));
  g.run(ms(920));
  g.ask();
  g.run(ms(1));
  EXPECT_EQ(g.of(2).got, ours(errc::timed_out));
  EXPECT_EQ(g.of(5).got, value(200));
  g.expect_idle();
}

TEST(stack_shedding, a_younger_one_that_is_answered_changes_nothing) {
  scripted_guard g{shedding_policy()};
  g.script = {silent(), says(value(2), ms(1))};
  g.call();
  g.run(ms(40));
  g.call();
  g.run(ms(20));
  EXPECT_EQ(g.of(2).got, value(2));
  g.ask();
  EXPECT_EQ(g.of(3).got, ours(errc::target_stuck));
}

TEST(stack_shedding, who_waits_for_a_place_is_no_request_of_the_target) {
  auto p = shedding_policy();
  p.bulkhead = bulkhead_config{1, 5, ms(500)};
  scripted_guard g{p};
  g.otherwise = says(value(1), ms(40));
  g.call();
  g.call();
  g.run(ms(70));
  g.ask();
  EXPECT_EQ(g.of(3).answers, 0);
  g.run(ms(500));
  EXPECT_EQ(g.of(3).got, value(1));
  g.expect_idle();
}

TEST(stack_shedding, takes_no_token_and_no_retry_follows_it) {
  auto p = shedding_policy();
  p.rate_limiter = rate_limit_config{1, ms(10'000), 2};
  p.retry = constant_retry(3, ms(10));
  scripted_guard g{p};
  g.script = {silent()};
  g.ask();
  g.run(ms(60));
  g.ask();
  EXPECT_EQ(g.of(2).got, ours(errc::target_stuck));
  g.run(ms(940));
  g.ask();
  g.run(ms(1));
  EXPECT_EQ(g.of(3).got, value(200)) << "the second token was there";
}

TEST(stack_shedding, a_fallback_covers_it) {
  auto p = shedding_policy();
  p.fallback = fallback_config{};
  scripted_guard g{p,
                   {.fallback = scripted_hooks::fallback_kind::value,
                    .answer = [](const reply&) { return value(9); }}};
  g.otherwise = silent();
  g.ask();
  g.run(ms(60));
  g.ask();
  EXPECT_EQ(g.of(2).got, value(9));
}

TEST(stack_shedding, is_no_timeout) {
  auto p = shedding_policy();
  p.timeout->on_timeout = timeout_action::return_none;
  scripted_guard g{p};
  g.otherwise = silent();
  g.ask();
  g.run(ms(60));
  g.ask();
  EXPECT_EQ(g.of(2).got, ours(errc::target_stuck));
  EXPECT_EQ(g.of(2).substitute, std::nullopt);
}

TEST(stack_shedding, knows_a_second_attempt_that_took_over) {
  auto p = shedding_policy();
  p.hedge = hedge_config{.delay = ms(5)};
  scripted_guard g{p};
  g.script = {says(trouble(7), ms(20)), silent()};
  g.ask();
  g.run(ms(60));
  EXPECT_EQ(g.of(1).attempts.size(), 2u);
  g.ask();
  EXPECT_EQ(g.of(2).got, ours(errc::target_stuck));
}

TEST(stack_shedding, forgets_calls_that_are_over) {
  scripted_guard g{shedding_policy()};
  g.script = {silent()};
  g.ask();
  // Behind one that is stuck, as many as may come.
  auto p = shedding_policy(ms(900));
  g.configure(p);
  for (int i = 0; i < 1'000; ++i) {
    g.otherwise = at_once(value(1));
    g.ask();
  }
  EXPECT_EQ(g.uut.entries().size(), 1u);
  g.run(ms(950));
  g.ask();
  EXPECT_EQ(g.calls.back().got, ours(errc::target_stuck));
}

TEST(age_list, knows_the_oldest_that_is_alive) {
  age_list x;
  std::set<uint64_t> alive{1, 2, 3};
  auto is_alive = [&](uint64_t id) { return alive.contains(id); };
  EXPECT_EQ(x.oldest(is_alive), std::nullopt);
  for (uint64_t i = 1; i <= 3; ++i)
    x.add(i, at(static_cast<int64_t>(i)), i, is_alive);
  EXPECT_EQ(x.oldest(is_alive), at(1));
  alive.erase(2);
  EXPECT_EQ(x.oldest(is_alive), at(1));
  alive.erase(1);
  EXPECT_EQ(x.oldest(is_alive), at(3));
  alive.clear();
  EXPECT_EQ(x.oldest(is_alive), std::nullopt);
  EXPECT_EQ(x.size(), 0u);
}

TEST(age_list, is_bounded_by_what_is_alive) {
  age_list x;
  auto is_alive = [](uint64_t id) { return id == 1; };
  for (uint64_t i = 1; i <= 10'000; ++i) {
    x.add(i, at(static_cast<int64_t>(i)), 1, is_alive);
    ASSERT_LE(x.size(), 66u);
  }
  EXPECT_EQ(x.oldest(is_alive), at(1));
}

TEST(shedding, an_age_that_is_none_is_named) {
  for (auto bad : {duration{}, ms(-1), duration::max()}) {
    auto found = validate(shedding_config{bad});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].starts_with("shedding.max_age ")) << found[0];
  }
}

} // namespace

} // namespace resilience::test
