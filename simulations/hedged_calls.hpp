// Calls through a guard's layers to a target whose latency has a long tail: how
// long they take, and how many attempts they cost.
#pragma once

#include "resilience/policy.hpp"

#include <cstdint>
#include <vector>

namespace resilience::simulation {

/// Latency of a target: a fixed part and one of two exponential parts, drawn
/// anew for each attempt.
struct long_tail {
  duration fixed = std::chrono::milliseconds{5};
  duration usual_mean = std::chrono::milliseconds{5};
  /// Share of attempts that take the long way.
  double tail_share = 0.05;
  duration tail_mean = std::chrono::milliseconds{200};
};

struct hedged_calls {
  long_tail latency{};
  policy settings{};
  int32_t calls = 200'000;
  /// Between two calls, at random, exponential.
  duration mean_gap = std::chrono::milliseconds{5};
  uint64_t seed = 1;
};

struct hedged_result {
  /// Of each call, in ascending order.
  std::vector<duration> took;
  uint64_t attempts = 0;
  uint64_t hedges = 0;
  uint64_t failed = 0;

  /// @pre `0 <= share && share < 1`, and there were calls
  duration quantile(double share) const {
    return took[static_cast<size_t>(share * static_cast<double>(took.size()))];
  }
};

/// Deterministic.
hedged_result run(const hedged_calls& x);

} // namespace resilience::simulation
