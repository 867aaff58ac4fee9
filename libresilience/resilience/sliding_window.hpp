// Failure rate and slow call rate of the latest calls: of the last so many, or
// of the last so many seconds.
//
// Not thread-safe; owned by one circuit breaker. Its memory is allocated when
// it is configured and never by a result: two bits per call of a count window,
// twelve bytes per second of a time window. A result costs O(1); a time window
// clears the seconds that have passed, at most its size, whatever the clock
// did.
#pragma once

#include "resilience/outcome.hpp"
#include "resilience/settings.hpp"

#include <cstdint>
#include <vector>

namespace resilience {

/// What a window holds. Values are stable: they are sent between nodes.
enum class window_kind : uint8_t {
  /// The last `window_size` results.
  count = 0,
  /// The results of the last `window_size` whole seconds of the clock.
  time = 1,
};

template <>
struct names_of<window_kind> {
  static constexpr std::pair<window_kind, const char*> list[] = {
    {window_kind::count, "count"}, {window_kind::time, "time"}};
};

/// Which share of failed or of slow calls is too much.
struct window_config {
  window_kind kind = window_kind::count;
  /// Calls, 1 to 1,000,000, or whole seconds, 1 to 86,400.
  int32_t window_size = 100;
  /// Results in the window below which nothing is decided; a count window asks
  /// for no more than it can hold. 1 to 1,000,000.
  int32_t minimum_calls = 100;
  /// Percentage of failures that trips. Above 0, up to 100.
  double failure_rate_threshold = 50;
  /// Percentage of slow calls that trips. Above 0, up to 100.
  double slow_call_rate_threshold = 100;
  /// A call is slow if it takes longer. 1 ns to 365 days.
  duration slow_call_duration = std::chrono::seconds{60};

  friend bool operator==(const window_config&, const window_config&) = default;
};

template <>
struct settings_of<window_config> {
  static constexpr auto name = "window_config";
  static constexpr auto list = std::tuple{
    setting{"kind", &window_config::kind, any_value{},
            "whether the window holds calls or seconds"},
    setting{"window_size", &window_config::window_size, range{1, 1'000'000},
            "calls, or whole seconds (at most 86400)"},
    setting{"minimum_calls", &window_config::minimum_calls, range{1, 1'000'000},
            "results in the window below which nothing is decided"},
    setting{"failure_rate_threshold", &window_config::failure_rate_threshold,
            range{0.0, 100.0}, "percentage of failures that trips, above 0"},
    setting{"slow_call_rate_threshold",
            &window_config::slow_call_rate_threshold, range{0.0, 100.0},
            "percentage of slow calls that trips, above 0"},
    setting{"slow_call_duration", &window_config::slow_call_duration,
            range{duration{1}, any_length.highest},
            "a call is slow if it takes longer"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const window_config& x, const std::string& prefix = "window.");

/// Results that are needed before a window of `x` decides.
int32_t effective_minimum(const window_config& x) noexcept;

/// What a window shows. Percentages, or -1 while there are too few results.
struct window_rates {
  double failure_rate = -1;
  double slow_call_rate = -1;
  uint64_t buffered_calls = 0;
  uint64_t failed_calls = 0;
  uint64_t slow_calls = 0;

  friend bool operator==(const window_rates&, const window_rates&) = default;
};

/// Deterministic in its inputs, copyable, comparable. A time that lies before
/// one seen already counts for what asks as the later one; a result goes to its
/// own second while that is in the window.
class sliding_window {
public:
  /// @pre `validate(cfg).empty()`
  explicit sliding_window(const window_config& cfg = {});

  /// Adds the result of a call that ended at `now`. A neutral one is none.
  void record(outcome what, duration took, time_point now);

  window_rates rates(time_point now);

  /// Whether a rate has reached its threshold.
  bool trips(time_point now);

  /// Forgets every result.
  void clear() noexcept;

  /// Applies new settings in place. The newest results that fit stay, slow or
  /// not as they were recorded; another kind starts empty.
  /// @pre `validate(cfg).empty()`
  void configure(const window_config& cfg, time_point now);

  /// Takes up what another window of these settings held at the instant `at`:
  /// that many results, failures and slow ones spread evenly among them.
  /// @pre the window is empty; `failed` and `slow` are at most `calls`
  void refill(uint64_t calls, uint64_t failed, uint64_t slow, time_point at);

  const window_config& config() const noexcept {
    return config_;
  }

  friend bool operator==(const sliding_window&,
                         const sliding_window&) = default;

private:
  /// Sums of a second, or of the whole window.
  template <class T>
  struct sums {
    T calls = 0;
    T failed = 0;
    T slow = 0;

    friend bool operator==(const sums&, const sums&) = default;
  };

  void allocate();
  void record_in_ring(unsigned bits);
  void record_in_second(unsigned bits, time_point now);
  void refill_second(const sums<uint32_t>& x, time_point at);
  void keep_newest(const sliding_window& from);
  void keep_seconds(const sliding_window& from);
  void move_to(int64_t second) noexcept;
  size_t slot_of(int64_t second) const noexcept;
  unsigned bits_at(size_t i) const noexcept;
  void set_bits(size_t i, unsigned bits) noexcept;
  void add(unsigned bits) noexcept;

  window_config config_;
  sums<uint64_t> total_{};
  /// Where the next result goes, or the place of the newest second.
  size_t at_ = 0;
  /// The newest second seen.
  int64_t second_;
  /// Of a count window: two bits per result.
  std::vector<uint64_t> ring_;
  /// Of a time window: the second s lies `second_ - s` places before `at_`.
  std::vector<sums<uint32_t>> seconds_;
};

} // namespace resilience
