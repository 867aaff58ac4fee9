// Whole courses of a limit that follows latency, as they were when its rules
// were tried in simulations (docs/simulations.md): a change of a rule or of a
// number in it shows here, in the place where it first tells. Whoever means the
// change runs the simulations, then takes over what this test prints.
#include "resilience/adaptive_limit.hpp"
#include "resilience/random.hpp"

#include "core/adaptive_limit_courses.hpp"
#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace resilience::test {

namespace {

/// A limit, a target with some workers behind it, and what they come to.
struct course {
  adaptive_limit limit;
  time_point now = at(0);
  uint64_t dice = 1;
  int32_t workers = 12;
  duration service = 10ms;
  /// Share of calls that fail, for the calls that run.
  double (*failing)(int32_t) = [](int32_t) { return 0.0; };
  /// How long a call that fails takes, as a share of one that does not.
  double failure_time = 0.01;
  /// Calls that there are, if the limit allows.
  int32_t wanted = 1'000;
  std::string told;
  int results = 0;

  explicit course(adaptive_config cfg, int32_t ceiling = 200)
    : limit(cfg, ceiling, 7) {}

  void run(int n) {
    for (int i = 0; i < n; ++i) {
      auto before = limit.limit();
      auto probing = limit.probing();
      auto running = std::min(before, wanted);
      auto took = service * std::max(running, workers) / workers;
      took = duration{static_cast<duration::rep>(
        static_cast<double>(took.count()) * (0.7 + 0.6 * draw_uniform(dice)))};
      auto fails = draw_uniform(dice) < failing(running);
      if (fails)
        took = duration{static_cast<duration::rep>(
          static_cast<double>(took.count()) * failure_time)};
      now += service / std::min(running, workers);
      limit.record(fails ? outcome::failure : outcome::success, took, running,
                   now);
      ++results;
      if (limit.limit() != before || limit.probing() != probing)
        tell();
    }
  }

  /// `results:limit`, `?` while it probes, and the baseline in microseconds.
  void tell() {
    told += std::to_string(results) + ":" + std::to_string(limit.limit())
            + (limit.probing() ? "?" : "") + "@"
            + std::to_string(limit.baseline() / 1us) + " ";
  }
};

adaptive_config quick() {
  return {.tolerance = 0.2, .window_size = 10, .probe_interval = 1s};
}

TEST(adaptive_limit_course, finds_the_knee_and_tries_it_now_and_then) {
  course x{quick()};
  x.run(2'000);
  EXPECT_EQ(x.told, courses::finds_the_knee_and_tries_it_now_and_then);
}

TEST(adaptive_limit_course, a_target_that_gets_slower_quicker_smaller) {
  course x{quick()};
  x.run(400);
  x.service = 30ms;
  x.run(400);
  x.service = 5ms;
  x.run(500);
  x.workers = 4;
  x.run(500);
  x.workers = 40;
  x.run(500);
  EXPECT_EQ(x.told, courses::a_target_that_gets_slower_quicker_smaller);
}

TEST(adaptive_limit_course, load_that_comes_and_goes) {
  course x{quick()};
  for (auto wanted : {3, 30, 5, 100, 1, 12}) {
    x.wanted = wanted;
    x.run(700);
  }
  EXPECT_EQ(x.told, courses::load_that_comes_and_goes);
}

TEST(adaptive_limit_course, failures_of_some_of_all_and_of_too_many_calls) {
  course x{quick()};
  x.run(600);
  x.failing = [](int32_t) { return 0.05; };
  x.run(600);
  x.failing = [](int32_t) { return 0.4; };
  x.run(1'500);
  x.failing = [](int32_t) { return 0.0; };
  x.run(600);
  x.failing = [](int32_t running) { return running > 8 ? 0.5 : 0.0; };
  x.run(1'500);
  x.failing = [](int32_t running) { return running > 1 ? 0.9 : 0.5; };
  x.run(800);
  EXPECT_EQ(x.told, courses::failures_of_some_of_all_and_of_too_many_calls);
}

TEST(adaptive_limit_course, failures_that_take_long) {
  course x{quick()};
  x.run(600);
  x.failure_time = 3;
  for (auto share : {0.3, 0.6, 0.0, 0.9}) {
    static double now_failing;
    now_failing = share;
    x.failing = [](int32_t) { return now_failing; };
    x.run(400);
  }
  EXPECT_EQ(x.told, courses::failures_that_take_long);
}

TEST(adaptive_limit_course, pauses_and_new_settings) {
  course x{quick()};
  for (int i = 0; i < 8; ++i) {
    x.run(170 + 13 * i);
    x.now += i % 2 == 0 ? 1001ms : 999ms;
  }
  x.limit.configure({.floor = 6, .tolerance = 0.5, .window_size = 25}, 30);
  x.run(1'000);
  x.limit.configure({.tolerance = 0.05, .probe_interval = 100ms}, 7);
  x.run(1'000);
  EXPECT_EQ(x.told, courses::pauses_and_new_settings);
}

TEST(adaptive_limit_course, one_worker_and_few_calls) {
  course x{{.initial = 1, .window_size = 1, .probe_interval = 50ms}, 5};
  x.workers = 1;
  x.run(400);
  x.wanted = 1;
  x.run(200);
  x.workers = 3;
  x.wanted = 9;
  x.run(400);
  EXPECT_EQ(x.told, courses::one_worker_and_few_calls);
}

} // namespace

} // namespace resilience::test
