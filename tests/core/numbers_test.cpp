// What enumerations are called by in messages and files: whoever changes a
// number no longer understands programs and databases of another version.
#include "resilience/backoff.hpp"
#include "resilience/circuit_state.hpp"
#include "resilience/error.hpp"
#include "resilience/health.hpp"
#include "resilience/outcome.hpp"
#include "resilience/restart.hpp"
#include "resilience/retry.hpp"
#include "resilience/round_machine.hpp"
#include "resilience/sliding_window.hpp"
#include "resilience/store/snapshot_store.hpp"
#include "resilience/team_machine.hpp"
#include "resilience/timeout.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace resilience::test {

namespace {

/// That they are numbered from 0 on, in this order.
template <class Enum>
void expect_order(const std::vector<Enum>& all) {
  auto n = 0;
  for (auto x : all)
    EXPECT_EQ(static_cast<int>(x), n++);
}

TEST(numbers, of_circuits) {
  expect_order<circuit_state>(
    {circuit_state::closed, circuit_state::open, circuit_state::half_open,
     circuit_state::isolated, circuit_state::disabled});
  expect_order<cause>(
    {cause::failures, cause::probe_failed, cause::cooldown_elapsed,
     cause::probes_succeeded, cause::reset, cause::isolated, cause::disabled,
     cause::restored, cause::failure_rate, cause::slow_call_rate});
  expect_order<owner>({owner::hand, owner::health, owner::cluster});
  expect_order<rejection>({rejection::none, rejection::open,
                           rejection::half_open_full, rejection::isolated});
  expect_order<outcome>({outcome::success, outcome::failure, outcome::neutral});
}

TEST(numbers, of_errors) {
  expect_order<errc>(
    {errc::none, errc::circuit_open, errc::circuit_isolated,
     errc::half_open_full, errc::overloaded, errc::timed_out, errc::target_down,
     errc::shutting_down, errc::invalid_config, errc::unknown_circuit,
     errc::unknown_permit, errc::limit_reached, errc::bulkhead_full,
     errc::rate_limited, errc::store_failed, errc::target_stuck,
     errc::injected_fault});
  expect_order<store_errc>(
    {store_errc::none, store_errc::foreign_file, store_errc::newer_version,
     store_errc::in_use, store_errc::full, store_errc::no_access,
     store_errc::locked, store_errc::damaged, store_errc::failed});
  expect_order<retry_stop>({retry_stop::attempts, retry_stop::not_retryable,
                            retry_stop::budget, retry_stop::deadline,
                            retry_stop::hint, retry_stop::circuit,
                            retry_stop::target_down, retry_stop::guard});
}

TEST(numbers, of_settings) {
  expect_order<window_kind>({window_kind::count, window_kind::time});
  expect_order<backoff_kind>({backoff_kind::exponential, backoff_kind::linear,
                              backoff_kind::constant, backoff_kind::fibonacci});
  expect_order<jitter_kind>({jitter_kind::none, jitter_kind::full,
                             jitter_kind::equal, jitter_kind::decorrelated});
  expect_order<timeout_action>({timeout_action::raise,
                                timeout_action::return_none,
                                timeout_action::return_default});
  expect_order<restart_when>(
    {restart_when::any_end, restart_when::failure_only});
  expect_order<team_strategy>({team_strategy::one_for_one,
                               team_strategy::rest_for_one,
                               team_strategy::one_for_all});
}

TEST(numbers, of_what_is_reported) {
  expect_order<health_status>({health_status::healthy, health_status::degraded,
                               health_status::unknown,
                               health_status::unhealthy});
  expect_order<round_end>({round_end::quorum, round_end::complete,
                           round_end::unreachable, round_end::deadline});
  expect_order<child_state>({child_state::waiting, child_state::running,
                             child_state::stopping, child_state::stopped});
}

} // namespace

} // namespace resilience::test
