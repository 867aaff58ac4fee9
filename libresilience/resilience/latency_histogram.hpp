// Counts of call durations in buckets that double, cheap enough for every call.
#pragma once

#include "resilience/time.hpp"

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
    std::vector<uint64_t> result;
    result.reserve(num_buckets);
    for (const auto& x : counts_)
      result.push_back(x.load(std::memory_order_relaxed));
    return result;
  }

  /// Goes on from earlier counts; buckets that are missing there are zero.
  void assign(const std::vector<uint64_t>& counts) noexcept {
    auto next = counts.begin();
    for (auto& x : counts_)
      x.store(next != counts.end() ? *next++ : 0, std::memory_order_relaxed);
  }

  static constexpr size_t bucket(duration took) noexcept {
    if (took < std::chrono::microseconds{1})
      return 0;
    auto us = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    auto i = static_cast<size_t>(std::bit_width(us));
    return i < num_buckets ? i : num_buckets - 1;
  }

private:
  std::array<std::atomic<uint64_t>, num_buckets> counts_{};
};

/// The duration below which `quantile` (0 to 1) of the counted calls stayed,
/// rounded up to its bucket's bound; the longest duration where that is the
/// last bucket, zero without calls.
duration latency_quantile(const std::vector<uint64_t>& counts, double quantile);

} // namespace resilience
