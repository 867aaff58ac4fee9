// A quantile of random latencies against the exact one of the same calls, kept
// in a list.
//
// Each run prints its seed; set it in RC_PARAMS to repeat the run.
#include "resilience/latency_quantile.hpp"

#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace resilience::test {

namespace {

/// Keeps every call of both halves.
class naive_quantile {
public:
  explicit naive_quantile(const quantile_config& cfg) : config_(cfg) {}

  void record(duration took, time_point now) {
    age(now);
    if (std::ssize(newer_) >= config_.window_size / 2)
      turn(now);
    newer_.push_back(took);
  }

  std::vector<duration> calls(time_point now) {
    age(now);
    auto result = older_;
    result.insert(result.end(), newer_.begin(), newer_.end());
    std::sort(result.begin(), result.end());
    return result;
  }

private:
  void age(time_point now) {
    auto half = config_.max_age / 2;
    if (now - began_ >= 2 * half) {
      turn(now);
      older_.clear();
    } else if (now - began_ >= half) {
      turn(began_ + half);
    }
  }

  void turn(time_point began) {
    older_ = std::move(newer_);
    newer_.clear();
    began_ = began;
  }

  quantile_config config_;
  std::vector<duration> newer_;
  std::vector<duration> older_;
  time_point began_{};
};

/// Any length in ns, the short ones as likely as the long ones.
duration any_latency() {
  auto power = *rc::gen::inRange(10, 42);
  auto low = int64_t{1} << power;
  return duration{*rc::gen::inRange<int64_t>(low, 2 * low)};
}

RC_GTEST_PROP(latency_quantile_model, is_right_to_one_in_33, ()) {
  quantile_config cfg{
    .quantile = *rc::gen::map(rc::gen::inRange(0, 1001),
                              [](int x) { return x / 1000.0; }),
    .window_size = *rc::gen::inRange(2, 60),
    .minimum_calls = 1,
    .max_age = std::chrono::milliseconds{*rc::gen::inRange(1, 100)}};
  RC_ASSERT(validate(cfg).empty());
  recent_latency x{cfg};
  naive_quantile model{cfg};
  time_point now{};
  x.configure(cfg, now);
  auto steps = *rc::gen::inRange(1, 100);
  for (int i = 0; i < steps; ++i) {
    now += std::chrono::microseconds{*rc::gen::inRange(0, 5000)};
    auto took = any_latency();
    x.record(took, now);
    model.record(took, now);
    auto asked = now + std::chrono::microseconds{*rc::gen::inRange(0, 3000)};
    auto all = model.calls(asked);
    now = asked;
    RC_ASSERT(x.calls(asked) == static_cast<int32_t>(all.size()));
    auto got = x.value(asked);
    RC_ASSERT(got.has_value() == !all.empty());
    if (all.size() < 16 && got) { // then it is always computed anew
      auto n = static_cast<double>(all.size());
      auto rank = std::max(std::ceil(cfg.quantile * n), 1.0);
      auto exact =
        static_cast<double>(all[static_cast<size_t>(rank) - 1].count());
      RC_ASSERT(std::abs(static_cast<double>(got->count()) - exact)
                <= exact / 32 + 1);
    }
  }
}

RC_GTEST_PROP(latency_quantile_model, lies_between_its_neighbours, ()) {
  // Up to a sixteenth of the calls may not be counted yet: the value is that of
  // a rank that is at most so far off.
  quantile_config cfg{.window_size = 1000, .minimum_calls = 1};
  recent_latency x{cfg};
  std::vector<duration> all;
  auto steps = *rc::gen::inRange(1, 400);
  for (int i = 0; i < steps; ++i) {
    all.push_back(any_latency());
    x.record(all.back(), time_point{});
    if (*rc::gen::inRange(0, 3) == 0)
      RC_ASSERT(x.value(time_point{}).has_value());
  }
  auto got = x.value(time_point{});
  RC_ASSERT(got.has_value());
  std::sort(all.begin(), all.end());
  auto off = std::ssize(all) / 16 + 1;
  auto rank =
    static_cast<ptrdiff_t>(std::ceil(0.95 * static_cast<double>(all.size())));
  auto clamped = [&](ptrdiff_t i) {
    return all[static_cast<size_t>(
      std::clamp<ptrdiff_t>(i - 1, 0, std::ssize(all) - 1))];
  };
  RC_ASSERT(*got >= clamped(rank - off) - clamped(rank - off) / 32);
  RC_ASSERT(*got <= clamped(rank + off) + clamped(rank + off) / 32);
}

} // namespace

} // namespace resilience::test
