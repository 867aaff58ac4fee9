// What is said of a circuit to whoever asks why it is as it is.
#include "resilience/explain.hpp"

#include <gtest/gtest.h>

#include <array>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

circuit_snapshot circuit_in(circuit_state state) {
  circuit_snapshot x{.name = "a", .provider = {}, .config = breaker_config{}};
  x.memory.state = state;
  x.memory.generation = 4;
  return x;
}

transition_event event(circuit_state to, cause why, int32_t failures = 0) {
  return {.name = "a",
          .to = to,
          .why = why,
          .generation = 4,
          .failures = failures,
          .at = wall_time{1'000ms},
          .last_failure = {}};
}

std::string explained(const circuit_snapshot& x,
                      std::optional<transition_event> last = {}) {
  if (!last)
    return explain(x, {});
  return explain(x, std::array{*last});
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

TEST(explain, a_new_circuit) {
  auto x = circuit_in(circuit_state::closed);
  x.memory.generation = 1;
  EXPECT_EQ(explained(x), "\"a\" is closed since it was made\n"
                          "  0 of 5 failures in a row that would open it\n");
}

TEST(explain, an_open_circuit) {
  auto x = circuit_in(circuit_state::open);
  x.memory.remaining = 1'499'001us; // not before that is over
  x.memory.reopened = 1;
  x.last_failure = failure_info{wall_time{2'000ms}, "timed out"};
  EXPECT_EQ(
    explained(x, event(circuit_state::open, cause::failures, 5)),
    "\"a\" is open since 1970-01-01T00:00:01.000Z: 5 calls in a row failed\n"
    "  probes in 1500ms, after 1 failed round of probes\n"
    "  last failure 1970-01-01T00:00:02.000Z: timed out\n"
    "  1970-01-01T00:00:01.000Z closed -> open: 5 calls in a row failed\n");
}

TEST(explain, a_circuit_that_opened_once) {
  auto x = circuit_in(circuit_state::open);
  x.memory.remaining = 3s;
  EXPECT_EQ(explained(x), "\"a\" is open\n  probes in 3s\n");
}

TEST(explain, a_half_open_circuit) {
  auto x = circuit_in(circuit_state::half_open);
  x.memory.successes = 1;
  EXPECT_TRUE(says(explained(x), "1 of 2 successful probes that would close it,"
                                 " 3 at a time; one that fails opens it"));
}

TEST(explain, who_isolates) {
  auto x = circuit_in(circuit_state::isolated);
  x.memory.isolation = 3;
  EXPECT_TRUE(says(explained(x), "isolated by hand and health;"));
  x.memory.isolation = 4;
  EXPECT_TRUE(says(explained(x), "isolated by cluster;"));
  x.memory.isolation = 0;
  EXPECT_TRUE(says(explained(x), "isolated by nobody;"));
}

TEST(explain, why_it_is_disabled) {
  auto x = circuit_in(circuit_state::disabled);
  x.config.reset();
  EXPECT_TRUE(says(explained(x), "its policy turns the breaker off"));
  x.memory.disabled_by_hand = true;
  EXPECT_TRUE(says(explained(x), "by hand; lets everything pass"));
}

TEST(explain, a_window_that_decides_nothing_yet) {
  auto x = circuit_in(circuit_state::closed);
  x.config->window = window_config{.window_size = 50, .minimum_calls = 20};
  x.memory.window_calls = 19;
  EXPECT_TRUE(says(explained(x), "window: 19 of the 20 calls below which it "
                                 "decides nothing"));
}

TEST(explain, the_rates_of_a_window) {
  auto x = circuit_in(circuit_state::closed);
  x.config->window = window_config{
    .window_size = 50, .minimum_calls = 40, .failure_rate_threshold = 12.5};
  x.memory.window_calls = 40;
  x.memory.window_failed = 3;
  x.memory.window_slow = 40;
  auto text = explained(x);
  EXPECT_TRUE(says(text, "failed: 7.5 % of 40 calls; opens at 12.5 %")) << text;
  EXPECT_TRUE(says(text, "slow: 100.0 % of 40 calls; opens at 100 %")) << text;
}

TEST(explain, without_transitions_it_says_no_since) {
  auto x = circuit_in(circuit_state::closed);
  EXPECT_TRUE(says(explained(x), "\"a\" is closed\n")) << explained(x);
}

TEST(explain, an_old_transition_does_not_say_since_when) {
  auto x = circuit_in(circuit_state::closed);
  auto text = explained(x, event(circuit_state::open, cause::failures, 1));
  EXPECT_TRUE(says(text, "\"a\" is closed\n")) << text;
  EXPECT_TRUE(says(text, "1 call in a row failed")) << text;
}

TEST(explain, every_cause_has_words) {
  auto x = circuit_in(circuit_state::closed);
  for (auto why = 0; why <= static_cast<int>(cause::slow_call_rate); ++why) {
    auto text =
      explained(x, event(circuit_state::closed, static_cast<cause>(why)));
    EXPECT_FALSE(says(text, "unknown")) << text;
  }
  EXPECT_TRUE(
    says(explained(x, event(circuit_state::closed, static_cast<cause>(99))),
         "unknown"));
}

} // namespace

} // namespace resilience::test
