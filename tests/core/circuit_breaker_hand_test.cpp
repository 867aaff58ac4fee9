// What people and health checks do to a breaker: reset, isolate, disable,
// restore, configure; who overrules whom.
#include "core/breaker_fixture.hpp"

#include <functional>

namespace resilience::test {

namespace {

using steps = std::vector<transition>;

constexpr auto closed = circuit_state::closed;
constexpr auto opened = circuit_state::open;
constexpr auto half = circuit_state::half_open;
constexpr auto isolated = circuit_state::isolated;
constexpr auto disabled = circuit_state::disabled;

class circuit_breaker_hand_test : public breaker_fixture {};

// -- who overrules whom -------------------------------------------------------

enum class act {
  iso_hand,
  iso_health,
  iso_cluster,
  res_hand,
  res_health,
  res_cluster,
  disable,
  reset
};

/// Acts one after the other from closed, and where they lead.
struct course {
  std::vector<act> acts;
  circuit_state end;
};

void apply(circuit_breaker& machine, act x) {
  transitions out;
  switch (x) {
    case act::iso_hand:
      return machine.isolate(owner::hand, at(0), out);
    case act::iso_health:
      return machine.isolate(owner::health, at(0), out);
    case act::iso_cluster:
      return machine.isolate(owner::cluster, at(0), out);
    case act::res_hand:
      return machine.restore(owner::hand, at(0), out);
    case act::res_health:
      return machine.restore(owner::health, at(0), out);
    case act::res_cluster:
      return machine.restore(owner::cluster, at(0), out);
    case act::disable:
      return machine.disable(at(0), out);
    case act::reset:
      return machine.reset(at(0), out);
  }
}

TEST_F(circuit_breaker_hand_test, the_last_word_of_each_owner_decides) {
  using enum act;
  const course courses[] = {
    {{iso_hand}, isolated},
    {{iso_hand, res_hand}, half},
    {{iso_hand, res_health}, isolated},
    {{iso_health, res_hand}, isolated},
    {{iso_hand, iso_health, res_hand}, isolated},
    {{iso_hand, iso_health, res_health}, isolated},
    {{iso_hand, iso_health, res_health, res_hand}, half},
    {{iso_hand, iso_health, iso_cluster, res_hand, res_cluster}, isolated},
    {{iso_hand, iso_health, iso_cluster, res_hand, res_cluster, res_health},
     half},
    {{iso_health, iso_health, res_health}, half},
    {{res_hand}, closed},
    {{res_health}, closed},
    {{disable}, disabled},
    {{disable, res_hand}, closed},
    {{disable, res_health}, disabled},
    {{disable, disable, res_hand}, closed},
    {{disable, reset}, closed},
    // By hand the later of isolate and disable holds alone.
    {{iso_hand, disable}, disabled},
    {{iso_hand, disable, res_hand}, closed},
    {{disable, iso_hand}, isolated},
    {{disable, iso_hand, res_hand}, half},
    // An isolation by others is remembered under a disabling.
    {{disable, iso_health}, disabled},
    {{disable, iso_health, res_hand}, isolated},
    {{disable, iso_health, res_health, res_hand}, closed},
    {{disable, iso_health, res_hand, res_health}, half},
    {{iso_health, disable}, disabled},
    {{iso_health, disable, res_hand}, isolated},
    {{iso_hand, iso_health, disable, res_hand}, isolated},
    {{iso_hand, iso_health, disable, res_hand, res_health}, half},
    // A reset ends what was set by hand and nothing else.
    {{iso_hand, reset}, closed},
    {{iso_health, reset}, isolated},
    {{iso_health, reset, res_health}, half},
    {{iso_hand, iso_health, reset, res_health}, half},
    {{disable, iso_health, reset}, isolated},
  };
  for (const auto& x : courses) {
    circuit_breaker fresh{small_config()};
    for (auto a : x.acts)
      apply(fresh, a);
    EXPECT_EQ(fresh.state(), x.end) << "course " << (&x - courses);
  }
}

// -- transitions --------------------------------------------------------------

TEST_F(circuit_breaker_hand_test, reset_closes_with_a_new_generation) {
  auto pass = admit(at(0)).pass;
  call(outcome::failure, at(0));
  reset(at(5));
  EXPECT_EQ(changed(), (steps{{closed, closed, cause::reset, 2, 1, at(5)}}));
  EXPECT_EQ(machine.failures(), 0);
  EXPECT_TRUE(settle(pass, outcome::failure, at(6)).late);
  EXPECT_EQ(machine.failures(), 0);
}

TEST_F(circuit_breaker_hand_test, reset_forgets_the_probes_of_half_open) {
  half_open(at(0));
  auto probe = admit(at(0)).pass;
  reset(at(0));
  EXPECT_TRUE(settle(probe, outcome::failure, at(0)).late);
  EXPECT_EQ(machine.state(), closed);
  EXPECT_EQ(machine.failures(), 0);
}

TEST_F(circuit_breaker_hand_test, isolated_rejects_without_a_time) {
  isolate(owner::hand, at(3));
  EXPECT_EQ(changed(),
            (steps{{closed, isolated, cause::isolated, 2, 0, at(3)}}));
  auto x = admit(at(1'000'000));
  EXPECT_EQ(x.reason, rejection::isolated);
  EXPECT_EQ(x.retry_after, ms(0));
}

TEST_F(circuit_breaker_hand_test, a_second_isolation_changes_no_state) {
  isolate(owner::hand, at(0));
  isolate(owner::health, at(1));
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(machine.generation(), 2u);
}

TEST_F(circuit_breaker_hand_test, isolation_outlives_the_cooldown) {
  open(at(0));
  isolate(owner::health, at(10));
  advance(at(5000));
  EXPECT_EQ(machine.state(), isolated);
  restore(owner::health, at(5000));
  EXPECT_EQ(changed(),
            (steps{{isolated, half, cause::restored, 4, 0, at(5000)}}));
}

TEST_F(circuit_breaker_hand_test, a_restored_circuit_probes_like_any_other) {
  isolate(owner::hand, at(0));
  restore(owner::hand, at(0));
  EXPECT_TRUE(admit(at(0)));
  EXPECT_TRUE(admit(at(0)));
  EXPECT_EQ(admit(at(0)).reason, rejection::half_open_full);
  isolate(owner::hand, at(0));
  restore(owner::hand, at(0));
  call(outcome::failure, at(9));
  EXPECT_EQ(machine.state(), opened);
  EXPECT_EQ(machine.open_until(), at(1009));
}

TEST_F(circuit_breaker_hand_test, disabled_admits_and_counts_and_never_trips) {
  disable(at(2));
  EXPECT_EQ(changed(),
            (steps{{closed, disabled, cause::disabled, 2, 0, at(2)}}));
  for (int i = 1; i <= 10; ++i) {
    EXPECT_TRUE(call(outcome::failure, at(2)));
    EXPECT_EQ(machine.failures(), i);
  }
  EXPECT_EQ(machine.state(), disabled);
  call(outcome::success, at(2));
  EXPECT_EQ(machine.failures(), 0);
  restore(owner::hand, at(3));
  EXPECT_EQ(changed(),
            (steps{{disabled, closed, cause::restored, 3, 0, at(3)}}));
}

TEST_F(circuit_breaker_hand_test,
       failures_while_disabled_do_not_trip_afterwards) {
  disable(at(0));
  for (int i = 0; i < 5; ++i)
    call(outcome::failure, at(0));
  restore(owner::hand, at(0));
  EXPECT_EQ(machine.failures(), 0);
  call(outcome::failure, at(0));
  EXPECT_EQ(machine.state(), closed);
}

TEST_F(circuit_breaker_hand_test, each_act_first_applies_the_end_of_cooldown) {
  using event = std::function<void(circuit_breaker&, transitions&)>;
  const std::pair<event, circuit_state> events[] = {
    {[](auto& m, auto& out) { m.reset(at(2000), out); }, closed},
    {[](auto& m, auto& out) { m.isolate(owner::hand, at(2000), out); },
     isolated},
    {[](auto& m, auto& out) { m.disable(at(2000), out); }, disabled},
    {[](auto& m, auto& out) { m.turn_off(true, at(2000), out); }, disabled},
  };
  open(at(0));
  for (const auto& [act, end] : events) {
    auto copy = machine;
    transitions out;
    act(copy, out);
    ASSERT_EQ(out.size(), 2u) << end;
    EXPECT_EQ(*out.begin(), (transition{opened, half, cause::cooldown_elapsed,
                                        3, 0, at(1000)}));
    auto& second = *(out.begin() + 1);
    EXPECT_EQ(second.from, half);
    EXPECT_EQ(second.to, end);
    EXPECT_EQ(second.at, at(2000));
  }
}

// -- settings -----------------------------------------------------------------

TEST_F(circuit_breaker_hand_test, settings_change_in_place) {
  call(outcome::failure, at(0));
  auto pass = admit(at(0)).pass;
  auto cfg = small_config();
  cfg.failure_threshold = 2;
  configure(cfg, at(1));
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(machine.config(), cfg);
  EXPECT_EQ(machine.generation(), 1u);
  EXPECT_EQ(machine.failures(), 1);
  EXPECT_FALSE(settle(pass, outcome::failure, at(1)).late);
  EXPECT_EQ(machine.state(), opened);
}

TEST_F(circuit_breaker_hand_test,
       a_threshold_below_the_count_trips_at_the_next) {
  call(outcome::failure, at(0));
  call(outcome::failure, at(0));
  auto cfg = small_config();
  cfg.failure_threshold = 1;
  configure(cfg, at(0));
  EXPECT_EQ(machine.state(), closed);
  call(outcome::failure, at(0));
  EXPECT_EQ(machine.state(), opened);
}

TEST_F(circuit_breaker_hand_test, a_running_cooldown_keeps_its_end) {
  open(at(0));
  auto cfg = small_config();
  cfg.cooldown = ms(10);
  configure(cfg, at(500));
  EXPECT_EQ(admit(at(600)).retry_after, ms(400));
  EXPECT_TRUE(admit(at(1000)));
}

TEST_F(circuit_breaker_hand_test,
       settings_at_the_end_of_a_cooldown_come_after) {
  open(at(0));
  configure(small_config(), at(1000));
  EXPECT_EQ(changed(),
            (steps{{opened, half, cause::cooldown_elapsed, 3, 0, at(1000)}}));
}

TEST_F(circuit_breaker_hand_test, fewer_probes_than_are_out_wait_for_them) {
  half_open(at(0));
  auto first = admit(at(0)).pass;
  auto second = admit(at(0)).pass;
  auto cfg = small_config();
  cfg.half_open_max_calls = 1;
  configure(cfg, at(0));
  EXPECT_FALSE(admit(at(0)));
  settle(first, outcome::success, at(0));
  EXPECT_FALSE(admit(at(0)));
  settle(second, outcome::success, at(0));
  EXPECT_TRUE(admit(at(0)));
  EXPECT_EQ(machine.successes(), 2);
}

TEST_F(circuit_breaker_hand_test, reset_ends_the_disabling_for_good) {
  disable(at(0));
  reset(at(1));
  // Disabled, it would only remember this.
  isolate(owner::cluster, at(2));
  EXPECT_EQ(machine.state(), circuit_state::isolated);
  // There is nothing by hand to take back.
  restore(owner::hand, at(3));
  EXPECT_EQ(machine.state(), circuit_state::isolated);
}

// Who is neither isolated nor disabled is not restored, but time goes on.
TEST_F(circuit_breaker_hand_test, restore_applies_the_end_of_the_cooldown) {
  open(at(0));
  restore(owner::hand, at(1500));
  EXPECT_EQ(changed(),
            (steps{{opened, half, cause::cooldown_elapsed, 3, 0, at(1000)}}));
}

} // namespace

} // namespace resilience::test
