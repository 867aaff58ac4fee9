// The wheel against the plainest possible timer: a map ordered by time.
#include "resilience/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace resilience::test {

namespace {

using tick = timer_wheel::tick;

class wheel_fixture : public ::testing::Test {
protected:
  auto hooks() {
    return [this](uint32_t i) -> timer_hook& { return slots[i]; };
  }

  uint32_t set(tick when) {
    auto index = static_cast<uint32_t>(slots.size());
    slots.emplace_back();
    wheel.insert(hooks(), index, when);
    return index;
  }

  void clear(uint32_t index) {
    wheel.erase(hooks(), index);
  }

  /// Which timers came at `to`, in ascending order.
  std::vector<uint32_t> advance(tick to) {
    std::vector<uint32_t> result;
    wheel.advance(hooks(), to, [&](uint32_t i) { result.push_back(i); });
    std::sort(result.begin(), result.end());
    return result;
  }

  using indices = std::vector<uint32_t>;

  timer_wheel wheel;
  std::vector<timer_hook> slots;
};

class timer_wheel_test : public wheel_fixture {};

TEST_F(timer_wheel_test, an_empty_wheel_has_nothing_due) {
  EXPECT_TRUE(wheel.empty());
  EXPECT_EQ(wheel.next_due(), timer_wheel::never);
  EXPECT_EQ(advance(tick{1} << 60), indices{});
}

/// Where the hands of the wheel carry over, and beyond its horizon.
constexpr tick edges[] = {
  1,
  2,
  15,
  16,
  17,
  255,
  256,
  257,
  4095,
  4096,
  65'535,
  65'536,
  (tick{1} << 20) - 1,
  tick{1} << 20,
  (tick{1} << 24) - 1,
  tick{1} << 24,
  (tick{1} << 27) - 1,
  tick{1} << 27,
  (tick{1} << 27) + 1,
  (tick{1} << 28) - 1,
  tick{1} << 28,
  (tick{1} << 28) + 1,
  (tick{1} << 29) + 3,
  (tick{1} << 32) - 1,
  (tick{1} << 34) + 12'345,
};

TEST_F(timer_wheel_test, a_timer_comes_at_its_tick_and_not_before) {
  for (auto start : {tick{0}, tick{7}, (tick{1} << 28) - 1, tick{1} << 40})
    for (auto distance : edges) {
      wheel = {};
      advance(start);
      auto i = set(start + distance);
      EXPECT_LE(wheel.next_due(), start + distance);
      EXPECT_GT(wheel.next_due(), start);
      EXPECT_EQ(advance(start + distance - 1), indices{})
        << start << " + " << distance;
      EXPECT_EQ(wheel.next_due(), start + distance);
      EXPECT_EQ(advance(start + distance), indices{i})
        << start << " + " << distance;
      EXPECT_TRUE(wheel.empty());
    }
}

TEST_F(timer_wheel_test, is_exact_before_the_next_carry_of_the_lowest_hand) {
  for (auto start : std::vector<tick>{0, 3, 6, 7, 255})
    for (auto when = start + 1; when <= (start | 7); ++when) {
      wheel = {};
      advance(start);
      set(when);
      EXPECT_EQ(wheel.next_due(), when) << start;
    }
}

TEST_F(timer_wheel_test, a_time_that_has_passed_comes_with_the_next_tick) {
  advance(100);
  auto past = set(5);
  auto now = set(100);
  EXPECT_EQ(wheel.next_due(), 101u);
  EXPECT_EQ(advance(100), indices{});
  EXPECT_EQ(advance(101), (indices{past, now}));
}

TEST_F(timer_wheel_test, a_time_that_goes_back_changes_nothing) {
  advance(100);
  auto i = set(101);
  EXPECT_EQ(advance(3), indices{});
  EXPECT_EQ(advance(100), indices{});
  EXPECT_EQ(advance(101), indices{i});
}

TEST_F(timer_wheel_test, timers_of_one_tick_come_together_and_can_be_cleared) {
  indices all;
  for (int i = 0; i < 5; ++i)
    all.push_back(set(300));
  clear(all[0]); // last of its list
  clear(all[4]); // first
  clear(all[2]); // between
  EXPECT_EQ(advance(300), (indices{all[1], all[3]}));
  EXPECT_TRUE(wheel.empty());
}

TEST_F(timer_wheel_test, timers_come_in_order_of_time_level_by_level) {
  std::vector<tick> order;
  for (auto when : std::vector<tick>{70'000, 5, 300, 17, 4'500, 16, 255, 256})
    set(when);
  wheel.advance(hooks(), 100'000,
                [&](uint32_t i) { order.push_back(slots[i].when); });
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order.size(), 8u);
}

// -- against the model --------------------------------------------------------

class wheel_model_fixture : public wheel_fixture,
                            public ::testing::WithParamInterface<uint32_t> {
protected:
  uint64_t below(uint64_t n) {
    return random() % n;
  }

  /// Distances of all magnitudes, most of them near a carry.
  tick distance() {
    auto result = (tick{1} << below(34)) + below(5);
    return result < 2 ? below(40) : result - 2;
  }

  void set_one() {
    auto when = now + distance();
    uint32_t index;
    if (free.empty()) {
      index = set(when);
    } else {
      index = free.back();
      free.pop_back();
      wheel.insert(hooks(), index, when);
    }
    live[index] = model.emplace(std::max(when, now + 1), index);
  }

  void clear_one() {
    if (live.empty())
      return;
    auto i =
      std::next(live.begin(), static_cast<ptrdiff_t>(below(live.size())));
    clear(i->first);
    free.push_back(i->first);
    model.erase(i->second);
    live.erase(i);
  }

  void move_on() {
    // Often exactly to, or just before, the next timer.
    auto to = now + distance();
    if (!model.empty() && below(3) > 0)
      to = std::max(now, model.begin()->first - below(2));
    indices expected;
    while (!model.empty() && model.begin()->first <= to) {
      auto index = model.begin()->second;
      expected.push_back(index);
      free.push_back(index);
      live.erase(index);
      model.erase(model.begin());
    }
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(advance(to), expected) << "at " << to;
    now = to;
  }

  std::mt19937_64 random{GetParam()};
  tick now = 0;
  std::multimap<tick, uint32_t> model;
  std::map<uint32_t, std::multimap<tick, uint32_t>::iterator> live;
  indices free;
};

class timer_wheel_model_test : public wheel_model_fixture {};

TEST_P(timer_wheel_model_test, does_what_a_sorted_map_does) {
  // From the start, from before a carry of all hands, and from far ahead.
  constexpr tick starts[] = {0, (tick{1} << 28) - 9, tick{1} << 43};
  now = starts[GetParam() % 3];
  advance(now);
  for (int i = 0; i < 20'000; ++i) {
    auto dice = below(10);
    if (dice < 4)
      set_one();
    else if (dice < 7)
      clear_one();
    else
      ASSERT_NO_FATAL_FAILURE(move_on());
    ASSERT_EQ(wheel.empty(), model.empty());
    if (model.empty()) {
      ASSERT_EQ(wheel.next_due(), timer_wheel::never);
    } else {
      ASSERT_LE(wheel.next_due(), model.begin()->first);
      ASSERT_GT(wheel.next_due(), now);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, timer_wheel_model_test,
                         ::testing::Range(1u, 13u));

} // namespace

} // namespace resilience::test
