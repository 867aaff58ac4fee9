// Codes travel between nodes and are stored: numbers and names stay.
#include "resilience/circuit_state.hpp"
#include "resilience/error.hpp"
#include "resilience/outcome.hpp"
#include "resilience/sliding_window.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace resilience::test {

namespace {

struct code {
  errc value;
  int number;
  const char* name;
  bool rejection;
};

constexpr code codes[] = {
  {errc::none, 0, "none", false},
  {errc::circuit_open, 1, "circuit_open", true},
  {errc::circuit_isolated, 2, "circuit_isolated", true},
  {errc::half_open_full, 3, "half_open_full", true},
  {errc::overloaded, 4, "overloaded", true},
  {errc::timed_out, 5, "timed_out", false},
  {errc::target_down, 6, "target_down", false},
  {errc::shutting_down, 7, "shutting_down", true},
  {errc::invalid_config, 8, "invalid_config", false},
  {errc::unknown_circuit, 9, "unknown_circuit", false},
  {errc::unknown_permit, 10, "unknown_permit", false},
  {errc::limit_reached, 11, "limit_reached", false},
  {errc::bulkhead_full, 12, "bulkhead_full", true},
  {errc::rate_limited, 13, "rate_limited", true},
  {errc::store_failed, 14, "store_failed", false},
  {errc::target_stuck, 15, "target_stuck", true},
  {errc::injected_fault, 16, "injected_fault", false},
};

TEST(error, numbers_and_names_are_stable) {
  for (const auto& x : codes) {
    EXPECT_EQ(static_cast<int>(x.value), x.number) << x.name;
    EXPECT_STREQ(to_string(x.value), x.name);
  }
}

TEST(error, each_code_has_a_sentence_of_its_own) {
  std::set<std::string_view> sentences;
  for (const auto& x : codes)
    EXPECT_TRUE(sentences.insert(sentence(x.value)).second) << x.name;
}

TEST(error, only_what_a_guard_turned_away_is_a_rejection) {
  for (const auto& x : codes)
    EXPECT_EQ(is_rejection(x.value), x.rejection) << x.name;
}

TEST(error, a_code_of_a_newer_version_has_a_name_too) {
  for (auto n : {17, 100, 255}) {
    EXPECT_STREQ(to_string(static_cast<errc>(n)), "unknown_error");
    EXPECT_FALSE(is_rejection(static_cast<errc>(n)));
  }
}

template <class Enum>
void expect_names(std::initializer_list<const char*> names) {
  auto n = 0;
  for (auto name : names)
    EXPECT_STREQ(to_string(static_cast<Enum>(n++)), name);
  EXPECT_STREQ(to_string(static_cast<Enum>(n)), "invalid");
  EXPECT_STREQ(to_string(static_cast<Enum>(255)), "invalid");
}

TEST(names, numbers_and_names_of_enumerations_are_stable) {
  expect_names<circuit_state>(
    {"closed", "open", "half_open", "isolated", "disabled"});
  expect_names<window_kind>({"count", "time"});
  expect_names<cause>({"failures", "probe_failed", "cooldown_elapsed",
                       "probes_succeeded", "reset", "isolated", "disabled",
                       "restored", "failure_rate", "slow_call_rate"});
  expect_names<owner>({"hand", "health", "cluster"});
  expect_names<rejection>({"none", "open", "half_open_full", "isolated"});
  expect_names<outcome>({"success", "failure", "neutral"});
}

TEST(names, values_from_outside_are_checked) {
  EXPECT_TRUE(valid(outcome::neutral));
  EXPECT_FALSE(valid(static_cast<outcome>(3)));
  EXPECT_TRUE(valid(owner::cluster));
  EXPECT_FALSE(valid(static_cast<owner>(3)));
  EXPECT_TRUE(valid(circuit_state::disabled));
  EXPECT_FALSE(valid(static_cast<circuit_state>(5)));
  EXPECT_TRUE(valid(cause::slow_call_rate));
  EXPECT_FALSE(valid(static_cast<cause>(10)));
}

} // namespace

} // namespace resilience::test
