// A ledger against the plainest one: a list of deadlines, searched each time.
// Deadlines to the nanosecond, near and far, in and out of order.
#include "resilience/ledger.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace resilience::test {

namespace {

/// A call as the model remembers it; later calls have higher numbers.
struct call {
  time_point deadline;
  uint64_t number;
  uint64_t id;

  friend bool operator<(const call& a, const call& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline
                                    : a.number < b.number;
  }
};

class ledger_model_test : public ::testing::TestWithParam<uint32_t> {
protected:
  uint64_t below(uint64_t n) {
    return random() % n;
  }

  /// From a nanosecond to days, often whole milliseconds or just beside them.
  duration distance() {
    duration d{static_cast<int64_t>(below(uint64_t{1} << below(50)))};
    if (below(2) == 0)
      d = std::chrono::floor<std::chrono::milliseconds>(d)
          + duration{static_cast<int64_t>(below(3)) - 1};
    return d;
  }

  void open() {
    auto payload = next_number++;
    auto deadline = now + distance();
    auto opened = x.open(payload, {}, now, deadline);
    ASSERT_EQ(opened.why, refusal::none);
    if (opened.wake)
      alarms.insert(deadline);
    calls.push_back({deadline, payload, opened.id});
  }

  void close() {
    if (calls.empty())
      return;
    auto i = calls.begin() + static_cast<ptrdiff_t>(below(calls.size()));
    auto entry = x.close(i->id);
    ASSERT_TRUE(entry);
    ASSERT_EQ(entry->payload, i->number);
    ASSERT_FALSE(x.close(i->id));
    calls.erase(i);
  }

  void move_on() {
    now += distance();
    // As often as not exactly to what was asked for, or just before.
    if (x.next_due() != time_point::max() && below(2) == 0)
      now = std::max(now, x.next_due() - duration{below(2) == 0 ? 0 : 1});
    expire();
    ring();
  }

  /// Rings the alarms whose time has come.
  void ring() {
    while (!alarms.empty() && *alarms.begin() <= now) {
      auto rang = *alarms.begin();
      alarms.erase(alarms.begin());
      auto next = x.rearm(rang);
      ASSERT_GT(next, now);
      if (next != time_point::max())
        alarms.insert(next);
    }
  }

  /// No deadline without an alarm for it or for an earlier time.
  void check_alarms() {
    for (const auto& c : calls) {
      ASSERT_FALSE(alarms.empty());
      ASSERT_LE(*alarms.begin(), c.deadline);
    }
  }

  void expire() {
    std::sort(calls.begin(), calls.end());
    auto end = std::find_if(calls.begin(), calls.end(),
                            [&](const call& c) { return c.deadline > now; });
    auto due = x.expire(now);
    ASSERT_EQ(due.size(), static_cast<size_t>(end - calls.begin()));
    for (size_t i = 0; i < due.size(); ++i) {
      ASSERT_EQ(due[i].payload, calls[i].number);
      ASSERT_EQ(due[i].deadline, calls[i].deadline);
    }
    calls.erase(calls.begin(), end);
    // Nothing is missed, and nobody is asked to look twice at one instant.
    ASSERT_GT(x.next_due(), now);
    ASSERT_EQ(x.next_due() == time_point::max(), calls.empty());
  }

  std::mt19937_64 random{GetParam()};
  time_point now{};
  uint64_t next_number = 1;
  std::vector<call> calls;
  std::multiset<time_point> alarms;
  ledger<uint64_t> x;
};

TEST_P(ledger_model_test, does_what_a_sorted_list_does) {
  constexpr time_point starts[] = {at(0), at((int64_t{1} << 28) - 3) + 1ns,
                                   at(int64_t{1} << 42)};
  now = starts[GetParam() % 3];
  for (int i = 0; i < 20'000; ++i) {
    auto dice = below(10);
    if (dice < 4)
      ASSERT_NO_FATAL_FAILURE(open());
    else if (dice < 7)
      ASSERT_NO_FATAL_FAILURE(close());
    else
      ASSERT_NO_FATAL_FAILURE(move_on());
    ASSERT_EQ(x.size(), calls.size());
    ASSERT_NO_FATAL_FAILURE(check_alarms());
    auto first = std::min_element(calls.begin(), calls.end());
    if (first != calls.end()) {
      ASSERT_LE(x.next_due(), first->deadline);
      ASSERT_EQ(x.overdue(now), x.next_due() <= now);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, ledger_model_test, ::testing::Range(1u, 13u));

} // namespace

} // namespace resilience::test
