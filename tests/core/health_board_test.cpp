// The board of all parts' health, reports, and their texts.
#include "resilience/health_board.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace resilience::test {

namespace {

health_report part(std::string name, health_status status,
                   std::vector<std::string> tags = {}, bool critical = true) {
  health_report x;
  x.name = std::move(name);
  x.status = status;
  x.message = x.name + " says so";
  x.age = duration::zero();
  x.max_age = 30s;
  x.critical = critical;
  x.tags = std::move(tags);
  return x;
}

std::vector<std::string> names(const health_summary& x) {
  std::vector<std::string> result;
  for (const auto& y : x.parts)
    result.push_back(y.name);
  return result;
}

using list = std::vector<std::string>;

class health_boards : public testing::Test {
public:
  void put(const health_report& x, time_point now = at(0)) {
    ASSERT_TRUE(board.put(x, now));
  }

  health_board board;
};

TEST_F(health_boards, without_parts_all_is_well) {
  auto x = board.sum(at(0));
  EXPECT_EQ(x.status, health_status::healthy);
  EXPECT_TRUE(x.ready());
  EXPECT_TRUE(x.message.empty());
  EXPECT_TRUE(x.parts.empty());
  EXPECT_EQ(board.views(), (list{"live", "ready"}));
}

TEST_F(health_boards, the_worst_comes_first_with_its_reason) {
  put(part("b", health_status::degraded));
  put(part("d", health_status::healthy));
  put(part("a", health_status::degraded));
  put(part("c", health_status::unhealthy));
  put(part("e", health_status::unknown));
  auto x = board.sum(at(0));
  EXPECT_EQ(x.status, health_status::unhealthy);
  EXPECT_FALSE(x.ready());
  EXPECT_EQ(names(x), (list{"c", "e", "a", "b", "d"}));
  EXPECT_EQ(x.message, "c is unhealthy (c says so); e is unknown (e says so); "
                       "a is degraded (a says so); ...");
}

TEST_F(health_boards, what_is_not_critical_counts_at_most_as_degraded) {
  put(part("cache", health_status::unhealthy, {}, false));
  put(part("mail", health_status::degraded));
  auto x = board.sum(at(0));
  EXPECT_EQ(x.status, health_status::degraded);
  EXPECT_TRUE(x.ready());
  // It shows what it is.
  EXPECT_EQ(names(x), (list{"cache", "mail"}));
  EXPECT_EQ(x.parts[0].status, health_status::unhealthy);
}

TEST_F(health_boards, live_is_healthy_whatever_the_dependencies_are) {
  put(part("db", health_status::unhealthy, {"ready", "startup"}));
  EXPECT_EQ(board.sum(at(0), "live").status, health_status::healthy);
  EXPECT_TRUE(board.sum(at(0), "live").parts.empty());
  // Unless somebody wants it so.
  put(part("main loop", health_status::unhealthy, {"live"}));
  EXPECT_EQ(names(board.sum(at(0), "live")), list{"main loop"});
  EXPECT_FALSE(board.sum(at(0), "live").ready());
}

TEST_F(health_boards, ready_is_all_or_what_is_tagged_so) {
  put(part("a", health_status::healthy));
  put(part("b", health_status::unhealthy));
  EXPECT_FALSE(board.sum(at(0), "ready").ready());
  put(part("a", health_status::degraded, {"ready"}));
  auto x = board.sum(at(0), "ready");
  EXPECT_EQ(x.view, "ready");
  EXPECT_TRUE(x.ready());
  EXPECT_EQ(names(x), list{"a"});
  EXPECT_FALSE(board.sum(at(0)).ready());
}

TEST_F(health_boards, tags_are_views) {
  put(part("a", health_status::healthy, {"startup", "storage"}));
  put(part("b", health_status::unhealthy, {"storage"}));
  EXPECT_TRUE(board.sum(at(0), "startup").ready());
  EXPECT_FALSE(board.sum(at(0), "storage").ready());
  EXPECT_TRUE(board.has_view("startup"));
  EXPECT_FALSE(board.has_view("starup"));
  EXPECT_TRUE(board.has_view("live"));
  EXPECT_TRUE(board.has_view("ready"));
  EXPECT_EQ(board.views(), (list{"live", "ready", "startup", "storage"}));
}

TEST_F(health_boards, a_part_that_falls_silent_is_unknown) {
  auto x = part("a", health_status::healthy);
  x.age = 10s;
  put(x, at(0));
  EXPECT_EQ(board.find("a", at(20'000))->age, 30s);
  EXPECT_EQ(board.sum(at(20'000)).status, health_status::healthy);
  auto sum = board.sum(at(20'001));
  EXPECT_EQ(sum.status, health_status::unknown);
  EXPECT_EQ(sum.parts[0].message, "no result for 30001ms; the last: a says so");
  x.age = 0s;
  put(x, at(20'001));
  EXPECT_EQ(board.sum(at(20'001)).status, health_status::healthy);
}

TEST_F(health_boards, without_a_bound_a_part_may_be_silent_for_ever) {
  auto x = part("a", health_status::healthy);
  x.max_age.reset();
  put(x);
  EXPECT_EQ(board.find("a", at(1'000'000))->status, health_status::healthy);
  EXPECT_EQ(board.find("a", at(1'000'000))->age, 1000s);
}

TEST_F(health_boards, what_is_unknown_keeps_its_reason_as_it_grows_old) {
  put(part("a", health_status::unknown));
  auto x = board.find("a", at(31'000));
  EXPECT_EQ(x->age, 31s);
  EXPECT_EQ(x->message, "a says so");
}

TEST_F(health_boards, time_that_stands_or_jumps_does_no_harm) {
  put(part("a", health_status::healthy), at(1'000));
  EXPECT_EQ(board.find("a", at(0))->age, 0s);
  EXPECT_EQ(board.sum(time_point::max()).status, health_status::unknown);
  EXPECT_EQ(board.sum(time_point::min()).status, health_status::healthy);
  auto x = part("b", health_status::healthy);
  x.age = duration::min();
  put(x, at(0));
  x.age = duration::max();
  put(x, at(0));
  EXPECT_EQ(board.find("b", at(0))->status, health_status::unknown);
}

TEST_F(health_boards, a_report_without_an_age_is_new_unless_it_knows_nothing) {
  auto x = part("a", health_status::healthy);
  x.age.reset();
  put(x);
  EXPECT_EQ(board.find("a", at(31'000))->status, health_status::unknown);
  x.status = health_status::unknown;
  x.message = "not checked yet";
  put(x);
  EXPECT_EQ(board.find("a", at(31'000))->message, "not checked yet");
}

TEST_F(health_boards, a_status_that_does_not_exist_is_the_worst) {
  put(part("a", static_cast<health_status>(9), {}, false));
  EXPECT_EQ(board.find("a", at(0))->status, health_status::unhealthy);
  EXPECT_EQ(board.sum(at(0)).status, health_status::degraded);
}

TEST_F(health_boards, cuts_what_is_too_long) {
  auto x = part("a", health_status::healthy);
  x.message.assign(1'000'000, 'x');
  put(x);
  EXPECT_EQ(board.find("a", at(0))->message.size(),
            health_report_limits::message);
}

TEST_F(health_boards, is_bounded) {
  health_board small{2};
  EXPECT_TRUE(small.put(part("a", health_status::healthy), at(0)));
  EXPECT_TRUE(small.put(part("b", health_status::healthy), at(0)));
  EXPECT_FALSE(small.put(part("c", health_status::healthy), at(0)));
  EXPECT_TRUE(small.put(part("b", health_status::degraded), at(0)));
  EXPECT_TRUE(small.remove("a"));
  EXPECT_FALSE(small.remove("a"));
  EXPECT_TRUE(small.put(part("c", health_status::healthy), at(0)));
  EXPECT_EQ(small.size(), 2u);
  EXPECT_EQ(small.find("a", at(0)), std::nullopt);
}

TEST_F(health_boards, has_room_for_ten_thousand) {
  for (int i = 0; i < 10'000; ++i)
    put(part(std::to_string(i), health_status::healthy));
  EXPECT_FALSE(board.put(part("one more", health_status::healthy), at(0)));
}

// -- reports ------------------------------------------------------------------

using limits = health_report_limits;

TEST(health_reports, are_cut_to_the_limit) {
  health_report x;
  x.message.assign(limits::message, 'x');
  auto whole = x.message;
  cut_to_limits(x);
  EXPECT_EQ(x.message, whole);
  x.message += 'y';
  cut_to_limits(x);
  EXPECT_EQ(x.message, std::string(limits::message - 3, 'x') + "...");
}

TEST(health_reports, are_cut_between_characters) {
  // Each of these takes two bytes, and the limit falls within one.
  for (auto* letter : {"\xc3\xa4", "\xc3\xa5"}) {
    health_report x;
    for (size_t i = 0; i < limits::message; ++i)
      x.message += letter;
    x.message.insert(0, 2 - limits::message % 2, 'x');
    cut_to_limits(x);
    EXPECT_EQ(x.message.size(), limits::message - 1);
    EXPECT_TRUE(x.message.ends_with(letter + std::string{"..."}));
  }
  health_report x;
  // What is no text at all.
  x.message.assign(100'000, '\x80');
  cut_to_limits(x);
  EXPECT_EQ(x.message, "...");
}

TEST(health_reports, have_so_many_details_of_such_a_length) {
  health_report x;
  for (size_t i = 0; i < limits::details; ++i)
    x.details.emplace_back("name", "value");
  auto whole = x.details;
  cut_to_limits(x);
  EXPECT_EQ(x.details, whole);
  x.details[0].first.assign(limits::detail_name + 1, 'n');
  x.details[1].second.assign(limits::detail_value + 1, 'v');
  x.details.emplace_back("one", "too many");
  cut_to_limits(x);
  ASSERT_EQ(x.details.size(), limits::details);
  EXPECT_EQ(x.details[0].first.size(), limits::detail_name);
  EXPECT_EQ(x.details[1].second.size(), limits::detail_value);
  EXPECT_EQ(x.details[2], whole[2]);
}

TEST(health_reports, of_a_circuit_say_why_and_for_how_long) {
  circuit_status x;
  x.name = "db";
  x.last_failure = failure_info{{}, "no route"};
  auto well = health_of(x, false);
  EXPECT_EQ(well.message, "the circuit \"db\" is closed");
  using details = decltype(well.details);
  EXPECT_EQ(well.details, (details{{"circuit", "db"}, {"state", "closed"}}));
  x.state = circuit_state::open;
  x.retry_after = 5s;
  x.provider = "postgres";
  auto ill = health_of(x, false);
  EXPECT_EQ(ill.message, "the circuit \"db\" is open, for 5s more; the last "
                         "failure: no route");
  EXPECT_EQ(
    ill.details,
    (details{{"circuit", "db"}, {"state", "open"}, {"provider", "postgres"}}));
  x.last_failure.reset();
  EXPECT_EQ(health_of(x, false).message,
            "the circuit \"db\" is open, for 5s more");
  x.retry_after = 5s + 1ns;
  EXPECT_EQ(health_of(x, false).message,
            "the circuit \"db\" is open, for 5001ms more");
  // Another node may say anything.
  x.retry_after = duration::max();
  EXPECT_EQ(health_of(x, false).message,
            "the circuit \"db\" is open, for 9223372036854ms more");
  for (auto d : {duration::min(), -1ns, duration::zero()}) {
    x.retry_after = d;
    EXPECT_EQ(health_of(x, false).message,
              "the circuit \"db\" is open, for 0s more");
  }
}

TEST(health_reports, of_circuits) {
  using enum circuit_state;
  using enum health_status;
  struct row {
    circuit_state state;
    health_status plain;
    health_status critical;
  };
  const row rows[] = {
    {closed, healthy, healthy},      {open, degraded, unhealthy},
    {half_open, degraded, degraded}, {isolated, degraded, unhealthy},
    {disabled, healthy, healthy},    {circuit_state{9}, unknown, unknown},
  };
  for (const auto& x : rows) {
    circuit_status s;
    s.name = "db";
    s.state = x.state;
    EXPECT_EQ(health_of(s, false).status, x.plain) << to_string(x.state);
    EXPECT_EQ(health_of(s, true).status, x.critical) << to_string(x.state);
  }
}

TEST(health_reports, instants_are_readable) {
  EXPECT_EQ(iso8601(wall_time{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(iso8601(wall_time{1'769'860'800'250ms}),
            "2026-01-31T12:00:00.250Z");
  EXPECT_EQ(iso8601(wall_time{-1ms}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(iso8601(wall_time{1'999us}), "1970-01-01T00:00:00.001Z");
}

} // namespace

} // namespace resilience::test
