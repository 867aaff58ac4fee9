// The numbers that users rely on without writing them down: each default, and
// how far each setting goes. A change of one is a change of the interface.
#include "resilience/backoff.hpp"
#include "resilience/bulkhead.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/fallback.hpp"
#include "resilience/health_report.hpp"
#include "resilience/latency_quantile.hpp"
#include "resilience/policy.hpp"
#include "resilience/rate_limiter.hpp"
#include "resilience/retry.hpp"
#include "resilience/retry_budget.hpp"
#include "resilience/sliding_window.hpp"
#include "resilience/snapshot.hpp"
#include "resilience/status.hpp"
#include "resilience/team_machine.hpp"
#include "resilience/timeout.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

template <class T>
std::string limits_text(const T&) {
  return {};
}

template <class T>
std::string limits_text(const range<T>& x) {
  return ", " + value_text(x.lowest) + " to " + value_text(x.highest);
}

/// A line per setting: `name default, lowest to highest`.
template <class Config>
std::string table() {
  std::string result;
  for_each_setting<Config>([&](const auto& x) {
    result += std::string{x.name} + " " + value_text(Config{}.*x.member)
              + limits_text(x.limits) + "\n";
  });
  return result;
}

TEST(settings, of_a_breaker) {
  EXPECT_EQ(table<breaker_config>(), "failure_threshold 5, 1 to 1000000\n"
                                     "cooldown 30s, 1ms to 8760h\n"
                                     "half_open_max_calls 3, 1 to 10000\n"
                                     "success_threshold 2, 1 to 1000000\n"
                                     "lease 60s, 1ms to 8760h\n"
                                     "window off\n"
                                     "cooldown_growth 1, 1 to 1000\n"
                                     "max_cooldown 60min, 1ms to 8760h\n"
                                     "cooldown_jitter 0, 0 to 1\n"
                                     "critical false\n");
}

TEST(settings, of_a_window) {
  EXPECT_EQ(table<window_config>(), "kind count\n"
                                    "window_size 100, 1 to 1000000\n"
                                    "minimum_calls 100, 1 to 1000000\n"
                                    "failure_rate_threshold 50, 0 to 100\n"
                                    "slow_call_rate_threshold 100, 0 to 100\n"
                                    "slow_call_duration 60s, 1ns to 8760h\n");
}

TEST(settings, of_a_backoff) {
  EXPECT_EQ(table<backoff_config>(), "initial_delay 1s, 0s to 8760h\n"
                                     "max_delay 60s, 0s to 8760h\n"
                                     "exponential_base 2, 1 to 1000\n"
                                     "kind exponential\n"
                                     "jitter full\n");
}

TEST(settings, of_the_small_machines) {
  EXPECT_EQ(table<rate_limit_config>(), "rate 100, 1 to 1000000000\n"
                                        "period 1s, 1ms to 8760h\n"
                                        "burst 100, 1 to 1000000000\n");
  EXPECT_EQ(table<retry_budget_config>(), "capacity 30, 1 to 1e+09\n"
                                          "per_call 0.2, 0 to 1000\n"
                                          "per_second 3, 0 to 1e+09\n");
  EXPECT_EQ(table<bulkhead_config>(), "max_concurrent 10, 1 to 1000000\n"
                                      "max_queue 0, 0 to 1000000\n"
                                      "max_wait 1s, 0s to 8760h\n"
                                      "adaptive off\n");
  EXPECT_EQ(table<hedge_config>(), "delay 100ms, 0s to 8760h\n"
                                   "quantile off, 0.5 to 0.9999\n"
                                   "budget on\n");
  EXPECT_EQ(table<shedding_config>(), "max_age 5s, 1ms to 8760h\n");
  EXPECT_EQ(table<chaos_config>(), "error_rate 0, 0 to 1\n"
                                   "delay_rate 0, 0 to 1\n"
                                   "delay 1s, 1ms to 8760h\n"
                                   "drop_rate 0, 0 to 1\n"
                                   "duplicate_rate 0, 0 to 1\n"
                                   "seed 1, 0 to 2147483647\n");
}

TEST(settings, of_a_quantile_of_latencies) {
  EXPECT_EQ(table<quantile_config>(), "quantile 0.95, 0 to 1\n"
                                      "window_size 1000, 2 to 100000\n"
                                      "minimum_calls 20, 1 to 50000\n"
                                      "max_age 5min, 1ms to 8760h\n");
}

TEST(settings, of_circuits_by_key) {
  EXPECT_EQ(table<keyed_config>(), "max_keys 10000, 1 to 10000000\n"
                                   "idle_after 10min, 1ms to 8760h\n"
                                   "max_key_bytes 256, 1 to 4096\n");
}

TEST(settings, of_a_health_check) {
  EXPECT_EQ(table<health_check_config>(), "interval 10s, 1ms to 8760h\n"
                                          "timeout 5s, 1ms to 8760h\n"
                                          "max_age off, 1ms to 8760h\n"
                                          "unhealthy_after 3, 1 to 1000000\n"
                                          "healthy_after 2, 1 to 1000000\n"
                                          "critical true\n");
}

TEST(settings, of_the_layers_of_a_call) {
  EXPECT_EQ(table<timeout_config>(), "limit 30s, 1ms to 8760h\n"
                                     "total off, 1ms to 8760h\n"
                                     "on_timeout raise\n");
  EXPECT_EQ(table<retry_config>(), "max_attempts 3, 1 to 1000\n"
                                   "backoff on\n"
                                   "retry_on []\n"
                                   "dont_retry_on []\n"
                                   "max_hint 60s, 0s to 8760h\n"
                                   "budget on\n");
  EXPECT_EQ(table<fallback_config>(), "on []\n"
                                      "limit 5s, 1ms to 8760h\n");
}

TEST(settings, of_restarts) {
  EXPECT_EQ(table<restart_config>(), "max_restarts 5, 0 to 1000\n"
                                     "window 60s, 1ms to 8760h\n"
                                     "backoff on\n"
                                     "stable_after 60s, 0s to 8760h\n"
                                     "when any_end\n");
  EXPECT_EQ(table<team_options>(), "strategy one_for_one\n"
                                   "restart on\n"
                                   "stop_limit 5s, 1ms to 8760h\n");
}

// Sent between nodes and stored: a number that moves is read as another word.
TEST(settings, words_keep_their_numbers) {
  auto number = [](auto x) { return static_cast<int>(x); };
  EXPECT_EQ(number(backoff_kind::exponential), 0);
  EXPECT_EQ(number(backoff_kind::linear), 1);
  EXPECT_EQ(number(backoff_kind::constant), 2);
  EXPECT_EQ(number(backoff_kind::fibonacci), 3);
  EXPECT_EQ(number(jitter_kind::none), 0);
  EXPECT_EQ(number(jitter_kind::full), 1);
  EXPECT_EQ(number(jitter_kind::equal), 2);
  EXPECT_EQ(number(jitter_kind::decorrelated), 3);
  EXPECT_EQ(number(health_status::healthy), 0);
  EXPECT_EQ(number(health_status::degraded), 1);
  EXPECT_EQ(number(health_status::unknown), 2);
  EXPECT_EQ(number(health_status::unhealthy), 3);
  EXPECT_EQ(number(window_kind::count), 0);
  EXPECT_EQ(number(window_kind::time), 1);
  EXPECT_EQ(number(timeout_action::raise), 0);
  EXPECT_EQ(number(timeout_action::return_none), 1);
  EXPECT_EQ(number(timeout_action::return_default), 2);
  EXPECT_EQ(number(outcome::success), 0);
  EXPECT_EQ(number(outcome::failure), 1);
  EXPECT_EQ(number(outcome::neutral), 2);
  EXPECT_EQ(number(owner::hand), 0);
  EXPECT_EQ(number(owner::health), 1);
  EXPECT_EQ(number(owner::cluster), 2);
  EXPECT_EQ(number(rejection::none), 0);
}

enum class nameless { x };

TEST(settings, only_enumerations_with_names_are_words) {
  EXPECT_TRUE(named_enum<window_kind>);
  EXPECT_FALSE(named_enum<nameless>);
  EXPECT_FALSE(named_enum<int32_t>);
}

TEST(settings, words_in_a_row_keep_their_numbers) {
  auto check = [](auto... xs) {
    auto next = 0;
    for (auto x : {xs...})
      EXPECT_EQ(static_cast<int>(x), next++) << to_string(x);
  };
  {
    using enum circuit_state;
    check(closed, open, half_open, isolated, disabled);
  }
  {
    using enum cause;
    check(failures, probe_failed, cooldown_elapsed, probes_succeeded, reset,
          isolated, disabled, restored, failure_rate, slow_call_rate);
  }
  {
    using enum restart_when;
    check(any_end, failure_only);
  }
  {
    using enum team_strategy;
    check(one_for_one, rest_for_one, one_for_all);
  }
  {
    using enum child_state;
    check(waiting, running, stopping, stopped);
  }
  {
    using enum retry_stop;
    check(attempts, not_retryable, budget, deadline, hint, circuit, target_down,
          guard);
  }
}

TEST(settings, of_no_list_but_as_firm) {
  EXPECT_EQ(max_restart_records, 100'000u);
  EXPECT_EQ(health_report_limits::message, 4'096u);
  EXPECT_EQ(health_report_limits::details, 64u);
  EXPECT_EQ(health_report_limits::detail_name, 256u);
  EXPECT_EQ(health_report_limits::detail_value, 1'024u);
  EXPECT_EQ(max_generation, 0x0FFF'FFFF'FFFF'FFFEu);
}

faults differences(const policy& a, const policy& b) {
  faults result;
  append_differences(result, "breaker", a.breaker, b.breaker);
  append_differences(result, "retry", a.retry, b.retry);
  append_differences(result, "provider", a.provider, b.provider);
  return result;
}

// Told to who asks for a circuit that has other settings.
TEST(settings, differ_one_by_one) {
  EXPECT_EQ(differences({}, {}), faults{});
  policy a{.provider = "a",
           .breaker = breaker_config{.cooldown = 5s, .critical = true},
           .retry = retry_config{.retry_on = {"resilience", "sec"}}};
  policy b{.provider = "b",
           .breaker = breaker_config{.cooldown = 6s, .window = window_config{}},
           .retry = retry_config{.max_attempts = 4}};
  EXPECT_EQ(differences(a, a), faults{});
  EXPECT_EQ(differences(a, b),
            (faults{"breaker.cooldown is 5s there and 6s here",
                    "breaker.window is off there and on here",
                    "breaker.critical is true there and false here",
                    "retry.max_attempts is 3 there and 4 here",
                    "retry.retry_on is [resilience, sec] there "
                    "and [] here",
                    "provider is \"a\" there and \"b\" here"}));
  EXPECT_EQ(differences({.breaker = {}}, {.breaker = breaker_config{}}),
            faults{"breaker is off there and on here"});
}

// A value that nobody filled in says so.
TEST(settings, empty_values_are_nothing) {
  EXPECT_EQ(permit{}.generation, 0u);
  EXPECT_EQ(permit{}.probe, 0u);
  EXPECT_TRUE(admission{});
  EXPECT_FALSE(settlement{});
  EXPECT_FALSE(settlement{}.late);
  EXPECT_EQ(transition{}.generation, 0u);
  EXPECT_EQ(transition{}.failures, 0);
  EXPECT_EQ(child_health{}.status, health_status::unknown);
  EXPECT_TRUE(child_health{}.critical);
  EXPECT_EQ(window_rates{}.failure_rate, -1);
  EXPECT_EQ(window_rates{}.slow_call_rate, -1);
  EXPECT_EQ(window_rates{}.buffered_calls, 0u);
  EXPECT_EQ(window_rates{}.failed_calls, 0u);
  EXPECT_EQ(window_rates{}.slow_calls, 0u);
  EXPECT_EQ(retry_report{}.attempts, 0);
  EXPECT_EQ(circuit_status{}.generation, 0u);
  EXPECT_EQ(circuit_status{}.consecutive_failures, 0);
  EXPECT_EQ(circuit_status{}.consecutive_successes, 0);
  EXPECT_EQ(circuit_status{}.permits_in_use, 0u);
  EXPECT_EQ(circuit_status{}.chaotic_guards, 0);
  EXPECT_EQ(transition_event{}.generation, 0u);
  EXPECT_EQ(transition_event{}.failures, 0);
  EXPECT_EQ(restart_record{}.restarts, 0u);
  EXPECT_FALSE(restart_intensity{}.take({})) << "none allowed so far";
  EXPECT_TRUE(health_report{}.critical);
  EXPECT_EQ(health_report{}.failures, 0);
  EXPECT_EQ(health_report{}.successes, 0);
  EXPECT_FALSE(health_report{}.paused);
}

TEST(settings, an_empty_memory_is_that_of_a_new_machine) {
  EXPECT_EQ(circuit_breaker{}.memory({}), breaker_memory{});
  EXPECT_EQ(breaker_memory{}.window_calls, 0u);
  EXPECT_EQ(breaker_memory{}.window_failed, 0u);
  EXPECT_EQ(breaker_memory{}.window_slow, 0u);
}

TEST(settings, empty_metrics_count_nothing) {
  circuit_metrics x;
  EXPECT_EQ(x.success_rate, 1.0);
  for (auto n : {x.total_calls,
                 x.successes,
                 x.failures,
                 x.rejected,
                 x.neutral,
                 x.late,
                 x.expired,
                 x.late_answers,
                 x.dropped,
                 x.times_opened,
                 x.transitions,
                 x.slow_calls,
                 x.layers.rate_limited,
                 x.layers.bulkhead_full,
                 x.layers.retries,
                 x.layers.fallbacks,
                 x.layers.fallback_failures,
                 x.layers.substituted,
                 x.layers.hook_failures,
                 x.layers.running,
                 x.layers.queued,
                 x.layers.restarts,
                 x.layers.hedges,
                 x.layers.hedges_won,
                 x.layers.shed,
                 x.layers.injected})
    EXPECT_EQ(n, 0u);
  EXPECT_EQ(x.layers.retry_budget, 0);
  EXPECT_EQ(x.layers.concurrency_limit, 0);
  EXPECT_FALSE(x.layers.down);
  EXPECT_FALSE(x.layers.chaos);
}

} // namespace

} // namespace resilience::test
