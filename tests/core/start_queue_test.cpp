// Starts: in order, by one thread at a time, without recursion, and not for
// ever.
#include "resilience/start_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace resilience {

namespace {

using ints = std::vector<int>;

constexpr auto let_go = [] { return false; };
constexpr auto go_on = [] { return true; };

constexpr auto most = static_cast<int>(start_queue<int>::most_in_a_row);

TEST(start_queue, begins_in_order_what_was_pushed) {
  start_queue<std::unique_ptr<int>> uut;
  EXPECT_TRUE(uut.idle());
  for (int i = 0; i < 3; ++i)
    uut.push(std::make_unique<int>(i));
  EXPECT_FALSE(uut.idle());
  ints begun;
  auto begin = [&](std::unique_ptr<int> x) { begun.push_back(*x); };
  EXPECT_FALSE(uut.drain(begin, let_go));
  EXPECT_EQ(begun, (ints{0, 1, 2}));
  EXPECT_TRUE(uut.idle());
  EXPECT_FALSE(uut.drain(begin, let_go));
  EXPECT_EQ(begun.size(), 3u);
}

TEST(start_queue, begins_what_is_pushed_meanwhile_without_recursion) {
  start_queue<int> uut;
  uut.push(1);
  ints begun;
  auto depth = 0;
  auto begin = [&](auto& self, int x) -> void {
    EXPECT_EQ(++depth, 1);
    begun.push_back(x);
    if (x < 5) {
      uut.push(x + 1);
      EXPECT_FALSE(uut.drain([&](int y) { self(self, y); }, let_go));
    }
    --depth;
  };
  EXPECT_FALSE(uut.drain([&](int x) { begin(begin, x); }, let_go));
  EXPECT_EQ(begun, (ints{1, 2, 3, 4, 5}));
  EXPECT_TRUE(uut.idle());
}

TEST(start_queue, lets_go_where_there_is_always_more) {
  start_queue<int> uut;
  uut.push(1);
  auto begun = 0;
  auto begin = [&](int x) {
    ++begun;
    uut.push(x);
  };
  EXPECT_TRUE(uut.drain(begin, let_go));
  EXPECT_EQ(begun, most);
  EXPECT_FALSE(uut.idle());
  // Whoever is next begins with a full measure.
  EXPECT_TRUE(uut.drain(begin, let_go));
  EXPECT_EQ(begun, 2 * most);
}

TEST(start_queue, a_batch_is_not_broken_off) {
  start_queue<int> uut;
  for (int i = 0; i < most + 10; ++i)
    uut.push(i);
  auto begun = 0;
  EXPECT_FALSE(uut.drain([&](int) { ++begun; }, let_go));
  EXPECT_EQ(begun, most + 10);
}

TEST(start_queue, goes_to_the_end_where_nobody_else_would_come) {
  start_queue<int> uut;
  uut.push(1);
  auto begun = 0;
  auto begin = [&](int x) {
    if (++begun < 3 * most)
      uut.push(x);
  };
  EXPECT_FALSE(uut.drain(begin, go_on));
  EXPECT_EQ(begun, 3 * most);
  EXPECT_TRUE(uut.idle());
}

TEST(start_queue, what_is_taken_does_not_begin) {
  start_queue<int> uut;
  uut.push(1);
  uut.push(2);
  EXPECT_EQ(uut.take(), (ints{1, 2}));
  EXPECT_TRUE(uut.idle());
  EXPECT_TRUE(uut.take().empty());
  EXPECT_FALSE(uut.drain([](int) { FAIL(); }, let_go));
}

TEST(start_queue, two_threads_lose_nothing_and_begin_one_at_a_time) {
  constexpr int per_thread = 20'000;
  start_queue<int> uut;
  std::atomic<int> inside{0};
  ints begun;
  auto begin = [&](int x) {
    EXPECT_EQ(inside.fetch_add(1), 0);
    begun.push_back(x);
    inside.fetch_sub(1);
  };
  auto work = [&](int first) {
    for (int i = 0; i < per_thread; ++i) {
      uut.push(first + i);
      while (uut.drain(begin, let_go))
        ;
    }
  };
  std::thread other{work, 0};
  work(per_thread);
  other.join();
  EXPECT_TRUE(uut.idle());
  ints all(2 * per_thread);
  std::iota(all.begin(), all.end(), 0);
  // Each thread's own in their order.
  auto middle = std::stable_partition(begun.begin(), begun.end(),
                                      [](int x) { return x < per_thread; });
  EXPECT_TRUE(std::is_sorted(begun.begin(), middle));
  EXPECT_TRUE(std::is_sorted(middle, begun.end()));
  EXPECT_EQ(begun, all);
}

} // namespace

} // namespace resilience
