// Counts of call durations in buckets that double, cheap enough for every call.
#pragma once

#include "resilience/time.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace resilience {

/// Bucket `i` counts calls that took less than `2^i` microseconds and were not
/// counted in a lower one; the last bucket has no upper bound.
///
/// Thread-safe: `record` is one relaxed increment. A read concurrent with
/// `record` may miss that call.
class latency_histogram {
public:
  /// The last bound is 2^24 us, about 16.8 s.
  static constexpr size_t num_buckets = 26;

  void record(duration took) noexcept {
    counts_[bucket(took)].fetch_add(1, std::memory_order_relaxed);
  }

  uint64_t total() const noexcept {
    uint64_t result = 0;
    for (const auto& x : counts_)
      result += x.load(std::memory_order_relaxed);
    return result;
  }

  std::vector<uint64_t> counts() const {
    return {counts_.begin(), counts_.end()};
  }

  static constexpr size_t bucket(duration took) noexcept {
    using std::chrono::microseconds;
    auto us = std::max(std::chrono::duration_cast<microseconds>(took),
                       microseconds::zero());
    auto i = std::bit_width(static_cast<uint64_t>(us.count()));
    return std::min(static_cast<size_t>(i), num_buckets - 1);
  }

private:
  std::array<std::atomic<uint64_t>, num_buckets> counts_{};
};

/// The duration below which `quantile` (0 to 1) of the counted calls stayed,
/// rounded up to its bucket's bound; the longest duration where that is the
/// last bucket, zero without calls.
duration latency_quantile(const std::vector<uint64_t>& counts, double quantile);

} // namespace resilience
