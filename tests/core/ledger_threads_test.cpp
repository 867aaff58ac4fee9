// Many threads on one ledger: answers, deadlines and the end race for entries,
// and every entry has exactly one winner.
#include "resilience/ledger.hpp"

#include "support/instants.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <vector>

namespace resilience::test {

namespace {

constexpr size_t openers = 3;
constexpr size_t per_opener = 10'000;

/// Counts, per call, how often somebody got it from the ledger.
struct tally {
  tally() : closed(openers * per_opener) {}

  void count(size_t call) {
    closed[call].fetch_add(1, std::memory_order_relaxed);
  }

  std::vector<std::atomic<int>> closed;
};

using book = ledger<std::unique_ptr<size_t>>;

class ledger_threads_test : public ::testing::Test {
protected:
  /// Opens its calls and answers most of them, some by another's id as well;
  /// `before_last` runs before the last one is opened.
  void open_and_answer(size_t opener,
                       const std::function<void()>& before_last) {
    std::mt19937 random{static_cast<uint32_t>(opener)};
    for (size_t i = 0; i < per_opener; ++i) {
      auto call = opener * per_opener + i;
      if (i + 1 == per_opener)
        before_last();
      auto payload = std::make_unique<size_t>(call);
      auto now = clock_ms.fetch_add(1, std::memory_order_relaxed);
      auto deadline = at(now + static_cast<int64_t>(random() % 20));
      auto opened = x.open(payload, {}, at(now), deadline, [&] { ++entered; });
      if (opened.why != refusal::none) {
        EXPECT_EQ(opened.why, refusal::closed);
        EXPECT_NE(payload, nullptr);
        results.count(call);
        continue;
      }
      newest[opener].store(opened.id, std::memory_order_relaxed);
      if (random() % 4 > 0)
        answer(newest[random() % openers].load(std::memory_order_relaxed));
    }
  }

  void answer(uint64_t id) {
    if (auto entry = x.close(id))
      results.count(*entry->payload);
  }

  void expire() {
    auto now = at(clock_ms.load(std::memory_order_relaxed));
    if (!x.overdue(now))
      return;
    auto previous = time_point::min();
    for (const auto& entry : x.expire(now)) {
      EXPECT_LE(entry.deadline, now);
      EXPECT_GE(entry.deadline, previous);
      previous = entry.deadline;
      results.count(*entry.payload);
    }
  }

  void shut() {
    for (const auto& entry : x.shut([&] { entered_at_end = entered; }))
      results.count(*entry.payload);
  }

  void expect_each_closed_once() {
    for (size_t i = 0; i < results.closed.size(); ++i)
      ASSERT_EQ(results.closed[i], 1) << "call " << i;
    EXPECT_EQ(x.size(), 0u);
  }

  book x;
  tally results;
  std::atomic<int64_t> clock_ms{1};
  std::atomic<uint64_t> newest[openers]{};
  /// Written under the ledger's lock only.
  uint64_t entered = 0;
  uint64_t entered_at_end = 0;
};

TEST_F(ledger_threads_test, answers_and_deadlines_close_each_entry_once) {
  auto expirer = [&] {
    for (int i = 0; i < 20'000; ++i)
      expire();
  };
  auto opener = [&](size_t self) { open_and_answer(self, [] {}); };
  run_together({[&] { opener(0); }, [&] { opener(1); }, [&] { opener(2); },
                expirer, expirer});
  EXPECT_EQ(entered, openers * per_opener);
  shut();
  expect_each_closed_once();
}

TEST_F(ledger_threads_test, the_end_closes_what_is_left_and_takes_no_more) {
  std::atomic<bool> ended{false};
  auto ender = [&] {
    while (clock_ms.load(std::memory_order_relaxed) < 5000)
      expire();
    shut();
    ended = true;
  };
  auto opener = [&](size_t self) {
    open_and_answer(self, [&] {
      while (!ended)
        std::this_thread::yield();
    });
  };
  run_together(
    {[&] { opener(0); }, [&] { opener(1); }, [&] { opener(2); }, ender});
  EXPECT_EQ(entered, entered_at_end) << "none entered after the end";
  EXPECT_LE(entered, openers * (per_opener - 1));
  expect_each_closed_once();
}

TEST_F(ledger_threads_test,
       whoever_keeps_the_alarms_need_not_look_at_other_times) {
  // One thread keeps the promise of `wake` and `rearm`; the others only open.
  // Nothing may be left lying.
  std::mutex alarms_mutex;
  std::set<time_point> alarms;
  auto ask = [&](time_point due) {
    std::lock_guard<std::mutex> guard{alarms_mutex};
    if (due != time_point::max())
      alarms.insert(due);
  };
  auto next_alarm = [&] {
    std::lock_guard<std::mutex> guard{alarms_mutex};
    return alarms.empty() ? time_point::max() : *alarms.begin();
  };
  std::atomic<size_t> done{0};
  auto opener = [&](size_t self) {
    for (size_t i = 0; i < per_opener; ++i) {
      auto payload = std::make_unique<size_t>(self * per_opener + i);
      auto now = clock_ms.fetch_add(1);
      auto deadline = at(now + static_cast<int64_t>(i % 300));
      if (x.open(payload, {}, at(now), deadline).wake)
        ask(deadline);
    }
    ++done;
  };
  auto ticker = [&] {
    while (done < openers || next_alarm() != time_point::max()) {
      auto now = at(clock_ms.load());
      if (done == openers)
        now = at(clock_ms.fetch_add(1));
      auto rang = next_alarm();
      if (now < rang)
        continue;
      {
        std::lock_guard<std::mutex> guard{alarms_mutex};
        alarms.erase(rang);
      }
      for (const auto& entry : x.expire(now))
        results.count(*entry.payload);
      ask(x.rearm(rang));
    }
  };
  run_together(
    {[&] { opener(0); }, [&] { opener(1); }, [&] { opener(2); }, ticker});
  expect_each_closed_once();
}

} // namespace

} // namespace resilience::test
