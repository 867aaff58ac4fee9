// Many threads on one circuit. Run under the thread sanitizer, and in any
// build the totals must add up.
#include "resilience/circuit.hpp"

#include "support/instants.hpp"
#include "support/printing.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>

namespace resilience::test {

namespace {

/// The time that all threads share; it moves only forward.
struct shared_clock {
  std::atomic<int64_t> now_ms{0};

  time_point now() const {
    return at(now_ms.load(std::memory_order_relaxed));
  }

  void move(int64_t n) {
    now_ms.fetch_add(n, std::memory_order_relaxed);
  }
};

void expect_balanced(circuit& c, time_point now) {
  auto x = c.metrics(now);
  EXPECT_EQ(x.total_calls, x.successes + x.failures + x.neutral);
  EXPECT_EQ(c.status(now, {}).permits_in_use, 0u);
}

TEST(circuit_threads, totals_add_up_whatever_happens_at_once) {
  auto cfg = breaker_config{.failure_threshold = 3,
                            .cooldown = ms(20),
                            .half_open_max_calls = 2,
                            .success_threshold = 2,
                            .lease = ms(1000)};
  std::atomic<uint64_t> published{0};
  std::atomic<uint64_t> opened{0};
  circuit c{"shared", "", cfg, [&](const transition& x) {
              ++published;
              if (x.to == circuit_state::open)
                ++opened;
            }};
  shared_clock time;
  std::atomic<uint64_t> admitted{0};
  std::atomic<uint64_t> rejected{0};
  std::atomic<uint64_t> results[3]{};
  std::atomic<uint64_t> expired{0};

  auto caller = [&](uint32_t seed) {
    std::mt19937 random{seed};
    for (int i = 0; i < 20'000; ++i) {
      auto now = time.now();
      auto x = c.admit(now);
      if (!x) {
        ++rejected;
        time.move(1);
        continue;
      }
      ++admitted;
      if (random() % 50 == 0) {
        ++expired;
        ++results[1];
        EXPECT_TRUE(c.expire(x.pass, ms(1000), now));
        continue;
      }
      auto dice = random() % 10;
      auto what = dice < 6   ? outcome::success
                  : dice < 9 ? outcome::failure
                             : outcome::neutral;
      ++results[static_cast<size_t>(what)];
      EXPECT_TRUE(c.settle(x.pass, what, 1ms, time.now()));
    }
  };
  auto operator_ = [&] {
    std::mt19937 random{99};
    for (int i = 0; i < 3000; ++i) {
      auto who = static_cast<owner>(random() % 3);
      auto changed = cfg;
      changed.failure_threshold = static_cast<int32_t>(1 + random() % 5);
      switch (random() % 6) {
        case 0:
          c.isolate(who, time.now());
          break;
        case 1:
          c.reset(time.now());
          break;
        case 2:
          EXPECT_TRUE(c.configure(changed, time.now()).empty());
          break;
        case 3:
          c.disable(time.now());
          break;
        default:
          c.restore(who, time.now());
      }
    }
    for (auto who : {owner::hand, owner::health, owner::cluster})
      c.restore(who, time.now());
  };
  auto reader = [&] {
    uint64_t generation = 0;
    uint64_t calls = 0;
    for (int i = 0; i < 3000; ++i) {
      auto s = c.status(time.now(), {});
      EXPECT_GE(s.generation, generation);
      generation = s.generation;
      auto m = c.metrics(time.now());
      EXPECT_GE(m.total_calls, calls);
      EXPECT_LE(m.successes + m.failures + m.neutral, m.total_calls);
      calls = m.total_calls;
      EXPECT_GE(c.lease(), ms(1000));
      c.passes();
    }
  };
  run_together({[&] { caller(1); }, [&] { caller(2); }, [&] { caller(3); },
                operator_, reader});

  expect_balanced(c, time.now());
  auto x = c.metrics(time.now());
  EXPECT_EQ(x.total_calls, admitted);
  EXPECT_EQ(x.rejected, rejected);
  EXPECT_EQ(x.successes, results[0]);
  EXPECT_EQ(x.failures, results[1]);
  EXPECT_EQ(x.neutral, results[2]);
  EXPECT_EQ(x.expired, expired);
  EXPECT_EQ(x.transitions, published);
  // How often depends on how the threads were scheduled: the operator disables
  // and resets all the time.
  EXPECT_EQ(x.times_opened, opened);
}

TEST(circuit_threads, the_listener_sees_one_change_at_a_time_in_order) {
  std::atomic<int> inside{0};
  // Written by one publisher at a time: the circuit orders them.
  uint64_t generation = 1;
  auto state = circuit_state::closed;
  circuit c{"shared", "",
            breaker_config{.failure_threshold = 1,
                           .cooldown = ms(1),
                           .success_threshold = 1},
            [&](const transition& x) {
              EXPECT_EQ(++inside, 1);
              EXPECT_EQ(x.generation, generation + 1);
              EXPECT_EQ(x.from, state);
              generation = x.generation;
              state = x.to;
              --inside;
            }};
  shared_clock time;
  auto caller = [&] {
    for (int i = 0; i < 10'000; ++i) {
      auto now = time.now();
      if (auto x = c.admit(now))
        c.settle(x.pass, i % 2 == 0 ? outcome::failure : outcome::success, 1ms,
                 now);
      time.move(1);
    }
  };
  run_together({caller, caller, caller, [&] {
                  for (int i = 0; i < 2000; ++i)
                    c.reset(time.now());
                }});
  expect_balanced(c, time.now());
  EXPECT_EQ(generation, c.status(time.now(), {}).generation);
}

TEST(circuit_threads, half_open_never_has_more_probes_out_than_allowed) {
  circuit c{"shared", "",
            breaker_config{.failure_threshold = 1,
                           .cooldown = ms(1),
                           .half_open_max_calls = 2,
                           .success_threshold = 1'000'000}};
  c.settle(c.admit(at(0)).pass, outcome::failure, 1ms, at(0));
  ASSERT_EQ(c.status(at(1), {}).state, circuit_state::half_open);
  std::atomic<int> out{0};
  std::atomic<int> most{0};
  auto prober = [&] {
    for (int i = 0; i < 20'000; ++i)
      if (auto x = c.admit(at(1))) {
        auto n = ++out;
        EXPECT_LE(n, 2);
        if (n == 2)
          most = 2;
        --out;
        EXPECT_TRUE(c.settle(x.pass, outcome::success, 1ms, at(1)));
      }
  };
  run_together({prober, prober, prober, prober});
  expect_balanced(c, at(1));
}

// A failure that returned before a success was admitted must not be reset by
// an older view, and a success that came after must not be lost.
TEST(circuit_threads, successes_in_the_fast_way_are_never_lost) {
  circuit c{"shared", "", breaker_config{.failure_threshold = 1'000'000}};
  auto caller = [&](bool fails) {
    for (int i = 0; i < 50'000; ++i)
      c.settle(c.admit(at(0)).pass,
               fails && i % 3 == 0 ? outcome::failure : outcome::success, 1ms,
               at(0));
  };
  run_together(
    {[&] { caller(false); }, [&] { caller(true); }, [&] { caller(true); }});
  expect_balanced(c, at(0));
  EXPECT_EQ(c.metrics(at(0)).failures, 2u * 16'667u);
  c.settle(c.admit(at(0)).pass, outcome::success, 1ms, at(0));
  EXPECT_EQ(c.status(at(0), {}).consecutive_failures, 0);
}

} // namespace

} // namespace resilience::test
