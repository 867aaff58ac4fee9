// The table of transitions, row by row, on both sides of each threshold.
#include "core/breaker_fixture.hpp"

namespace resilience::test {

namespace {

using steps = std::vector<transition>;

class circuit_breaker_test : public breaker_fixture {};

constexpr auto closed = circuit_state::closed;
constexpr auto opened = circuit_state::open;
constexpr auto half = circuit_state::half_open;

// -- closed -------------------------------------------------------------------

TEST_F(circuit_breaker_test, starts_closed_in_generation_1) {
  EXPECT_EQ(machine.state(), closed);
  EXPECT_EQ(machine.generation(), 1u);
  EXPECT_EQ(machine.failures(), 0);
  EXPECT_EQ(machine.successes(), 0);
  auto x = admit(at(0));
  EXPECT_TRUE(x);
  EXPECT_EQ(x.pass, (permit{1, 0}));
  EXPECT_EQ(x.retry_after, ms(0));
  EXPECT_TRUE(changes.empty());
}

TEST_F(circuit_breaker_test, one_failure_short_of_the_threshold_stays_closed) {
  for (int i = 1; i <= 2; ++i) {
    call(outcome::failure, at(i));
    EXPECT_EQ(machine.failures(), i);
    EXPECT_EQ(machine.state(), closed);
    EXPECT_TRUE(changes.empty());
  }
}

TEST_F(circuit_breaker_test, the_threshold_opens_from_that_instant) {
  call(outcome::failure, at(1));
  call(outcome::failure, at(2));
  call(outcome::failure, at(3));
  EXPECT_EQ(changed(), (steps{{closed, opened, cause::failures, 2, 3, at(3)}}));
  EXPECT_EQ(machine.failures(), 0);
  EXPECT_EQ(machine.open_until(), at(1003));
}

TEST_F(circuit_breaker_test, a_threshold_of_one_opens_at_the_first_failure) {
  auto cfg = small_config();
  cfg.failure_threshold = 1;
  configure(cfg, at(0));
  call(outcome::failure, at(0));
  EXPECT_EQ(machine.state(), opened);
}

TEST_F(circuit_breaker_test, a_success_zeroes_the_failures_in_a_row) {
  call(outcome::failure, at(0));
  call(outcome::failure, at(0));
  call(outcome::success, at(0));
  EXPECT_EQ(machine.failures(), 0);
  EXPECT_EQ(machine.successes(), 0);
  call(outcome::failure, at(0));
  call(outcome::failure, at(0));
  EXPECT_EQ(machine.state(), closed);
}

TEST_F(circuit_breaker_test, a_neutral_result_neither_counts_nor_resets) {
  call(outcome::failure, at(0));
  call(outcome::failure, at(0));
  EXPECT_TRUE(call(outcome::neutral, at(0)));
  EXPECT_EQ(machine.failures(), 2);
  call(outcome::failure, at(0));
  EXPECT_EQ(machine.state(), opened);
}

// -- open ---------------------------------------------------------------------

TEST_F(circuit_breaker_test, open_rejects_and_says_when_to_come_back) {
  open(at(100));
  struct row {
    int64_t now;
    int64_t retry_after;
  };
  for (auto [now, retry_after] :
       {row{100, 1000}, row{600, 500}, row{1099, 1}}) {
    auto x = admit(at(now));
    EXPECT_EQ(x.reason, rejection::open) << now;
    EXPECT_EQ(x.retry_after, ms(retry_after)) << now;
    EXPECT_EQ(x.pass, permit{}) << now;
  }
  // Not rounded: a nanosecond is still to go.
  EXPECT_EQ(admit(at(1100) - 1ns).retry_after, 1ns);
}

TEST_F(circuit_breaker_test, the_cooldown_ends_at_its_instant_seen_by_a_call) {
  open(at(0));
  EXPECT_FALSE(admit(at(999)));
  auto x = admit(at(1000));
  EXPECT_TRUE(x);
  EXPECT_EQ(x.pass, (permit{3, 1}));
  EXPECT_EQ(changed(),
            (steps{{opened, half, cause::cooldown_elapsed, 3, 0, at(1000)}}));
}

TEST_F(circuit_breaker_test, the_end_of_the_cooldown_is_stamped_when_it_was) {
  open(at(0));
  advance(at(999'999));
  EXPECT_EQ(changed(),
            (steps{{opened, half, cause::cooldown_elapsed, 3, 0, at(1000)}}));
}

TEST_F(circuit_breaker_test,
       a_failure_while_open_does_not_extend_the_cooldown) {
  auto early = admit(at(0)).pass;
  open(at(0));
  EXPECT_TRUE(settle(early, outcome::failure, at(900)).late);
  EXPECT_EQ(machine.open_until(), at(1000));
  EXPECT_EQ(machine.failures(), 0);
}

// -- half-open ----------------------------------------------------------------

TEST_F(circuit_breaker_test, half_open_admits_up_to_its_limit_unsettled) {
  half_open(at(0));
  auto first = admit(at(0));
  auto second = admit(at(0));
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_NE(first.pass, second.pass);
  auto third = admit(at(0));
  EXPECT_EQ(third.reason, rejection::half_open_full);
  EXPECT_EQ(third.retry_after, ms(0));
  // A settled probe frees its place, a neutral one too.
  settle(first.pass, outcome::neutral, at(1));
  EXPECT_TRUE(admit(at(1)));
  EXPECT_FALSE(admit(at(1)));
  settle(second.pass, outcome::success, at(2));
  EXPECT_TRUE(admit(at(2)));
  EXPECT_FALSE(admit(at(2)));
}

TEST_F(circuit_breaker_test, permits_of_earlier_generations_take_no_place) {
  auto early = admit(at(-5000)).pass;
  auto earlier = admit(at(-5000)).pass;
  half_open(at(0));
  EXPECT_TRUE(admit(at(0)));
  EXPECT_TRUE(admit(at(0)));
  EXPECT_FALSE(admit(at(0)));
  // Nor do they free one.
  EXPECT_TRUE(settle(early, outcome::success, at(0)).late);
  EXPECT_TRUE(settle(earlier, outcome::failure, at(0)).late);
  EXPECT_FALSE(admit(at(0)));
  EXPECT_EQ(machine.state(), half);
  EXPECT_EQ(machine.successes(), 0);
}

TEST_F(circuit_breaker_test, enough_successes_close_more_than_probes_at_once) {
  // 4 successes are wanted and 2 probes are allowed at once.
  half_open(at(0));
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(call(outcome::success, at(i)));
    EXPECT_EQ(machine.successes(), i);
    EXPECT_EQ(machine.state(), half);
  }
  call(outcome::success, at(4));
  EXPECT_EQ(changed(),
            (steps{{half, closed, cause::probes_succeeded, 4, 0, at(4)}}));
  EXPECT_EQ(machine.successes(), 0);
}

TEST_F(circuit_breaker_test, a_failed_probe_opens_for_a_new_full_cooldown) {
  half_open(at(0));
  call(outcome::success, at(1));
  call(outcome::failure, at(7));
  EXPECT_EQ(changed(),
            (steps{{half, opened, cause::probe_failed, 4, 1, at(7)}}));
  EXPECT_EQ(machine.open_until(), at(1007));
  EXPECT_EQ(machine.successes(), 0);
}

TEST_F(circuit_breaker_test, the_successes_start_anew_in_each_half_open) {
  half_open(at(0));
  call(outcome::success, at(0));
  call(outcome::failure, at(0));
  advance(at(1000));
  EXPECT_EQ(machine.successes(), 0);
  auto lost = admit(at(1000)).pass;
  call(outcome::failure, at(1000));
  advance(at(2000));
  EXPECT_TRUE(settle(lost, outcome::success, at(2000)).late);
  EXPECT_EQ(machine.successes(), 0);
}

// -- permits ------------------------------------------------------------------

struct permit_row {
  const char* what;
  permit pass;
  bool known;
  bool late;
};

TEST_F(circuit_breaker_test, closed_knows_its_own_and_earlier_permits) {
  half_open(at(0));
  reset(at(0));
  ASSERT_EQ(machine.generation(), 4u);
  const permit_row rows[] = {
    {"default", {0, 0}, false, false},
    {"default with a probe", {0, 1}, false, false},
    {"first generation", {1, 0}, true, true},
    {"previous generation", {3, 1}, true, true},
    {"current", {4, 0}, true, false},
    {"current, but a probe", {4, 1}, false, false},
    {"next generation", {5, 0}, false, false},
    {"far generation", {~uint64_t{0}, 0}, false, false},
  };
  for (const auto& row : rows) {
    auto before = machine;
    auto x = settle(row.pass, outcome::neutral, at(0));
    EXPECT_EQ(x.known, row.known) << row.what;
    EXPECT_EQ(x.late, row.late) << row.what;
    EXPECT_EQ(static_cast<bool>(x), row.known) << row.what;
    EXPECT_EQ(machine, before) << row.what;
  }
}

TEST_F(circuit_breaker_test, half_open_knows_each_probe_once) {
  half_open(at(0));
  auto pass = admit(at(0)).pass;
  auto other = admit(at(0)).pass;
  EXPECT_FALSE(settle({pass.generation, 0}, outcome::success, at(0)));
  EXPECT_FALSE(settle({pass.generation, 99}, outcome::failure, at(0)));
  EXPECT_TRUE(settle(pass, outcome::success, at(0)));
  auto before = machine;
  EXPECT_FALSE(settle(pass, outcome::success, at(0)));
  EXPECT_FALSE(settle(pass, outcome::failure, at(0)));
  EXPECT_EQ(machine, before);
  EXPECT_TRUE(settle(other, outcome::success, at(0)));
  EXPECT_EQ(machine.successes(), 2);
}

TEST_F(circuit_breaker_test, probe_numbers_are_not_used_again) {
  half_open(at(0));
  auto first = admit(at(0)).pass;
  settle(first, outcome::neutral, at(0));
  auto second = admit(at(0)).pass;
  EXPECT_NE(first, second);
  EXPECT_FALSE(settle(first, outcome::failure, at(0)));
  EXPECT_EQ(machine.state(), half);
}

TEST_F(circuit_breaker_test, open_and_isolated_have_no_permits_out) {
  open(at(0));
  EXPECT_FALSE(settle({machine.generation(), 0}, outcome::success, at(0)));
  isolate(owner::hand, at(0));
  EXPECT_FALSE(settle({machine.generation(), 0}, outcome::failure, at(0)));
  EXPECT_EQ(machine.state(), circuit_state::isolated);
}

TEST_F(circuit_breaker_test, a_settle_first_applies_the_end_of_the_cooldown) {
  auto early = admit(at(0)).pass;
  open(at(0));
  EXPECT_TRUE(settle(early, outcome::success, at(1000)).late);
  EXPECT_EQ(machine.state(), half);
  EXPECT_EQ(machine.successes(), 0);
}

// -- the clock's ends ---------------------------------------------------------

TEST_F(circuit_breaker_test, a_cooldown_beyond_the_clock_never_ends_early) {
  open(time_point::max() - ms(1));
  EXPECT_EQ(machine.open_until(), time_point::max());
  EXPECT_EQ(admit(time_point::max() - ms(1)).retry_after, ms(1));
  EXPECT_EQ(admit(time_point::max() - 1ns).retry_after, 1ns);
}

TEST_F(circuit_breaker_test, works_from_the_first_instant_of_the_clock) {
  open(time_point::min());
  EXPECT_EQ(machine.open_until(), time_point::min() + ms(1000));
  EXPECT_EQ(admit(time_point::min()).retry_after, ms(1000));
  EXPECT_TRUE(admit(time_point::min() + ms(1000)));
}

TEST_F(circuit_breaker_test,
       a_jump_over_the_whole_clock_only_ends_the_cooldown) {
  open(time_point::min());
  EXPECT_TRUE(admit(time_point::max()));
  EXPECT_EQ(changed(), (steps{{opened, half, cause::cooldown_elapsed, 3, 0,
                               time_point::min() + ms(1000)}}));
}

} // namespace

} // namespace resilience::test
