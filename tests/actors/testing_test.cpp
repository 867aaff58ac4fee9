// Tests have time in their hands, to the nanosecond, and never hang; who asks
// in them keeps the answers.
#include "support/testing_fixture.hpp"

#include <caf/settings.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace resilience::test {

namespace {

// -- time ---------------------------------------------------------------------

TEST_F(testing_support, time_passes_only_when_told) {
  auto begin = env.now();
  ask();
  env.run();
  EXPECT_EQ(env.now(), begin);
  env.advance(1ns);
  EXPECT_EQ(env.now(), begin + 1ns);
  env.advance(0s);
  env.stall(0s);
  EXPECT_EQ(env.now(), begin + 1ns);
  env.stall(2h);
  EXPECT_EQ(env.now(), begin + 2h + 1ns);
}

/// Notes the time of each of its own ticks, a second apart.
class metronome : public compat::actor_base {
public:
  using log = std::vector<time_point>;

  metronome(caf::actor_config& cfg, std::shared_ptr<log> to, duration period)
    : compat::actor_base(cfg), log_(std::move(to)), period_(period) {}

  caf::behavior make_behavior() override {
    return {[this](beat x) {
      log_->push_back(home_system().clock().now());
      if (period_ > duration::zero())
        post_self_after(period_, x);
      else
        compat::anon_post(caf::actor_cast<caf::actor>(this), x);
    }};
  }

private:
  std::shared_ptr<log> log_;
  duration period_;
};

class ticking : public testing_support {
public:
  void start(duration period) {
    beats = env.sys.spawn<metronome, caf::hidden>(seen, period);
    compat::anon_post(beats, beat{});
  }

  ~ticking() override {
    caf::anon_send_exit(beats, caf::exit_reason::kill);
  }

  caf::actor beats;
  std::shared_ptr<metronome::log> seen = std::make_shared<metronome::log>();
};

TEST_F(ticking, each_timer_rings_at_its_own_instant) {
  start(1s);
  auto begin = env.now();
  env.advance(3s);
  EXPECT_EQ(*seen, (metronome::log{begin, begin + 1s, begin + 2s, begin + 3s}));
}

TEST_F(ticking, a_machine_that_stood_still_is_late) {
  start(1s);
  env.run();
  auto begin = env.now();
  env.stall(10s);
  EXPECT_EQ(*seen, (metronome::log{begin, begin + 10s}));
}

TEST_F(ticking, run_until_stops_at_the_instant) {
  start(1s);
  auto begin = env.now();
  EXPECT_EQ(env.run_until([&] { return seen->size() == 4; }, 1h), 3s);
  EXPECT_EQ(env.now(), begin + 3s);
  EXPECT_EQ(env.run_until([] { return true; }, 0s), 0s);
  EXPECT_EQ(env.run_until([&] { return seen->size() == 6; }, 2s), 2s);
}

TEST_F(ticking, run_until_that_never_reaches_ends_at_its_limit) {
  start(1s);
  auto begin = env.now();
  EXPECT_FALSE(env.run_until([] { return false; }, 10min));
  EXPECT_EQ(env.now(), begin + 10min);
  EXPECT_EQ(seen->size(), 601u);
  EXPECT_FALSE(env.run_until([] { return false; }, 0s));
  EXPECT_EQ(env.now(), begin + 10min);
}

TEST_F(testing_support, run_until_sees_what_time_alone_brings) {
  auto begin = env.now();
  EXPECT_EQ(env.run_until([&] { return env.now() >= begin + 5s; }, 5s), 5s);
}

TEST_F(testing_support, run_until_leaves_the_exception_of_a_predicate) {
  EXPECT_THROW(env.run_until([]() -> bool { throw std::logic_error("x"); }, 1s),
               std::logic_error);
}

TEST_F(testing_support, time_has_bounds) {
  auto begin = env.now();
  for (auto d : {duration{-1}, duration::min(), duration::max()}) {
    EXPECT_THROW(env.advance(d), invalid_config_error);
    EXPECT_THROW(env.stall(d), invalid_config_error);
    EXPECT_THROW(env.run_until([] { return true; }, d), invalid_config_error);
  }
  EXPECT_EQ(env.now(), begin);
  env.advance(24h * 36'500);
  EXPECT_EQ(env.now(), begin + 24h * 36'500);
  env.advance(24h * 36'500);
  EXPECT_THROW(env.advance(24h * 36'500), invalid_config_error);
}

TEST_F(ticking, actors_without_rest_are_told) {
  start(0s);
  env.most_events = 10'000;
  EXPECT_THROW(env.run(), std::runtime_error);
  EXPECT_THROW(env.advance(1s), std::runtime_error);
  EXPECT_THROW(env.run_until([] { return false; }, 1s), std::runtime_error);
}

TEST(testing_environment, ends_with_actors_that_do_not_rest) {
  environment env{types<caf::id_block::testing_test>};
  env.most_events = 10'000;
  auto log = std::make_shared<metronome::log>();
  for (auto period : {0s, 1s})
    compat::anon_post(env.sys.spawn<metronome>(log, period), beat{});
  EXPECT_THROW(env.run(), std::runtime_error);
}

TEST_F(ticking, timers_without_rest_are_told) {
  start(1ns);
  env.most_events = 10'000;
  EXPECT_THROW(env.advance(1h), std::runtime_error);
}

// -- who asks -----------------------------------------------------------------

TEST_F(testing_support, values_that_are_not_there_say_what_is) {
  auto said = [](const answer<int32_t>& x) {
    try {
      x.value();
    } catch (const std::logic_error& e) {
      return text{e.what()};
    }
    return text{"a value"};
  };
  EXPECT_EQ(said(ask()), "there is no value: pending");
  bank.next(reaction::error(make_error(errc::timed_out, "db", "too slow")))
    .next(reaction::error(caf::sec::runtime_error))
    .next(reaction::answer(int32_t{1}));
  EXPECT_EQ(said(ask()), "there is no value: resilience:timed_out (too slow)");
  EXPECT_EQ(said(ask()), "there is no value: caf::sec:runtime_error");
  EXPECT_EQ(said(ask()), "a value");
}

TEST_F(testing_support, nobody_is_asked_through_a_null_handle) {
  auto x = env.ask<int32_t>(caf::actor{}, 1);
  EXPECT_TRUE(x.is(caf::sec::request_receiver_down));
  EXPECT_EQ(x.took(), 0s);
}

TEST_F(testing_support, a_requester_asks_when_the_environment_runs) {
  bank.otherwise(reaction::answer(int32_t{1}).after(1s));
  requester alice{env.sys};
  requester bob{env.sys};
  auto a = alice.ask<int32_t>(bank.handle(), 1);
  env.run();
  auto b = bob.ask<int32_t>(bank.handle(), 2);
  EXPECT_EQ(bank.requests(), 1u);
  env.advance(1min);
  EXPECT_EQ(a.took(), 1s);
  EXPECT_EQ(b.took(), 1s);
  EXPECT_NE(alice.self(), bob.self());
}

TEST_F(testing_support, a_requester_hears_events) {
  runtime rt{env.sys};
  auto b = rt.breaker({.name = "events"});
  ASSERT_TRUE(env.ask<circuit_status>(b, subscribe{}).ok());
  force_open(rt, "events");
  env.run();
  auto heard = env.user().heard<transition_event>();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].to, circuit_state::open);
  EXPECT_EQ(heard[0].last_failure, "forced by a test");
}

TEST_F(testing_support, a_permit_lives_as_long_as_who_asked_for_it) {
  runtime rt{env.sys};
  auto b = rt.breaker({.name = "work"});
  auto held = [&] { return rt.status_of("work").permits_in_use; };
  {
    requester worker{env.sys};
    auto permit = worker.ask<call_permit>(b, acquire{});
    env.run();
    ASSERT_TRUE(permit.ok());
    EXPECT_EQ(held(), 1u);
  }
  env.run();
  EXPECT_EQ(held(), 0u);
}

// -- life ---------------------------------------------------------------------

TEST_F(testing_support, two_environments_have_their_own_times) {
  environment other;
  scripted_target far{other.sys, reaction::answer(int32_t{2}).after(1s)};
  bank.otherwise(reaction::answer(int32_t{1}).after(1s));
  auto here = ask();
  auto there = other.ask<int32_t>(far.handle(), 1);
  auto before = other.now();
  env.advance(5s);
  EXPECT_EQ(here.value(), 1);
  EXPECT_TRUE(there.pending());
  EXPECT_EQ(other.now(), before);
  other.advance(1s);
  EXPECT_EQ(there.value(), 2);
}

TEST_F(testing_support, after_the_runtime_callers_are_told) {
  caf::actor g;
  {
    runtime rt{env.sys};
    g = rt.guard(bank.handle());
    auto x = env.ask<int32_t>(g, 1);
    EXPECT_TRUE(x.pending());
  }
  env.run();
  auto late = env.ask<int32_t>(g, 1);
  EXPECT_FALSE(late.pending());
  EXPECT_FALSE(late.ok());
}

TEST_F(testing_support, answers_outlive_their_environment) {
  std::optional<answer<int32_t>> kept;
  std::optional<answer<int32_t>> done;
  {
    environment gone;
    scripted_target x{gone.sys, reaction::silence()};
    x.next(reaction::answer(int32_t{3}));
    done = gone.ask<int32_t>(x.handle(), 1);
    kept = gone.ask<int32_t>(x.handle(), 1);
  }
  EXPECT_EQ(done->value(), 3);
  EXPECT_FALSE(kept->ok());
}

TEST(testing_environment, configures_its_system_and_knows_types) {
  environment env{types<caf::id_block::testing_test>,
                  [](caf::actor_system_config& cfg) {
                    caf::put(cfg.content, "resilience.max-circuits", -3);
                  }};
  EXPECT_THROW(runtime{env.sys}, invalid_config_error);
}

} // namespace

} // namespace resilience::test
