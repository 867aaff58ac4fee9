// A bulkhead whose limit follows latency: what it is told, and who waits.
#include "support/scripted_guard.hpp"

#include <algorithm>
#include <deque>
#include <vector>

namespace resilience::test {

namespace {

/// One window of two results decides.
policy adaptive_policy(int32_t initial, int32_t ceiling = 100) {
  auto p = quiet_policy();
  p.timeout->limit = ms(1000);
  p.bulkhead = bulkhead_config{
    .max_concurrent = ceiling, .max_queue = 1000, .max_wait = ms(10'000)};
  p.bulkhead->adaptive = adaptive_config{.initial = initial};
  return p;
}

int32_t limit_of(const scripted_guard& g) {
  return g.layers().concurrency_limit;
}

/// A target with a few workers: each call takes 10 ms of one of them.
struct busy_target {
  explicit busy_target(scripted_guard& g, size_t workers)
    : free_at(workers, time_point{}) {
    g.target_does = [this, &g](const scripted_guard::attempt&) {
      auto next = std::min_element(free_at.begin(), free_at.end());
      *next = std::max(*next, g.now()) + ms(10);
      return says(value(1), *next - g.now());
    };
  }

  std::vector<time_point> free_at;
};

TEST(stack_adaptive, begins_with_its_initial_limit) {
  scripted_guard g{adaptive_policy(3)};
  g.otherwise = silent();
  for (int i = 0; i < 5; ++i)
    g.call();
  EXPECT_EQ(g.sent.size(), 3u);
  EXPECT_EQ(g.layers().queued, 2u);
  EXPECT_EQ(limit_of(g), 3);
}

// What made the limit grow may be a failure that waits to be tried again.
TEST(stack_adaptive, whom_a_greater_limit_lets_in_begins_at_once) {
  auto p = adaptive_policy(20, 1000);
  p.bulkhead->adaptive->floor = 20;
  p.timeout->limit = std::chrono::hours{1};
  p.retry = constant_retry(2, ms(50));
  auto by_failure = 0;
  for (int first = 0; first < 12; ++first) {
    scripted_guard g{p};
    std::deque<scripted_guard::attempt> under_way;
    size_t pausing = 0;
    g.target_does = [&](const scripted_guard::attempt& x) {
      pausing -= x.number == 2 ? 1 : 0;
      under_way.push_back(x);
      return silent();
    };
    for (int i = 0; i < 1000; ++i) {
      while (g.layers().queued < 500)
        g.call();
      g.run(ms(1));
      auto next = under_way.front();
      under_way.pop_front();
      auto fails = i % 12 == first;
      pausing += fails && next.number == 1 ? 1 : 0;
      auto before = limit_of(g);
      g.answer(next.id, fails ? trouble(7) : value(1));
      g.run(duration{});
      by_failure += fails && limit_of(g) > before ? 1 : 0;
      ASSERT_EQ(g.layers().running, under_way.size() + pausing) << i;
    }
  }
  EXPECT_GT(by_failure, 0);
}

TEST(stack_adaptive, finds_how_much_a_target_can_do_and_all_are_answered) {
  scripted_guard g{adaptive_policy(1)};
  busy_target target{g, 8};
  for (int i = 0; i < 3000; ++i) {
    g.call();
    g.run(ms(1)); // 1,000 a second, of which 800 can be done
  }
  EXPECT_GE(limit_of(g), 6);
  EXPECT_LE(limit_of(g), 12);
  g.run(ms(60'000));
  g.expect_idle();
}

TEST(stack_adaptive, never_exceeds_max_concurrent) {
  scripted_guard g{adaptive_policy(1, 4)};
  busy_target target{g, 50};
  for (int i = 0; i < 2000; ++i) {
    g.call();
    g.run(ms(1));
  }
  EXPECT_EQ(limit_of(g), 4);
  EXPECT_LE(g.layers().running, 4u);
  g.run(ms(60'000));
  g.expect_idle();
}

TEST(stack_adaptive, timeouts_lower_the_limit) {
  auto p = adaptive_policy(16);
  p.timeout->limit = ms(50);
  scripted_guard g{p};
  busy_target target{g, 100};
  for (int i = 0; i < 1000; ++i) {
    g.call();
    g.run(ms(1));
  }
  auto before = limit_of(g);
  g.target_does = [](const scripted_guard::attempt&) { return silent(); };
  for (int i = 0; i < 1000; ++i) {
    g.call();
    g.run(ms(1));
  }
  EXPECT_LE(limit_of(g), before / 4);
  g.run(ms(60'000));
  g.expect_idle();
}

TEST(stack_adaptive, what_was_learned_outlives_other_settings) {
  scripted_guard g{adaptive_policy(1)};
  busy_target target{g, 8};
  for (int i = 0; i < 3000; ++i) {
    g.call();
    g.run(ms(1));
  }
  auto found = limit_of(g);
  auto p = adaptive_policy(1);
  p.bulkhead->max_queue = 7;
  g.configure(p);
  EXPECT_EQ(limit_of(g), found);
  // Turned off, the ceiling is the limit; turned on, it begins anew.
  p.bulkhead->adaptive.reset();
  g.configure(p);
  EXPECT_EQ(limit_of(g), 100);
  g.configure(adaptive_policy(2));
  EXPECT_EQ(limit_of(g), 2);
  g.run(ms(60'000));
  g.expect_idle();
}

} // namespace

} // namespace resilience::test
