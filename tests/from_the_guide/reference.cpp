// The guide's chapters "Configuration Reference" and "File Locations": defaults
// and headers.
#include <resilience/actors/held_permit.hpp>
#include <resilience/actors/hooks.hpp>
#include <resilience/actors/monitoring.hpp>
#include <resilience/actors/protect.hpp>
#include <resilience/circuit_breaker.hpp>
#include <resilience/health.hpp>
#include <resilience/retry.hpp>
#include <resilience/store/sqlite_store.hpp>
#include <resilience/sync/retry_sync.hpp>
#include <resilience/sync/timeout_sync.hpp>
#include <resilience/timeout.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

TEST(guide_reference, defaults_of_a_breaker) {
  EXPECT_EQ(breaker_config{}.failure_threshold, 5);
  EXPECT_EQ(breaker_config{}.cooldown, 30s);
  EXPECT_EQ(breaker_config{}.half_open_max_calls, 3);
  EXPECT_EQ(breaker_config{}.success_threshold, 2);
}

TEST(guide_reference, defaults_of_a_retry) {
  EXPECT_EQ(retry_config{}.max_attempts, 3);
  EXPECT_EQ(backoff_config{}.initial_delay, 1s);
  EXPECT_EQ(backoff_config{}.max_delay, 60s);
  EXPECT_EQ(backoff_config{}.exponential_base, 2.0);
  EXPECT_EQ(backoff_config{}.jitter, jitter_kind::full);
}

TEST(guide_reference, defaults_of_a_timeout) {
  EXPECT_EQ(timeout_config{}.limit, 30s);
  EXPECT_EQ(timeout_config{}.on_timeout, timeout_action::raise);
  EXPECT_TRUE(hooks{}.default_value.empty());
}

} // namespace

} // namespace resilience::test
