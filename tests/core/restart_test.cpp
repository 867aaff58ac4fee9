// When somebody who has ended is started again, and when no more.
#include "resilience/policy.hpp"
#include "resilience/restart.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace resilience::test {

namespace {

using verdict = restart_machine::verdict;

/// No jitter: the delays are 1 s, 2 s, 4 s, ... 60 s.
restart_config plain(int32_t most = 5, duration window = 60s) {
  restart_config x;
  x.max_restarts = most;
  x.window = window;
  x.backoff.jitter = jitter_kind::none;
  return x;
}

/// How long after an end at `t` the restart comes; -1: never.
int64_t delay(restart_machine& x, int64_t t, end_kind how = end_kind::failed) {
  auto d = x.on_end(how, at(t));
  if (d.what != verdict::restart)
    return -1;
  return std::chrono::duration_cast<std::chrono::milliseconds>(d.at - at(t))
    .count();
}

TEST(restart, delays_grow_with_the_ends_in_a_row) {
  restart_machine x{plain(1000)};
  for (int64_t wanted :
       {1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000})
    EXPECT_EQ(delay(x, 0), wanted);
}

TEST(restart, one_end_too_many_within_the_window_is_final) {
  restart_machine x{plain(2, 10s)};
  EXPECT_EQ(delay(x, 0), 1000);
  EXPECT_EQ(delay(x, 10'000), 2000);
  EXPECT_FALSE(x.gave_up());
  // The first is still within: a window includes its ends.
  EXPECT_EQ(delay(x, 10'000), -1);
  EXPECT_TRUE(x.gave_up());
  EXPECT_EQ(delay(x, 1'000'000), -1) << "final";
}

TEST(restart, what_is_older_than_the_window_counts_no_more) {
  restart_machine x{plain(2, 10s)};
  EXPECT_EQ(delay(x, 0), 1000);
  EXPECT_EQ(delay(x, 5000), 2000);
  auto d = x.on_end(end_kind::failed, at(10'000) + 1ns);
  EXPECT_EQ(d.what, verdict::restart);
  EXPECT_EQ(d.at, at(14'000) + 1ns);
  EXPECT_EQ(delay(x, 15'000), -1);
}

TEST(restart, a_refused_end_does_not_count) {
  restart_intensity x;
  x.configure(plain(1, 10s));
  EXPECT_TRUE(x.take(at(0)));
  EXPECT_FALSE(x.take(at(9000)));
  EXPECT_TRUE(x.take(at(10'001)));
  x.clear();
  EXPECT_TRUE(x.take(at(10'001)));
}

TEST(restart, none_at_all_may_be_allowed) {
  restart_machine x{plain(0)};
  EXPECT_EQ(delay(x, 0), -1);
  EXPECT_TRUE(x.gave_up());
}

TEST(restart, who_ran_long_enough_was_well) {
  struct row {
    int64_t ran;
    int64_t next;
  };
  for (auto [ran, next] : {row{59'999, 4000}, row{60'000, 1000}}) {
    restart_machine x{plain(1000)};
    EXPECT_EQ(delay(x, 0), 1000);
    x.on_started(at(1000));
    EXPECT_EQ(delay(x, 1001), 2000);
    x.on_started(at(3001));
    EXPECT_EQ(delay(x, 3001 + ran), next);
  }
}

TEST(restart, a_failed_start_is_no_run) {
  restart_machine x{plain(1000)};
  x.on_started(at(0));
  EXPECT_EQ(delay(x, 1), 1000);
  // Never started: the time since then does not count.
  EXPECT_EQ(delay(x, 1'000'000), 2000);
}

TEST(restart, any_run_may_count_as_well) {
  auto cfg = plain(1000);
  cfg.stable_after = 0s;
  restart_machine x{cfg};
  for (int i = 0; i < 3; ++i) {
    x.on_started(at(i));
    EXPECT_EQ(delay(x, i), 1000);
  }
  EXPECT_EQ(delay(x, 3), 2000) << "a failed start is no run";
}

TEST(restart, a_graceful_end_may_be_left_alone) {
  auto cfg = plain(1);
  restart_machine any{cfg};
  EXPECT_EQ(delay(any, 0, end_kind::graceful), 1000);
  cfg.when = restart_when::failure_only;
  restart_machine x{cfg};
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(x.on_end(end_kind::graceful, at(i)).what, verdict::leave);
  EXPECT_FALSE(x.gave_up());
  EXPECT_EQ(delay(x, 5), 1000) << "nothing was counted";
  EXPECT_EQ(x.on_end(end_kind::failed, at(6)).what, verdict::give_up);
  EXPECT_EQ(x.on_end(end_kind::graceful, at(7)).what, verdict::give_up);
}

TEST(restart, a_reset_is_another_chance) {
  restart_machine x{plain(2)};
  delay(x, 0);
  delay(x, 0);
  EXPECT_EQ(delay(x, 0), -1);
  x.reset();
  EXPECT_FALSE(x.gave_up());
  EXPECT_EQ(delay(x, 0), 1000);
  EXPECT_EQ(delay(x, 0), 2000);
  EXPECT_EQ(delay(x, 0), -1);
}

TEST(restart, new_settings_keep_what_was_counted) {
  restart_machine x{plain(3)};
  delay(x, 0);
  delay(x, 1000);
  delay(x, 2000);
  x.configure(plain(2, 2s));
  EXPECT_EQ(x.config().max_restarts, 2);
  // That at 1 s is out of the window.
  EXPECT_EQ(delay(x, 3001), 8000);
  EXPECT_EQ(delay(x, 3001), -1);
}

TEST(restart, fewer_restarts_than_there_were_are_none_for_now) {
  restart_machine x{plain(3, 10s)};
  for (int64_t t : {0, 1000, 2000})
    delay(x, t);
  auto fewer = x;
  fewer.configure(plain(1, 10s));
  EXPECT_EQ(delay(fewer, 12'000), -1);
  fewer = x;
  fewer.configure(plain(1, 10s));
  EXPECT_EQ(delay(fewer, 12'001), 8000);
}

TEST(restart, delays_are_spread_at_random) {
  auto cfg = plain(1000);
  cfg.backoff.jitter = jitter_kind::full;
  restart_machine a{cfg, 1};
  restart_machine b{cfg, 1};
  restart_machine c{cfg, 2};
  std::vector<int64_t> as;
  std::vector<int64_t> cs;
  for (int i = 0; i < 5; ++i) {
    as.push_back(delay(a, 0));
    EXPECT_EQ(as.back(), delay(b, 0));
    cs.push_back(delay(c, 0));
    EXPECT_GE(as.back(), 0);
    EXPECT_LE(as.back(), 1000 << i);
  }
  EXPECT_NE(as, cs);
}

TEST(restart, a_random_delay_grows_from_the_one_before) {
  auto cfg = plain(1000);
  cfg.backoff.jitter = jitter_kind::decorrelated;
  cfg.backoff.max_delay = 24h;
  restart_machine x{cfg, 7};
  int64_t previous = 1000;
  for (int i = 0; i < 20; ++i) {
    auto next = delay(x, 0);
    EXPECT_GE(next, 1000);
    EXPECT_LE(next, 3 * previous + 1);
    previous = next;
  }
}

TEST(restart, the_end_of_time_is_no_trouble) {
  restart_machine x{plain(1000)};
  auto d = x.on_end(end_kind::failed, time_point::max());
  EXPECT_EQ(d.what, verdict::restart);
  EXPECT_EQ(d.at, time_point::max());
}

TEST(restart, settings_have_bounds) {
  EXPECT_TRUE(validate(restart_config{}).empty());
  struct row {
    void (*set)(restart_config&);
    const char* fault;
  };
  const row rows[] = {
    {[](restart_config& x) { x.max_restarts = 0; }, ""},
    {[](restart_config& x) { x.max_restarts = 1000; }, ""},
    {[](restart_config& x) { x.max_restarts = -1; },
     "restart.max_restarts must be between 0 and 1000, is -1"},
    {[](restart_config& x) { x.max_restarts = 1001; },
     "restart.max_restarts must be between 0 and 1000, is 1001"},
    {[](restart_config& x) { x.window = 1ms; }, ""},
    {[](restart_config& x) { x.window = 0s; },
     "restart.window must be between 1ms and 8760h, is 0s"},
    {[](restart_config& x) { x.stable_after = 0s; }, ""},
    {[](restart_config& x) { x.stable_after = -1ns; },
     "restart.stable_after must be between 0s and 8760h, is -1ns"},
    {[](restart_config& x) { x.when = restart_when{2}; },
     "restart.when must be any_end or failure_only"},
    {[](restart_config& x) { x.backoff.max_delay = -1s; },
     "restart.backoff.max_delay must be between 0s and 8760h, is -1s"},
  };
  for (const auto& x : rows) {
    policy p;
    p.restart.emplace();
    x.set(*p.restart);
    EXPECT_EQ(to_string(validate(p)), x.fault);
  }
}

TEST(restart, is_described_and_warned_of) {
  policy p;
  auto has = [&](const char* text) {
    return describe(p).find(text) != std::string::npos;
  };
  EXPECT_FALSE(has("restart:"));
  p.restart = restart_config{};
  EXPECT_TRUE(
    has("restart:   a target that has ended is replaced up to 5 times "
        "in 60s, after 1s, 2s, 4s, ... up to 60s, each at random from "
        "nothing up to that; then it stays down\n"))
    << describe(p);
  EXPECT_TRUE(warnings(p).empty());
  p.restart->when = restart_when::failure_only;
  EXPECT_TRUE(has("restart:   a target that has failed is replaced"));
  p.restart->max_restarts = 0;
  EXPECT_TRUE(has("restart:   a target that has failed stays down\n"));
  EXPECT_EQ(warnings(p).at(0), "restart has no effect: max_restarts is 0");
  p.restart->max_restarts = 1;
  EXPECT_TRUE(warnings(p).empty());
  p.restart->backoff.initial_delay = 0s;
  EXPECT_EQ(warnings(p).at(0),
            "a target that ends at once is restarted without a pause");
  p.restart->backoff = {.max_delay = 0s};
  EXPECT_EQ(warnings(p).size(), 1u);
}

} // namespace

} // namespace resilience::test
