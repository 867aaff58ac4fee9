// What a caller gets instead of an error: fallbacks, by function and by actor.
#include "support/scripted_guard.hpp"

namespace resilience::test {

namespace {

using kind = scripted_hooks::fallback_kind;

policy fallback_policy(std::vector<std::string> on = {}) {
  auto p = quiet_policy();
  p.fallback = fallback_config{std::move(on), ms(50)};
  return p;
}

TEST(stack_fallback, answers_only_the_errors_it_names) {
  scripted_guard g{fallback_policy({"shop:2", "resilience:13"}),
                   {.fallback = kind::function,
                    .answer = [](const reply& e) { return value(e.code); }}};
  g.script = {fails(1), fails(2), says(value(9)), says(value(-1))};
  for (int i = 0; i < 4; ++i)
    g.ask();
  EXPECT_EQ(g.of(1).got, trouble(1));
  EXPECT_EQ(g.of(2).got, value(2));
  EXPECT_EQ(g.of(3).got, value(9));
  EXPECT_EQ(g.of(4).got, value(-1));
  EXPECT_EQ(g.layers().fallbacks, 1u);
  EXPECT_EQ(g.layers().fallback_failures, 0u);
  EXPECT_EQ(g.counts().successes, 1u);
  EXPECT_EQ(g.counts().failures, 3u);
  g.expect_idle();
}

TEST(stack_fallback, answers_who_was_turned_away) {
  auto p = fallback_policy();
  p.rate_limiter = rate_limit_config{1, ms(1000), 2};
  p.bulkhead = bulkhead_config{1, 0, ms(0)};
  scripted_guard g{p, {.fallback = kind::value, .answer = [](const reply&) {
                         return value(5);
                       }}};
  g.otherwise = silent();
  g.ask(); // has the place
  g.ask(); // full
  g.ask(); // limited
  EXPECT_EQ(g.of(2).got, value(5));
  EXPECT_EQ(g.of(3).got, value(5));
  g.machine().isolate(owner::hand, g.now());
  g.run(ms(1000));
  g.ask();
  EXPECT_EQ(g.of(4).got, value(5));
  EXPECT_EQ(g.layers().fallbacks, 4u);
  EXPECT_EQ(g.counts().failures, 1u);
  g.expect_idle();
}

TEST(stack_fallback, that_fails_leaves_the_error) {
  scripted_guard g{fallback_policy(),
                   {.fallback = kind::function,
                    .answer = [](const reply&) { return trouble(99); }}};
  g.otherwise = fails(1);
  g.ask();
  EXPECT_EQ(g.of(1).got, trouble(1));
  EXPECT_EQ(g.layers().fallback_failures, 1u);
}

TEST(stack_fallback, and_other_hooks_that_throw_are_counted) {
  scripted_guard g{fallback_policy()};
  g.uut.count_hook_failure();
  g.uut.count_hook_failure();
  EXPECT_EQ(g.layers().hook_failures, 2u);
  scripted_guard plain{quiet_policy()};
  plain.uut.count_hook_failure();
  EXPECT_EQ(plain.layers().hook_failures, 0u) << "it has no hooks";
}

struct actor_case {
  const char* name;
  scripted_guard::deed does;
  reply got;
  duration after;
  bool good;
};

std::ostream& operator<<(std::ostream& out, const actor_case& x) {
  return out << x.name;
}

class fallback_actors : public ::testing::TestWithParam<actor_case> {};

TEST_P(fallback_actors, are_asked_once) {
  auto& x = GetParam();
  for (auto full : {false, true}) {
    auto p = fallback_policy();
    p.bulkhead = bulkhead_config{1, full ? 1 : 0, ms(500)};
    p.timeout->on_timeout = timeout_action::raise;
    scripted_guard g{p, {.fallback = kind::actor}};
    g.otherwise = fails(1);
    g.fallback_does = x.does;
    g.ask();
    EXPECT_EQ(g.of(1).asked.size(), 1u);
    EXPECT_EQ(g.layers().running, 0u) << "a fallback holds no place";
    EXPECT_EQ(g.of(1).asked.at(0).due, g.now() + ms(50));
    g.run(ms(500));
    EXPECT_EQ(g.of(1).got, x.got);
    EXPECT_EQ(g.of(1).answered_at, g.of(1).arrived + x.after);
    EXPECT_EQ(g.layers().fallbacks, x.good ? 1u : 0u);
    EXPECT_EQ(g.layers().fallback_failures, x.good ? 0u : 1u);
    EXPECT_EQ(g.counts().successes, 0u);
    EXPECT_EQ(g.counts().failures, 1u);
    g.expect_idle();
  }
}

const actor_case actor_cases[] = {
  {"answers", says(value(5), ms(20)), value(5), ms(20), true},
  {"answers at once", at_once(value(5)), value(5), ms(0), true},
  {"answers twice",
   {{value(5), value(6)}, ms(1), false},
   value(5),
   ms(1),
   true},
  {"fails", says(trouble(8), ms(20)), trouble(1), ms(20), false},
  {"is silent", silent(), trouble(1), ms(50), false},
  {"answers too late", says(value(5), ms(50)), trouble(1), ms(50), false},
};

INSTANTIATE_TEST_SUITE_P(table, fallback_actors,
                         ::testing::ValuesIn(actor_cases));

TEST(stack_fallback, an_actor_outlives_the_target_and_the_call_s_deadline) {
  auto p = fallback_policy();
  p.timeout->total = ms(10);
  scripted_guard g{p, {.fallback = kind::actor}};
  g.otherwise = silent();
  g.fallback_does = says(value(5), ms(40));
  g.ask();
  g.run(ms(10));
  ASSERT_EQ(g.of(1).asked.size(), 1u);
  g.die();
  g.run(ms(40));
  EXPECT_EQ(g.of(1).got, value(5));
  g.expect_idle();
}

TEST(stack_fallback, an_actor_has_until_the_caller_gives_up) {
  scripted_guard g{fallback_policy(), {.fallback = kind::actor}};
  g.otherwise = says(trouble(1), ms(10));
  g.fallback_does = silent();
  g.ask(g.now() + ms(30));
  g.run(ms(10));
  ASSERT_EQ(g.of(1).asked.size(), 1u);
  EXPECT_EQ(g.of(1).asked[0].due, g.now() + ms(20));
  g.run(ms(20));
  EXPECT_EQ(g.of(1).got, trouble(1));
  g.expect_idle();
}

TEST(stack_fallback, no_actor_is_asked_for_a_caller_who_has_given_up) {
  scripted_guard g{fallback_policy(), {.fallback = kind::actor}};
  g.otherwise = silent();
  g.ask(g.now() + ms(10));
  g.run(ms(10));
  EXPECT_EQ(g.of(1).got, ours(errc::timed_out));
  EXPECT_TRUE(g.of(1).asked.empty());
  EXPECT_EQ(g.layers().fallback_failures, 1u);
  g.expect_idle();
}

TEST(stack_fallback, a_hanging_one_ends_where_no_target_was_there) {
  // No other alarm is out, and the attempt's would have come first.
  auto p = fallback_policy();
  p.fallback->limit = ms(200);
  scripted_guard g{p, {.fallback = kind::actor}};
  g.alive = false;
  g.fallback_does = silent();
  g.ask();
  ASSERT_EQ(g.of(1).asked.size(), 1u);
  g.run(ms(200));
  EXPECT_EQ(g.of(1).got, ours(errc::target_down));
  g.expect_idle();
}

TEST(stack_fallback, needs_room_in_the_guard) {
  auto p = fallback_policy();
  p.max_in_flight = 1;
  scripted_guard g{p, {.fallback = kind::actor}};
  g.otherwise = silent();
  g.ask();
  g.ask();
  EXPECT_EQ(g.of(2).got, ours(errc::overloaded));
  EXPECT_EQ(g.counts().neutral, 1u) << "it was admitted, and is settled";
  EXPECT_EQ(g.layers().fallback_failures, 1u);
  g.run(ms(200));
}

} // namespace

} // namespace resilience::test
