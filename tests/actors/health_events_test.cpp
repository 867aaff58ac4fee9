// Who hears of health: subscribers, the observer, and the circuit that a
// checker isolates.
#include "support/health_fixture.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace resilience::test {

class health_events : public health_fixture {
public:
  /// An actor that subscribes and writes down what it hears.
  caf::actor listener(const health_actor& to) {
    using list = std::shared_ptr<std::vector<health_changed>>;
    auto f = [](caf::event_based_actor* self, const health_actor& from,
                const list& heard) {
      compat::post(self, from, subscribe_health{});
      return caf::behavior{
        [heard](const health_changed& x) { heard->push_back(x); },
        [](const health_report&) {},
      };
    };
    auto result = env.sys.spawn(f, to, events);
    env.run();
    return result;
  }

  std::shared_ptr<std::vector<health_changed>> events =
    std::make_shared<std::vector<health_changed>>();
};

TEST_F(health_events, subscribers_hear_of_each_change_and_of_nothing_else) {
  auto c = checker();
  auto who = listener(c);
  env.advance(10s);
  EXPECT_TRUE(events->empty());
  db_state->says = health_report::unhealthy("down");
  env.advance(10s);
  env.advance(10s);
  env.advance(10s);
  env.advance(10s);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[0].name, "db");
  EXPECT_EQ((*events)[0].from, health_status::healthy);
  EXPECT_EQ((*events)[0].to, health_status::degraded);
  EXPECT_EQ((*events)[0].report.message, "down");
  EXPECT_EQ((*events)[1].from, health_status::degraded);
  EXPECT_EQ((*events)[1].to, health_status::unhealthy);
  caf::anon_send_exit(who, caf::exit_reason::kill);
  env.run();
}

TEST_F(health_events, age_alone_is_a_change) {
  auto c = checker();
  auto who = listener(c);
  tell(c, pause_checks{});
  env.advance(30s);
  EXPECT_TRUE(events->empty());
  env.advance(1s);
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0].to, health_status::unknown);
  env.advance(1h);
  EXPECT_EQ(events->size(), 1u);
  caf::anon_send_exit(who, caf::exit_reason::kill);
  env.run();
}

TEST_F(health_events, subscribers_are_bounded_and_the_dead_make_room) {
  runtime small{env.sys, {.max_subscribers = 2}};
  auto c = small.health_checker("db", probe::actor(db));
  env.run();
  client a{env.sys}, b{env.sys};
  reply_ptr r;
  tell_as(a, c, subscribe_health{}, &r);
  tell_as(a, c, subscribe_health{}, &r); // once is enough
  tell_as(b, c, subscribe_health{}, &r);
  EXPECT_TRUE(r->ok());
  tell(c, subscribe_health{}, &r);
  EXPECT_TRUE(r->is(errc::limit_reached));
  EXPECT_EQ(detail_of(r->error), "2 subscribers");
  caf::anon_send_exit(a.self, caf::exit_reason::kill);
  env.run();
  tell(c, subscribe_health{}, &r);
  EXPECT_TRUE(r->ok());
  tell_as(b, c, unsubscribe_health{});
  client d{env.sys};
  tell_as(d, c, subscribe_health{}, &r);
  EXPECT_TRUE(r->ok());
}

TEST_F(health_events, the_observer_gets_each_result) {
  checker();
  env.advance(10s);
  env.advance(10s);
  ASSERT_EQ(seen->size(), 3u);
  EXPECT_EQ(seen->back().name, "db");
  EXPECT_EQ(seen->back().successes, 3);
}

TEST_F(health_events, an_observer_that_throws_changes_nothing) {
  auto c = checker({}, {.observer = [](const health_report&) {
                     throw std::runtime_error("full");
                   }});
  env.advance(10s);
  EXPECT_EQ(health(c).successes, 2);
}

// -- isolation ----------------------------------------------------------------

class health_isolation : public health_fixture {
public:
  caf::actor g = guarded(quick("payments"));
  health_check_config at_once{.unhealthy_after = 1, .healthy_after = 1};
  health_actor c = checker(at_once, {.isolates = "payments"});

  void go_down() {
    db_state->says = health_report::unhealthy("down");
    env.advance(10s);
  }
};

TEST_F(health_isolation, lasts_while_unhealthy_and_ends_in_half_open) {
  EXPECT_EQ(state(g), circuit_state::closed);
  go_down();
  EXPECT_EQ(state(g), circuit_state::isolated);
  EXPECT_TRUE(ask(g)->is(errc::circuit_isolated));
  env.advance(10s);
  EXPECT_EQ(state(g), circuit_state::isolated);
  db_state->says = health_report::healthy();
  env.advance(10s);
  EXPECT_EQ(state(g), circuit_state::half_open);
  ask(g);
  ask(g);
  EXPECT_EQ(state(g), circuit_state::closed);
  env.advance(100s);
  EXPECT_EQ(status(g).generation, 4u); // nothing was told twice
}

TEST_F(health_isolation, ends_when_what_was_down_is_degraded) {
  go_down();
  db_state->says = health_report::degraded("slow");
  env.advance(10s);
  EXPECT_EQ(state(g), circuit_state::half_open);
}

TEST_F(health_isolation, does_not_begin_or_end_with_what_is_unknown) {
  db_state->says.status = health_status::unknown;
  env.advance(10s);
  EXPECT_EQ(state(g), circuit_state::closed);
  go_down();
  db_state->says.status = health_status::unknown;
  env.advance(10s);
  EXPECT_EQ(state(g), circuit_state::isolated);
}

TEST_F(health_isolation, leaves_alone_what_was_isolated_by_hand) {
  go_down();
  status_after(rt.control(g), isolate{});
  db_state->says = health_report::healthy();
  env.advance(10s);
  EXPECT_EQ(state(g), circuit_state::isolated);
  status_after(rt.control(g), restore{});
  EXPECT_EQ(state(g), circuit_state::half_open);
}

TEST_F(health_isolation, is_not_reset_by_hand) {
  go_down();
  status_after(rt.control(g), reset{});
  EXPECT_EQ(state(g), circuit_state::isolated);
}

TEST_F(health_isolation, of_an_earlier_life_ends_with_the_first_success) {
  status_after(rt.control(g), isolate{owner::health});
  EXPECT_EQ(state(g), circuit_state::isolated);
  env.advance(10s);
  EXPECT_EQ(state(g), circuit_state::half_open);
}

TEST_F(health_isolation, ends_with_a_pause_and_comes_back_after_it) {
  go_down();
  tell(c, pause_checks{});
  EXPECT_EQ(state(g), circuit_state::half_open);
  tell(c, check_now{});
  EXPECT_EQ(state(g), circuit_state::half_open);
  tell(c, resume_checks{});
  EXPECT_EQ(state(g), circuit_state::isolated);
}

TEST_F(health_isolation, ends_with_the_checker) {
  go_down();
  kill(c);
  EXPECT_EQ(state(g), circuit_state::half_open);
}

TEST_F(health_isolation, works_where_nobody_uses_the_circuit_by_then) {
  auto other = guarded(quick("other"));
  auto d = checker(at_once, {.isolates = "other"}, "second");
  caf::anon_send_exit(other, caf::exit_reason::kill);
  other = nullptr;
  go_down();
  EXPECT_EQ(state(guarded(quick("other"))), circuit_state::isolated);
}

} // namespace resilience::test
