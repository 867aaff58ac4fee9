// What a circuit remembers over a restart, and how it goes on from there.
#include "resilience/circuit.hpp"
#include "resilience/snapshot.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

constexpr time_point start{1000h};
constexpr wall_time wall{1'000'000s};

breaker_config quick() {
  return {.failure_threshold = 3,
          .cooldown = 10s,
          .half_open_max_calls = 2,
          .success_threshold = 2};
}

void settle(circuit& c, outcome what, int times, time_point at = start) {
  for (int i = 0; i < times; ++i)
    c.settle(c.admit(at).pass, what, 1ms, at);
}

/// A circuit that goes on from `from` after `downtime`, as its wall clock says.
struct revived {
  explicit revived(const circuit_snapshot& from, duration downtime = {},
                   const std::optional<breaker_config>& cfg = quick())
    : made(from.name, from.provider, cfg,
           [this](const transition& x) { seen.push_back(x); }) {
    // Another process: its steady clock has nothing to do with the old one.
    made.recall(from, now, from.saved_at + downtime);
  }

  time_point now{5s};
  std::vector<transition> seen;
  circuit made;
};

circuit_snapshot open_circuit() {
  circuit c{"a", "acme", quick()};
  settle(c, outcome::failure, 3);
  return c.snapshot(start + 4s, wall);
}

// -- snapshots ----------------------------------------------------------------

TEST(recall, a_snapshot_says_when_the_circuit_opened_and_for_how_long) {
  auto x = open_circuit();
  EXPECT_EQ(x.name, "a");
  EXPECT_EQ(x.provider, "acme");
  EXPECT_EQ(x.config, quick());
  EXPECT_EQ(x.memory.state, circuit_state::open);
  EXPECT_EQ(x.memory.generation, 2u);
  EXPECT_EQ(x.memory.remaining, 6s);
  EXPECT_EQ(x.saved_at, wall);
  EXPECT_EQ(x.opened_at, wall - 4s);
  EXPECT_EQ(x.open_until, wall + 6s);
  ASSERT_TRUE(x.last_failure);
  EXPECT_EQ(x.last_failure->at, wall - 4s);
  EXPECT_EQ(x.totals.failures, 3u);
  EXPECT_EQ(x.totals.times_opened, 1u);
}

TEST(recall, a_breaker_that_is_off_has_no_settings) {
  circuit c{"a", "", std::nullopt};
  auto x = c.snapshot(start, wall);
  EXPECT_FALSE(x.config);
  EXPECT_EQ(x.memory.state, circuit_state::disabled);
  EXPECT_FALSE(x.open_until);
  EXPECT_FALSE(x.last_failure);
}

TEST(recall, a_snapshot_changes_nothing) {
  circuit c{"a", "", quick()};
  settle(c, outcome::failure, 3);
  c.snapshot(start + 1h, wall);
  EXPECT_EQ(c.state(), circuit_state::open) << "the cooldown is long over";
}

TEST(recall, a_cooldown_that_is_over_has_nothing_left) {
  circuit c{"a", "", quick()};
  settle(c, outcome::failure, 3);
  auto x = c.snapshot(start + 1h, wall);
  EXPECT_EQ(x.memory.remaining, 0s);
  EXPECT_TRUE(validate(x.memory).empty());
}

TEST(recall, one_failure_is_one_to_tell) {
  circuit c{"a", "", quick()};
  settle(c, outcome::success, 2);
  EXPECT_FALSE(c.snapshot(start, wall).last_failure);
  settle(c, outcome::failure, 1);
  ASSERT_TRUE(c.snapshot(start + 2s, wall).last_failure);
  EXPECT_EQ(c.snapshot(start + 2s, wall).last_failure->at, wall - 2s);
}

TEST(recall, instants_stay_where_the_wall_clock_saw_them) {
  auto saved = open_circuit();
  revived x{saved, 3s};
  auto status = x.made.status(x.now, wall + 3s);
  EXPECT_EQ(status.opened_at, saved.opened_at);
  ASSERT_TRUE(status.last_failure);
  EXPECT_EQ(status.last_failure->at, saved.last_failure->at);
}

// -- the cooldown -------------------------------------------------------------

TEST(recall, the_downtime_counts) {
  revived x{open_circuit(), 4s};
  EXPECT_EQ(x.made.state(), circuit_state::open);
  auto rejected = x.made.admit(x.now);
  EXPECT_EQ(rejected.reason, rejection::open);
  EXPECT_EQ(rejected.retry_after, 2s);
  EXPECT_TRUE(x.made.admit(x.now + 2s));
}

TEST(recall, a_cooldown_that_ended_meanwhile_is_told) {
  revived x{open_circuit(), 6s};
  EXPECT_EQ(x.made.state(), circuit_state::half_open);
  ASSERT_EQ(x.seen.size(), 1u);
  EXPECT_EQ(x.seen[0].why, cause::cooldown_elapsed);
  EXPECT_EQ(x.seen[0].generation, 3u);
}

TEST(recall, a_wall_clock_that_jumped_neither_shortens_nor_lengthens_beyond) {
  auto saved = open_circuit();
  EXPECT_EQ(remaining_at(saved, wall - 24h), 6s) << "set back by a day";
  EXPECT_EQ(remaining_at(saved, wall + 24h), 0s) << "forward by a day";
  EXPECT_EQ(remaining_at(saved, wall_time::min()), 6s);
  EXPECT_EQ(remaining_at(saved, wall_time::max()), 0s);
  EXPECT_EQ(downtime_at(saved, wall - 24h), 0s);
  EXPECT_EQ(downtime_at(saved, wall + 3s), 3s);
  saved.open_until.reset();
  EXPECT_EQ(remaining_at(saved, wall), 0s);
}

TEST(recall, a_growing_cooldown_goes_on_growing) {
  auto cfg = quick();
  cfg.cooldown_growth = 2;
  circuit c{"a", "", cfg};
  settle(c, outcome::failure, 3);
  settle(c, outcome::failure, 1, start + 10s);
  auto x = c.snapshot(start + 10s, wall);
  EXPECT_EQ(x.memory.reopened, 1);
  revived next{x, 20s, cfg};
  settle(next.made, outcome::failure, 1, next.now);
  EXPECT_EQ(next.made.admit(next.now).retry_after, 40s);
}

// -- states -------------------------------------------------------------------

TEST(recall, failures_in_a_row_go_on) {
  circuit c{"a", "", quick()};
  settle(c, outcome::failure, 2);
  revived x{c.snapshot(start, wall)};
  EXPECT_TRUE(x.seen.empty());
  settle(x.made, outcome::failure, 1, x.now);
  EXPECT_EQ(x.made.state(), circuit_state::open);
}

TEST(recall, probes_under_way_are_forgotten_and_successes_kept) {
  circuit c{"a", "", quick()};
  settle(c, outcome::failure, 3);
  settle(c, outcome::success, 1, start + 10s);
  c.admit(start + 10s);
  revived x{c.snapshot(start + 10s, wall)};
  EXPECT_EQ(x.made.state(), circuit_state::half_open);
  EXPECT_EQ(x.made.status(x.now, wall).consecutive_successes, 1);
  EXPECT_EQ(x.made.status(x.now, wall).permits_in_use, 0u);
  settle(x.made, outcome::success, 1, x.now);
  EXPECT_EQ(x.made.state(), circuit_state::closed);
}

TEST(recall, what_was_set_by_hand_stays) {
  circuit isolated{"a", "", quick()};
  isolated.isolate(owner::hand, start);
  revived x{isolated.snapshot(start, wall)};
  EXPECT_EQ(x.made.state(), circuit_state::isolated);
  x.made.restore(owner::hand, x.now);
  EXPECT_EQ(x.made.state(), circuit_state::half_open);
  circuit disabled{"a", "", quick()};
  disabled.disable(start);
  revived y{disabled.snapshot(start, wall)};
  EXPECT_EQ(y.made.state(), circuit_state::disabled);
  y.made.restore(owner::hand, y.now);
  EXPECT_EQ(y.made.state(), circuit_state::closed);
}

TEST(recall, an_isolation_by_health_alone_ends) {
  circuit c{"a", "", quick()};
  c.isolate(owner::health, start);
  revived x{c.snapshot(start, wall)};
  EXPECT_EQ(x.made.state(), circuit_state::half_open);
  ASSERT_EQ(x.seen.size(), 1u);
  EXPECT_EQ(x.seen[0].why, cause::restored);
  c.isolate(owner::cluster, start);
  revived y{c.snapshot(start, wall)};
  EXPECT_EQ(y.made.state(), circuit_state::isolated);
}

TEST(recall, an_isolation_is_remembered_below_disabled) {
  circuit c{"a", "", quick()};
  c.isolate(owner::cluster, start);
  c.disable(start);
  revived x{c.snapshot(start, wall)};
  EXPECT_EQ(x.made.state(), circuit_state::disabled);
  x.made.restore(owner::hand, x.now);
  EXPECT_EQ(x.made.state(), circuit_state::isolated);
}

TEST(recall, a_breaker_is_turned_off_and_on_by_its_settings) {
  revived off{open_circuit(), 0s, std::nullopt};
  EXPECT_EQ(off.made.state(), circuit_state::disabled);
  ASSERT_EQ(off.seen.size(), 1u);
  EXPECT_EQ(off.seen[0].why, cause::disabled);
  revived on{off.made.snapshot(off.now, wall)};
  EXPECT_EQ(on.made.state(), circuit_state::closed);
}

// Memories that no circuit writes, and a store may have been given.
TEST(recall, what_is_set_goes_before_the_state) {
  auto x = open_circuit();
  x.config.reset();
  revived off{x, 0s, std::nullopt};
  EXPECT_EQ(off.made.state(), circuit_state::disabled);
  x = open_circuit();
  x.memory.state = circuit_state::disabled;
  revived on{x};
  EXPECT_EQ(on.made.state(), circuit_state::closed);
  x.memory.state = circuit_state::half_open;
  x.memory.disabled_by_hand = true;
  revived by_hand{x};
  EXPECT_EQ(by_hand.made.state(), circuit_state::disabled);
}

TEST(recall, a_machine_is_off_by_its_settings_alone) {
  circuit_breaker off{quick()};
  transitions unseen;
  off.turn_off(true, start, unseen);
  transitions seen;
  off.recall({.state = circuit_state::closed}, 0s, start, seen);
  EXPECT_EQ(off.state(), circuit_state::disabled);
  circuit_breaker on{quick()};
  on.recall({.state = circuit_state::disabled}, 0s, start, seen);
  EXPECT_EQ(on.state(), circuit_state::closed);
}

TEST(recall, new_settings_apply_in_place) {
  auto other = quick();
  other.success_threshold = 1;
  other.cooldown = 1s;
  revived x{open_circuit(), 0s, other};
  EXPECT_EQ(x.made.admit(x.now).retry_after, 6s) << "what runs, runs on";
  settle(x.made, outcome::success, 1, x.now + 6s);
  EXPECT_EQ(x.made.state(), circuit_state::closed);
}

// -- totals -------------------------------------------------------------------

TEST(recall, totals_go_on) {
  circuit c{"a", "", quick()};
  settle(c, outcome::success, 5);
  settle(c, outcome::neutral, 2);
  settle(c, outcome::failure, 3);
  c.admit(start);
  c.admit(start + 10s); // never settled
  c.count_dropped();
  c.count_late_answer();
  auto before = c.metrics(start + 10s);
  revived x{c.snapshot(start + 10s, wall)};
  auto after = x.made.metrics(x.now);
  EXPECT_EQ(after.successes, 5u);
  EXPECT_EQ(after.failures, 3u);
  EXPECT_EQ(after.neutral, 2u);
  EXPECT_EQ(after.rejected, 1u);
  EXPECT_EQ(after.dropped, 1u);
  EXPECT_EQ(after.late_answers, 1u);
  EXPECT_EQ(after.times_opened, 1u);
  EXPECT_EQ(after.transitions, before.transitions);
  EXPECT_EQ(after.latency, before.latency);
  EXPECT_EQ(after.total_calls, 10u) << "without what was under way";
}

TEST(recall, totals_of_what_came_late_or_took_long_go_on) {
  auto cfg = quick();
  cfg.window = window_config{.slow_call_duration = 10ms};
  circuit c{"a", "", cfg};
  auto late = c.admit(start).pass;
  c.expire(c.admit(start).pass, 20ms, start);
  settle(c, outcome::failure, 2);
  c.settle(late, outcome::success, 30ms, start);
  revived x{c.snapshot(start, wall), 0s, cfg};
  auto after = x.made.metrics(x.now);
  EXPECT_EQ(after, c.metrics(start));
  EXPECT_EQ(after.late, 1u);
  EXPECT_EQ(after.expired, 1u);
  EXPECT_EQ(after.slow_calls, 2u);
  EXPECT_EQ(after.success_rate, 0.25);
}

TEST(recall, totals_that_cannot_be_are_bounded) {
  auto x = open_circuit();
  x.totals.failures = 1'000'000;
  revived next{x};
  EXPECT_EQ(next.made.metrics(next.now).failures, 3u);
  EXPECT_EQ(next.made.metrics(next.now).successes, 0u);
}

TEST(recall, activity_changes_with_whatever_a_snapshot_shows) {
  circuit c{"a", "", quick()};
  auto last = c.activity();
  EXPECT_GT(last, 0u);
  auto changed = [&](auto f) {
    f();
    auto now = c.activity();
    return std::exchange(last, now) < now; // so it never comes back
  };
  permit p;
  EXPECT_TRUE(changed([&] { p = c.admit(start).pass; }));
  EXPECT_TRUE(changed([&] { c.settle(p, outcome::success, 1ms, start); }));
  EXPECT_TRUE(changed([&] { settle(c, outcome::neutral, 1); }));
  EXPECT_TRUE(changed([&] { settle(c, outcome::failure, 3); }));
  EXPECT_TRUE(changed([&] { c.admit(start); }));
  EXPECT_TRUE(changed([&] { c.reset(start); }));
  EXPECT_TRUE(changed([&] { c.isolate(owner::hand, start); }));
  EXPECT_TRUE(changed([&] { c.isolate(owner::cluster, start); }));
  EXPECT_TRUE(changed([&] { c.restore(owner::hand, start); }));
  EXPECT_TRUE(changed([&] { c.disable(start); }));
  EXPECT_TRUE(changed([&] { c.restore(owner::cluster, start); }));
  EXPECT_TRUE(changed([&] { c.reset(start); }));
  EXPECT_TRUE(
    changed([&] { EXPECT_TRUE(c.configure(quick(), start).empty()); }));
  EXPECT_TRUE(changed([&] { c.count_dropped(); }));
  EXPECT_TRUE(changed([&] { c.count_late_answer(); }));
  EXPECT_FALSE(changed([&] { c.restore(owner::health, start); }));
  EXPECT_FALSE(changed([&] { c.status(start, wall); }));
  EXPECT_FALSE(changed([&] { c.snapshot(start, wall); }));
}

// -- windows ------------------------------------------------------------------

TEST(recall, a_count_window_has_the_same_rates) {
  auto cfg = quick();
  cfg.failure_threshold = 100;
  cfg.window = window_config{.window_size = 10, .minimum_calls = 10};
  circuit c{"a", "", cfg};
  settle(c, outcome::success, 4);
  for (int i = 0; i < 2; ++i)
    c.settle(c.admit(start).pass, outcome::success, 1h, start);
  settle(c, outcome::failure, 3);
  auto x = c.snapshot(start, wall);
  EXPECT_EQ(x.memory.window_calls, 9u);
  EXPECT_EQ(x.memory.window_failed, 3u);
  EXPECT_EQ(x.memory.window_slow, 2u);
  revived next{x, 0s, cfg};
  settle(next.made, outcome::success, 1, next.now);
  EXPECT_EQ(next.made.status(next.now, wall).failure_rate, 30.0);
  EXPECT_EQ(next.made.status(next.now, wall).slow_call_rate, 20.0);
}

TEST(recall, a_window_of_new_settings_keeps_what_it_would_in_place) {
  auto cfg = quick();
  cfg.failure_threshold = 100;
  cfg.window = window_config{.window_size = 10, .minimum_calls = 10};
  circuit c{"a", "", cfg};
  settle(c, outcome::success, 6);
  settle(c, outcome::failure, 3);
  auto x = c.snapshot(start, wall);
  cfg.window->window_size = 4;
  revived smaller{x, 0s, cfg};
  auto memory = smaller.made.snapshot(smaller.now, wall).memory;
  EXPECT_EQ(memory.window_calls, 4u);
  EXPECT_EQ(memory.window_failed, 2u) << "of about the same rate";
  cfg.window->kind = window_kind::time;
  revived other{x, 0s, cfg};
  EXPECT_EQ(other.made.snapshot(other.now, wall).memory.window_calls, 0u);
}

TEST(recall, refilled_results_are_spread_evenly) {
  sliding_window w{{.window_size = 10, .minimum_calls = 1}};
  w.refill(10, 5, 2, start);
  auto x = w.rates(start);
  EXPECT_EQ(x.buffered_calls, 10u);
  EXPECT_EQ(x.failed_calls, 5u);
  EXPECT_EQ(x.slow_calls, 2u);
  for (int i = 0; i < 4; ++i)
    w.record(outcome::success, 1ms, start);
  EXPECT_EQ(w.rates(start).failed_calls, 3u) << "not all or none first";
}

TEST(recall, a_smaller_window_holds_what_fits) {
  sliding_window w{{.window_size = 4, .minimum_calls = 1}};
  w.refill(100, 50, 100, start);
  auto x = w.rates(start);
  EXPECT_EQ(x.buffered_calls, 4u);
  EXPECT_EQ(x.failed_calls, 4u);
  w.clear();
  w.refill(0, 0, 0, start);
  EXPECT_EQ(w.rates(start).buffered_calls, 0u);
}

TEST(recall, results_of_a_time_window_age_by_the_downtime) {
  auto cfg = quick();
  cfg.failure_threshold = 100;
  cfg.window = window_config{
    .kind = window_kind::time, .window_size = 60, .minimum_calls = 100};
  circuit c{"a", "", cfg};
  settle(c, outcome::success, 3);
  settle(c, outcome::failure, 1);
  c.settle(c.admit(start).pass, outcome::failure, 1h, start);
  auto x = c.snapshot(start, wall);
  revived soon{x, 59s, cfg};
  auto memory = soon.made.snapshot(soon.now, wall).memory;
  EXPECT_EQ(memory.window_calls, 5u);
  EXPECT_EQ(memory.window_failed, 2u);
  EXPECT_EQ(memory.window_slow, 1u);
  EXPECT_EQ(soon.made.snapshot(soon.now + 1s, wall).memory.window_calls, 0u);
  revived late{x, 60s, cfg};
  EXPECT_EQ(late.made.snapshot(late.now, wall).memory.window_calls, 0u);
}

TEST(recall, results_go_into_a_window_that_saw_no_time_yet) {
  sliding_window w{
    {.kind = window_kind::time, .window_size = 60, .minimum_calls = 1}};
  w.refill(5, 2, 1, start);
  auto x = w.rates(start + 59s);
  EXPECT_EQ(x.buffered_calls, 5u);
  EXPECT_EQ(x.failed_calls, 2u);
  EXPECT_EQ(x.slow_calls, 1u);
  EXPECT_EQ(w.rates(start + 60s).buffered_calls, 0u);
}

// -- what a store may have kept -----------------------------------------------

TEST(recall, every_fault_of_a_memory_is_named) {
  EXPECT_TRUE(validate(breaker_memory{}).empty());
  breaker_memory bad;
  bad.state = static_cast<circuit_state>(9);
  bad.generation = 0;
  bad.failures = -1;
  bad.successes = -1;
  bad.reopened = -1;
  bad.isolation = 8;
  bad.remaining = duration{-1};
  bad.window_calls = 1;
  bad.window_failed = 2;
  EXPECT_EQ(validate(bad).size(), 8u) << to_string(validate(bad));
  breaker_memory edge;
  edge.generation = max_generation;
  edge.isolation = 7;
  edge.failures = std::numeric_limits<int32_t>::max();
  edge.remaining = 2 * any_length.highest;
  EXPECT_TRUE(validate(edge).empty()) << to_string(validate(edge));
  edge.generation = max_generation + 1;
  edge.remaining += duration{1};
  edge.window_slow = 1;
  EXPECT_EQ(validate(edge).size(), 3u);
}

} // namespace

} // namespace resilience::test
