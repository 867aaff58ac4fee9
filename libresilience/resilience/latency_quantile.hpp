// What share of the latest calls took how long: for a second attempt once a
// call takes longer than, say, 95 % of them did.
//
// Calls are counted in two histograms. When the newer one has half a window, or
// half of the longest age has passed, it becomes the older one, whose calls are
// forgotten. So what counts are the last half to whole window, none older than
// the longest age.
//
// Not thread-safe; owned by one guard, which has the lock.
#pragma once

#include "resilience/settings.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace resilience {

struct quantile_config {
  /// The share of calls that took no longer; 0.95 is all but one in twenty. 0
  /// to 1.
  double quantile = 0.95;
  /// Calls that count at most; half of them at least, once there were so many.
  /// 2 to 100,000.
  int32_t window_size = 1000;
  /// Calls below which there is no answer. 1 to 50,000; a window asks for no
  /// more than half of its size.
  int32_t minimum_calls = 20;
  /// Calls older than this do not count, those half as old do. 1 ms to 365
  /// days.
  duration max_age = std::chrono::minutes{5};

  friend bool operator==(const quantile_config&,
                         const quantile_config&) = default;
};

template <>
struct settings_of<quantile_config> {
  static constexpr auto name = "quantile_config";
  static constexpr auto list = std::tuple{
    setting{"quantile", &quantile_config::quantile, range{0.0, 1.0},
            "the share of calls that took no longer"},
    setting{"window_size", &quantile_config::window_size, range{2, 100'000},
            "calls that count at most"},
    setting{"minimum_calls", &quantile_config::minimum_calls, range{1, 50'000},
            "calls below which there is no answer"},
    setting{"max_age", &quantile_config::max_age, any_length,
            "calls older than this do not count"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const quantile_config& x,
                const std::string& prefix = "quantile.");

/// Deterministic in its inputs, copyable, comparable, about 2 KB, without
/// memory of its own. `record` is O(1) amortised. `value` is cheap: it counts
/// anew only after a sixteenth of the calls were recorded.
class recent_latency {
public:
  /// A value is right to 1/33, from the shortest latency told apart to the
  /// longest; what lies outside counts as the nearest of these.
  static constexpr duration shortest{int64_t{1} << 10};
  static constexpr duration longest{(int64_t{1} << 42) - 1};

  /// @pre `validate(cfg).empty()`
  explicit recent_latency(const quantile_config& cfg = {}) noexcept;

  /// A call took so long and ended at `now`. Leave out what is not to count,
  /// such as failures. An earlier instant than the last counts as that one.
  void record(duration took, time_point now) noexcept;

  /// How long that share of the latest calls took at most; nothing while too
  /// few of them are young enough. The last sixteenth of them may not count
  /// yet.
  std::optional<duration> value(time_point now) noexcept;

  /// Calls that count at `now`.
  int32_t calls(time_point now) noexcept;

  /// Applies new settings in place: what is counted stays as far as it fits
  /// the new window.
  /// @pre `validate(cfg).empty()`
  void configure(const quantile_config& cfg, time_point now) noexcept;

  const quantile_config& config() const noexcept {
    return config_;
  }

  friend bool operator==(const recent_latency&,
                         const recent_latency&) = default;

private:
  /// Sixteen buckets for each power of two.
  static constexpr size_t num_buckets = 32 * 16;

  struct histogram {
    std::array<uint16_t, num_buckets> counts{};
    int32_t total = 0;

    friend bool operator==(const histogram&, const histogram&) = default;
  };

  static size_t bucket(duration took) noexcept;
  static duration middle(size_t bucket) noexcept;

  void age(time_point now) noexcept;
  void rotate(time_point began) noexcept;
  void compute() noexcept;

  quantile_config config_;
  histogram newer_;
  histogram older_;
  /// When the newer one began.
  time_point began_ = time_point::min();
  time_point last_ = time_point::min();
  duration value_{};
  /// Records that `value_` does not know; -1: it must be computed.
  int32_t unknown_ = -1;
};

} // namespace resilience
