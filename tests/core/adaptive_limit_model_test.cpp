// A limit that follows latency, fed at random: what holds whatever happens.
//
// Each run prints its seed; set it in RC_PARAMS to repeat the run.
#include "resilience/adaptive_limit.hpp"

#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

adaptive_config any_config() {
  adaptive_config x{.floor = *rc::gen::inRange(1, 20),
                    .initial = *rc::gen::inRange(1, 100),
                    .tolerance = *rc::gen::inRange(1, 100) / 100.0,
                    .window_size = *rc::gen::inRange(1, 30),
                    .probe_interval =
                      std::chrono::milliseconds{*rc::gen::inRange(1, 2000)}};
  RC_ASSERT(validate(x).empty());
  return x;
}

duration any_latency() {
  auto power = *rc::gen::inRange(0, 63);
  return duration{*rc::gen::inRange<int64_t>(0, (int64_t{1} << power) + 1)};
}

RC_GTEST_PROP(adaptive_limit_model, stays_in_its_bounds_and_is_repeatable, ()) {
  auto cfg = any_config();
  auto ceiling = *rc::gen::inRange(1, 200);
  auto seed = *rc::gen::arbitrary<uint64_t>();
  adaptive_limit x{cfg, ceiling, seed};
  adaptive_limit twin{cfg, ceiling, seed};
  time_point now{};
  auto rounds = *rc::gen::inRange(1, 30);
  for (int i = 0; i < rounds; ++i) {
    // Many alike, so that windows get full.
    auto took = any_latency();
    auto what = *rc::gen::element(outcome::success, outcome::success,
                                  outcome::failure, outcome::neutral);
    auto in_flight = *rc::gen::inRange(0, 250);
    auto n = *rc::gen::inRange(1, 500);
    now += any_latency() % std::chrono::hours{1};
    for (int j = 0; j < n; ++j) {
      x.record(what, took, in_flight, now);
      twin.record(what, took, in_flight, now);
      RC_ASSERT(x.limit() >= std::min(cfg.floor, ceiling));
      RC_ASSERT(x.limit() <= ceiling);
      RC_ASSERT(x.baseline() >= 0ns);
    }
    RC_ASSERT(x == twin); // a number that is none would differ
  }
}

RC_GTEST_PROP(adaptive_limit_model, never_grows_where_it_must_not, ()) {
  auto cfg = any_config();
  adaptive_limit x{cfg, 200};
  time_point now{};
  auto feed = [&](outcome what, duration took, int32_t in_flight) {
    x.record(what, took, in_flight, now += 1us);
  };
  for (int i = 0; i < 3000; ++i)
    feed(outcome::success, 10ms, x.limit());
  while (x.probing())
    feed(outcome::success, 10ms, x.limit());
  // Few calls at once, or quick failures: no growth. Latency that was tried
  // before is not tried here, as a probe goes down and comes back.
  auto idle = *rc::gen::arbitrary<bool>();
  auto before = x.limit();
  for (int i = 0; i < 3000; ++i) {
    if (idle)
      feed(outcome::success, 10ms, std::max(x.limit() / 2, 1));
    else
      feed(outcome::failure, 1us, x.limit());
    if (before > 1)
      RC_ASSERT(x.limit() <= before);
  }
}

RC_GTEST_PROP(adaptive_limit_model, finds_the_workers_of_any_target, ()) {
  auto workers = *rc::gen::inRange(1, 60);
  auto service = std::chrono::microseconds{*rc::gen::inRange(100, 1'000'000)};
  adaptive_limit x{{.initial = *rc::gen::inRange(1, 100)}, 500};
  time_point now{};
  double sum = 0;
  constexpr int n = 20'000;
  for (int i = 0; i < 2 * n; ++i) {
    duration took = service * std::max(x.limit(), workers) / workers;
    x.record(outcome::success, took, x.limit(), now += service / workers);
    sum += i < n ? 0 : x.limit();
  }
  RC_ASSERT(sum / n >= 0.8 * workers);
  RC_ASSERT(sum / n <= std::max(1.2 * workers, workers + 0.6));
}

} // namespace

} // namespace resilience::test
