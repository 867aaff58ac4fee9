// Second attempts while something else happens: the target or the guard ends,
// settings change, alarms come late.
#include "core/hedge_fixture.hpp"

namespace resilience::test {

namespace {

TEST(stack_hedge, the_end_of_the_target_ends_both) {
  scripted g{hedge_policy(), {silent(), silent()}};
  g.ask();
  g.run(ms(25));
  ASSERT_EQ(g.of(1).attempts.size(), 2u);
  g.die();
  EXPECT_EQ(g.of(1).got, ours(errc::target_down));
  EXPECT_EQ(g.counts().failures, 2u);
  g.expect_idle();
}

TEST(stack_hedge, another_target_finds_no_attempt_that_waits) {
  scripted g{hedge_policy(), {silent()}};
  g.ask();
  g.run(ms(5));
  g.lose();
  g.come_back();
  g.run(ms(100));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  EXPECT_EQ(g.of(1).got, ours(errc::target_down));
  g.expect_idle();
}

TEST(stack_hedge, the_end_of_the_guard_answers_once) {
  for (auto before : {ms(5), ms(25)}) {
    scripted g{hedge_policy(), {silent(), silent()}};
    g.ask();
    g.run(before);
    g.end();
    EXPECT_EQ(g.of(1).got, ours(errc::shutting_down));
    EXPECT_EQ(g.counts().failures, 0u);
    g.run(ms(500));
    g.expect_idle();
  }
}

TEST(stack_hedge, is_turned_on_and_off_under_way) {
  auto p = hedge_policy();
  scripted_guard g{quiet_policy()};
  g.otherwise = says(value(1), ms(50));
  g.ask();
  g.configure(p);
  g.run(ms(60));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  g.ask();
  g.run(ms(60));
  EXPECT_EQ(g.of(2).attempts.size(), 2u);
  g.ask();
  g.configure(quiet_policy());
  g.run(ms(60));
  EXPECT_EQ(g.of(3).attempts.size(), 1u);
  g.expect_idle();
}

TEST(stack_hedge, its_time_may_come_while_it_is_made_known) {
  scripted g{hedge_policy(duration{}), {silent(), says(value(1), ms(50))}};
  g.on_wake = [&](time_point t) {
    if (t == g.now())
      g.uut.expire(g, t);
  };
  g.call();
  ASSERT_EQ(g.of(1).attempts.size(), 2u);
  // The second attempt is sent within the first, so its number is 1.
  g.answer(g.of(1).attempts.back().id, value(5));
  EXPECT_EQ(g.of(1).got, value(5));
  EXPECT_EQ(g.uut.entries().size(), 0u) << "the other one is still known";
  EXPECT_EQ(g.permits_in_use(), 0u);
}

TEST(stack_hedge, leaves_nothing_behind_a_fast_answer) {
  scripted g{hedge_policy(), {says(value(1), ms(1))}};
  g.ask();
  g.run(ms(1));
  EXPECT_EQ(g.uut.entries().size(), 0u);
}

TEST(stack_hedge, a_second_attempt_without_room_gives_its_permit_back) {
  auto p = hedge_policy(ms(2));
  scripted g{p, {says(value(1), ms(30))}};
  g.ask();
  p.max_in_flight = 1;
  g.configure(p);
  g.run(ms(10));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  EXPECT_EQ(g.permits_in_use(), 1u);
  g.run(ms(30));
  EXPECT_EQ(g.of(1).got, value(1));
  g.expect_idle();
}

TEST(stack_hedge, is_none_where_its_time_is_the_limit) {
  scripted g{hedge_policy(ms(100)), {silent(), at_once(value(2))}};
  g.ask();
  g.run(ms(100));
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
}

TEST(stack_hedge, leaves_nothing_behind_a_fast_failure) {
  scripted g{hedge_policy(), {fails(1)}};
  g.ask();
  g.run(ms(1));
  EXPECT_EQ(g.of(1).answers, 1);
  EXPECT_EQ(g.uut.entries().size(), 0u);
}

TEST(stack_hedge, is_none_of_an_attempt_that_has_just_ended) {
  scripted g{hedge_policy(), {silent()}};
  g.on_wake = [&](time_point t) {
    if (t == g.now() + ms(100))
      g.lose();
  };
  g.ask();
  EXPECT_EQ(g.of(1).got, ours(errc::target_down));
  EXPECT_EQ(g.of(1).attempts.size(), 1u);
  EXPECT_EQ(g.uut.entries().size(), 0u);
}

TEST(stack_hedge, a_second_attempt_has_the_limit_of_its_own_time) {
  auto p = hedge_policy();
  scripted g{p, {says(trouble(7), ms(25)), silent()}};
  g.ask();
  p.timeout->limit = ms(10);
  g.run(ms(5));
  g.configure(p);
  g.run(ms(200));
  EXPECT_EQ(g.of(1).attempts.size(), 2u);
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  EXPECT_EQ(g.of(1).answered_at - g.of(1).arrived, ms(30));
  g.expect_idle();
}

TEST(stack_hedge, quick_second_attempts_teach_nothing_of_the_first) {
  auto p = hedge_policy();
  p.hedge->quantile = 0.5;
  scripted_guard g{p};
  g.target_does = [](const scripted_guard::attempt& x) {
    return x.number == 1 ? silent() : says(value(1), ms(1));
  };
  for (int i = 1; i <= 500; ++i) {
    g.ask();
    g.run(ms(100));
    ASSERT_EQ(g.of(i).got, value(1));
    ASSERT_GE(g.of(i).answered_at - g.of(i).arrived, ms(20)) << i;
  }
}

// Late alarms: the first attempt has ended, the second was only now sent.
TEST(stack_hedge, a_second_attempt_goes_on_before_anything_is_sent) {
  auto p = hedge_policy(ms(2));
  p.timeout = timeout_config{.limit = ms(20)};
  p.chaos = chaos_config{.delay_rate = 1, .delay = ms(5)};
  scripted g{p, {silent(), at_once(value(2))}};
  g.ask();
  g.run(ms(6)); // the second is to be sent at 7
  g.sleep(ms(15));
  g.run();
  EXPECT_EQ(g.of(1).got, value(2));
  EXPECT_EQ(g.counts().failures, 1u);
  EXPECT_EQ(g.counts().successes, 1u);
  g.expect_idle();
}

} // namespace

} // namespace resilience::test
