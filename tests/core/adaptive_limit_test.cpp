#include "core/adaptive_fixture.hpp"

#include <limits>
#include <utility>
#include <vector>

namespace resilience::test {

namespace {

constexpr auto most = std::numeric_limits<int32_t>::max();

TEST(adaptive_limit, starts_between_floor_and_ceiling) {
  struct row {
    int32_t floor;
    int32_t initial;
    int32_t ceiling;
    int32_t limit;
  };
  const row rows[] = {
    {1, 10, 1000, 10}, {20, 10, 1000, 20}, {1, 10, 5, 5},     {20, 10, 5, 5},
    {1, 10, 0, 1},     {1, 10, -1, 1},     {1, 10, most, 10},
  };
  for (const auto& x : rows) {
    adaptive_limit y{{.floor = x.floor, .initial = x.initial}, x.ceiling};
    EXPECT_EQ(y.limit(), x.limit) << x.ceiling;
    EXPECT_EQ(y.baseline(), 0ns);
    EXPECT_FALSE(y.probing());
  }
  EXPECT_EQ((adaptive_limit{{}, most}.ceiling()), 1'000'000);
  EXPECT_EQ((adaptive_limit{{}, 0}.ceiling()), 1);
}

TEST(adaptive_limit, falls_for_failures_from_the_beginning) {
  calls x{{.initial = 10, .window_size = 10}};
  x.end(20 + 9, 10ms, outcome::failure); // what began before is left out
  EXPECT_EQ(x.limit.limit(), 10);
  x.end(1, 10ms, outcome::failure);
  EXPECT_EQ(x.limit.limit(), 8);
}

TEST(adaptive_limit, grows_from_one_where_nothing_is_lower) {
  calls x{{.initial = 1}};
  x.served(500, 1000, 10ms);
  EXPECT_GT(x.limit.limit(), 5);
}

TEST(adaptive_limit, the_first_window_is_tried_lower_at_once) {
  calls x;
  x.end(39, 10ms); // twenty left out, while calls come to wait; nineteen
  EXPECT_EQ(x.limit.limit(), 10);
  EXPECT_EQ(x.limit.baseline(), 0ns);
  x.end(1, 10ms);
  EXPECT_TRUE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 7);
  EXPECT_EQ(x.limit.baseline(), 10ms);
  x.end(39, 10ms);
  EXPECT_EQ(x.limit.limit(), 7);
  x.end(1, 10ms);
  EXPECT_FALSE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 10);
}

TEST(adaptive_limit, grows_faster_each_time_up_to_the_ceiling) {
  auto x = knows_10ms();
  x.limit.configure(x.limit.config(), 70);
  std::vector<int32_t> seen;
  for (int i = 0; i < 7; ++i) {
    ASSERT_GT(x.until_moved(1000, 10ms), 0);
    seen.push_back(x.limit.limit());
  }
  EXPECT_EQ(seen, (std::vector<int32_t>{11, 13, 17, 25, 38, 57, 70}));
}

TEST(adaptive_limit, a_window_has_a_result_for_each_call_at_once) {
  auto x = knows_10ms();
  EXPECT_EQ(x.until_moved(1000, 10ms), 20); // to 11
  EXPECT_EQ(x.until_moved(1000, 10ms), 20 + 20); // left out: of ten
  EXPECT_EQ(x.until_moved(1000, 10ms), 22 + 20); // of eleven
  EXPECT_EQ(x.until_moved(1000, 10ms), 26 + 20);
  EXPECT_EQ(x.until_moved(1000, 10ms), 34 + 25); // 25 calls at once
}

TEST(adaptive_limit, a_latency_above_the_baseline_cuts_by_their_ratio) {
  struct row {
    duration took;
    int32_t limit;
  };
  const row rows[] = {
    {11'499us, 11}, {11'501us, 9}, {12'500us, 8}, {20ms, 5},
    {21ms, 5},      {1s, 5},       {1h, 5},       {duration::max(), 5},
  };
  for (const auto& row : rows) {
    auto x = knows_10ms();
    x.end(20, row.took);
    EXPECT_EQ(x.limit.limit(), row.limit) << row.took.count();
    EXPECT_EQ(x.limit.baseline(), 10ms);
  }
}

TEST(adaptive_limit, after_a_cut_one_growth_is_left_out) {
  auto x = knows_10ms();
  x.end(20, 20ms);
  ASSERT_EQ(x.limit.limit(), 5);
  x.end(20, 10ms); // ran under the old limit
  x.end(20, 10ms);
  EXPECT_EQ(x.limit.limit(), 5);
  x.end(20, 10ms);
  EXPECT_EQ(x.limit.limit(), 6);
}

TEST(adaptive_limit, a_latency_that_stays_up_is_a_new_baseline) {
  auto x = knows_10ms();
  x.end(20, 20ms);
  ASSERT_EQ(x.limit.limit(), 5);
  x.end(39, 20ms);
  EXPECT_FALSE(x.limit.probing());
  x.end(1, 20ms);
  EXPECT_TRUE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 3);
  x.end(30, 20ms);
  EXPECT_FALSE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 5);
  EXPECT_EQ(x.limit.baseline(), 20ms);
}

TEST(adaptive_limit, where_fewer_calls_get_as_much_done_it_stays_lower) {
  calls x{{.initial = 20}};
  // Twenty calls and five workers: 40 ms; then 14 and 7, as much done.
  std::vector<int32_t> seen;
  for (int i = 0; i < 4; ++i) {
    ASSERT_GT(x.until_moved(5, 10ms), 0);
    seen.push_back(x.limit.limit());
  }
  // Three calls get less done; of seven, five were in service.
  EXPECT_EQ(seen, (std::vector<int32_t>{14, 7, 3, 5}));
  EXPECT_EQ(x.limit.baseline(), 10ms);
  EXPECT_FALSE(x.limit.probing());
}

TEST(adaptive_limit, follows_workers_that_go_and_come_back) {
  calls x;
  x.served(3000, 16, 10ms);
  EXPECT_NEAR(x.limit.limit(), 17, 2);
  x.served(3000, 8, 10ms);
  EXPECT_NEAR(x.limit.limit(), 9, 1);
  x.served(3000, 16, 10ms);
  EXPECT_NEAR(x.limit.limit(), 17, 2);
  x.served(3000, 1, 10ms);
  EXPECT_LE(x.limit.limit(), 2);
}

TEST(adaptive_limit, follows_a_service_that_gets_slower_and_quicker) {
  calls x;
  for (auto service : {10ms, 30ms, 300ms, 1ms}) {
    x.served(5000, 16, service);
    EXPECT_NEAR(x.limit.limit(), 17, 2) << service.count();
    EXPECT_EQ(x.limit.baseline(), service);
  }
}

TEST(adaptive_limit, a_limit_that_few_find_taken_does_not_grow) {
  for (auto [reached, grows] : {std::pair{1, false}, {2, true}}) {
    auto x = knows_10ms();
    for (int i = 0; i < 20; ++i)
      x.limit.record(outcome::success, 10ms, i < reached ? 10 : 9, x.now);
    EXPECT_EQ(x.limit.limit(), grows ? 11 : 10) << reached;
  }
}

TEST(adaptive_limit, a_latency_that_creeps_up_with_the_calls_is_no_baseline) {
  auto x = knows_10ms();
  for (int i = 0; i < 100; ++i)
    for (int j = 0; j < 20; ++j)
      x.limit.record(outcome::success, 11ms, 8, x.now += 1ms);
  EXPECT_EQ(x.limit.baseline(), 10ms);
  // With as few calls as when it was measured it is one.
  for (int i = 0; i < 100; ++i)
    for (int j = 0; j < 20; ++j)
      x.limit.record(outcome::success, 11ms, 7, x.now += 1ms);
  EXPECT_NEAR(static_cast<double>(x.limit.baseline().count()), 11e6, 10);
  EXPECT_EQ(x.limit.limit(), 10);
}

TEST(adaptive_limit, a_baseline_near_the_last_one_is_smoothed) {
  auto x = knows_10ms();
  for (int j = 0; j < 20; ++j)
    x.limit.record(outcome::success, 11ms, 7, x.now);
  EXPECT_EQ(x.limit.baseline(), 10'300us);
  for (int j = 0; j < 20; ++j)
    x.limit.record(outcome::success, 5ms, 7, x.now);
  EXPECT_EQ(x.limit.baseline(), 5ms);
}

TEST(adaptive_limit, no_time_at_all_is_a_latency) {
  calls x;
  x.end(40, 0ns);
  EXPECT_EQ(x.limit.baseline(), 1ns);
}

TEST(adaptive_limit, neutral_results_count_for_nothing) {
  auto x = knows_10ms();
  auto before = x.limit;
  x.end(1000, 1h, outcome::neutral);
  EXPECT_EQ(x.limit, before);
}

TEST(adaptive_limit, one_call_that_hung_is_no_queue) {
  auto x = knows_10ms();
  x.end(1, 1h);
  x.end(19, 10ms);
  // Its spread asks for more results.
  EXPECT_EQ(x.limit.limit(), 10);
  x.end(400, 10ms);
  EXPECT_GE(x.limit.limit(), 10);
  EXPECT_EQ(x.limit.baseline(), 10ms);
}

TEST(adaptive_limit, latencies_that_vary_ask_for_more_results) {
  calls x;
  int n = 0;
  for (; !x.limit.probing(); ++n)
    x.end(1, n % 2 == 0 ? 1ms : 39ms);
  EXPECT_GT(n, 20 + 300);
  EXPECT_LE(n, 20 + 400);
  EXPECT_NEAR(static_cast<double>(x.limit.baseline().count()), 20e6, 1e6);
}

TEST(adaptive_limit, a_window_has_an_end) {
  calls x;
  // One call of a hundred takes a thousand times longer.
  int n = 0;
  for (; !x.limit.probing(); ++n)
    x.end(1, n % 100 == 30 ? 10s : 10ms);
  EXPECT_EQ(n, 20 + 400);
}

// -- settings -----------------------------------------------------------------

TEST(adaptive_limit, the_floor_holds_in_probes_and_cuts) {
  calls x{{.floor = 9}};
  x.end(40, 10ms);
  EXPECT_EQ(x.limit.limit(), 9);
  x.end(40, 10ms);
  x.end(5000, 1s, outcome::failure);
  EXPECT_EQ(x.limit.limit(), 9);
  // Where nothing is lower, nothing is tried.
  calls y{{.floor = 10}, 10};
  y.end(40, 10ms);
  EXPECT_FALSE(y.limit.probing());
  EXPECT_EQ(y.limit.baseline(), 10ms);
  y.end(40, 30ms);
  EXPECT_FALSE(y.limit.probing());
  EXPECT_EQ(y.limit.baseline(), 30ms);
}

TEST(adaptive_limit, new_settings_keep_what_was_learned) {
  auto x = knows_10ms();
  auto other = x.limit.config();
  other.initial = 500;
  x.limit.configure(other, 1000);
  EXPECT_EQ(x.limit.limit(), 10);
  EXPECT_EQ(x.limit.config(), other);
  EXPECT_EQ(x.limit.baseline(), 10ms);
  x.limit.configure(other, 4);
  EXPECT_EQ(x.limit.limit(), 4);
  EXPECT_EQ(x.limit.ceiling(), 4);
  x.limit.configure(other, 0);
  EXPECT_EQ(x.limit.limit(), 1);
  x.limit.configure(other, most);
  EXPECT_EQ(x.limit.ceiling(), 1'000'000);
  other.floor = 30;
  x.limit.configure(other, 100);
  EXPECT_EQ(x.limit.limit(), 30);
}

// Above the floor there was nothing but queueing to learn from, and the load
// does not reach the limit.
TEST(adaptive_limit, finds_the_knee_when_the_floor_falls) {
  calls x{{.floor = 100, .probe_interval = 1s}};
  auto serve = [&](int n) {
    for (int i = 0; i < n; ++i) {
      auto running = std::min(x.limit.limit(), 60);
      x.limit.record(outcome::success, 10ms * std::max(running, 8) / 8, running,
                     x.now += 1ms);
    }
  };
  serve(3'000);
  EXPECT_GE(x.limit.limit(), 100);
  x.limit.configure({.probe_interval = 1s}, 1000);
  serve(10'000);
  EXPECT_GE(x.limit.limit(), 6);
  EXPECT_LE(x.limit.limit(), 13);
}

TEST(adaptive_limit, a_probe_ends_when_the_floor_falls) {
  calls x{{.floor = 5}};
  x.end(40, 10ms);
  ASSERT_TRUE(x.limit.probing());
  x.limit.configure({}, 1000);
  EXPECT_FALSE(x.limit.probing());
  EXPECT_EQ(x.limit.baseline(), 0ns);
}

TEST(adaptive_limit, settings_have_bounds) {
  EXPECT_TRUE(validate(adaptive_config{}).empty());
  EXPECT_TRUE(validate(adaptive_config{1, 1, 0.01, 1, 1ms}).empty());
  auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(validate(adaptive_config{0, 0, nan, 0, 0ms}).size(), 5u);
  EXPECT_EQ(
    validate(adaptive_config{1'000'001, 1'000'001, 10.5, 10'001, 1us}),
    (faults{"adaptive.floor must be between 1 and 1000000, is 1000001",
            "adaptive.initial must be between 1 and 1000000, is 1000001",
            "adaptive.tolerance must be between 0.01 and 10, is 10.5",
            "adaptive.window_size must be between 1 and 10000, is 10001",
            "adaptive.probe_interval must be between 1ms and 8760h, is 1us"}));
}

} // namespace

} // namespace resilience::test
