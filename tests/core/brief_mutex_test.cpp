// The mutex of the ledger. Run under the thread sanitizer, too.
#include "resilience/brief_mutex.hpp"

#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <thread>

namespace resilience::test {

TEST(brief_mutex, lets_one_thread_in_at_a_time) {
  brief_mutex uut;
  uint64_t count = 0; // guarded by `uut`
  auto work = [&] {
    for (int i = 0; i < 50'000; ++i) {
      std::lock_guard<brief_mutex> guard{uut};
      ++count;
    }
  };
  run_together({work, work, work});
  EXPECT_EQ(count, 150'000u);
}

TEST(brief_mutex, waits_for_who_holds_it_long) {
  brief_mutex uut;
  std::latch waiting{1};
  uut.lock();
  EXPECT_FALSE(uut.try_lock());
  auto done = false; // guarded by `uut`
  std::thread other{[&] {
    waiting.count_down();
    std::lock_guard<brief_mutex> guard{uut};
    EXPECT_TRUE(done);
  }};
  waiting.wait();
  // Long enough for the other to have given up spinning.
  for (int i = 0; i < 100'000; ++i)
    relax_processor();
  done = true;
  uut.unlock();
  other.join();
  EXPECT_TRUE(uut.try_lock());
}

} // namespace resilience::test
