// How many calls may run at once, and who waits for a place.
//
// Rules that hold everywhere:
// 1. Nobody waits while a place is free, so nobody is overtaken.
// 2. A place that gets free goes to who waits longest.
// 3. New limits take nothing back: who holds a place or waits, stays.
//
// The machine has no clock: who owns it keeps `max_wait` and abandons.
//
// Not thread-safe; owned by one guard, which has the lock.
#pragma once

#include "resilience/adaptive_limit.hpp"
#include "resilience/settings.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace resilience {

struct bulkhead_config {
  /// Calls that run at once. 1 to 1,000,000.
  int32_t max_concurrent = 10;
  /// Calls that wait for a place; 0 rejects at once. 0 to 1,000,000.
  int32_t max_queue = 0;
  /// How long a call waits for a place. 0 to 365 days.
  duration max_wait = std::chrono::seconds{1};
  /// The limit follows the latency of attempts (adaptive_limit.hpp), and
  /// `max_concurrent` is what it never exceeds.
  std::optional<adaptive_config> adaptive{};

  friend bool operator==(const bulkhead_config&,
                         const bulkhead_config&) = default;
};

template <>
struct settings_of<bulkhead_config> {
  static constexpr auto name = "bulkhead_config";
  static constexpr auto list = std::tuple{
    setting{"max_concurrent", &bulkhead_config::max_concurrent,
            range{1, 1'000'000}, "calls that run at once"},
    setting{"max_queue", &bulkhead_config::max_queue, range{0, 1'000'000},
            "calls that wait for a place; 0 rejects at once"},
    setting{"max_wait", &bulkhead_config::max_wait, any_wait,
            "how long a call waits for a place"},
    setting{"adaptive", &bulkhead_config::adaptive, any_value{},
            "the limit follows latency, up to max_concurrent"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const bulkhead_config& x,
                const std::string& prefix = "bulkhead.");

/// Deterministic in its inputs, copyable. Every event is O(1) amortised.
class bulkhead {
public:
  /// What became of a call that wants a place.
  enum class entry : uint8_t {
    /// It has a place, until `leave`.
    granted,
    /// It waits; `leave` or `configure` names it when it has a place.
    queued,
    /// Neither place nor queue has room.
    full,
  };

  /// @pre `validate(cfg).empty()`
  explicit bulkhead(const bulkhead_config& cfg = {});

  /// Asks for a place. An `id` that waits already keeps waiting.
  entry enter(uint64_t id);

  /// A holder gives its place back. If somebody waited and the limit allows,
  /// the place is theirs: their id is returned. Without a holder: no effect.
  std::optional<uint64_t> leave();

  /// Takes a waiting call out of the queue. False if it does not wait.
  bool abandon(uint64_t id);

  /// Changes only how many may run at once, 1 or more. Returns the same.
  std::vector<uint64_t> limit(int32_t max_concurrent);

  /// Applies new settings in place. Returns who waited and now has a place, in
  /// their order.
  /// @pre `validate(cfg).empty()`
  std::vector<uint64_t> configure(const bulkhead_config& cfg);

  const bulkhead_config& config() const noexcept {
    return config_;
  }

  /// Whether a place is free.
  bool has_place() const noexcept {
    return std::cmp_less(in_use_, config_.max_concurrent);
  }

  /// Places taken. Above `max_concurrent` only after that was lowered.
  size_t in_use() const noexcept {
    return in_use_;
  }

  size_t queued() const noexcept {
    return waiting_.size();
  }

private:
  /// A place in the queue; empty once its ticket is no longer the waiting one.
  struct ticket {
    uint64_t id;
    uint64_t number;
  };

  bool waits(const ticket& x) const;
  void push(uint64_t id);
  uint64_t pop();
  void tidy();

  bulkhead_config config_;
  size_t in_use_ = 0;
  uint64_t last_ticket_ = 0;
  /// Tickets in order from `head_` on. Who gives up leaves its ticket here, so
  /// that giving up needs no search.
  std::vector<ticket> queue_;
  size_t head_ = 0;
  /// The ticket number of each id that waits.
  std::unordered_map<uint64_t, uint64_t> waiting_;
};

} // namespace resilience
