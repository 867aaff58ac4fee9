// The timers that an actor has set for itself with CAF: none can be taken back
// everywhere, so those that are out are remembered, and none is set where an
// earlier one will do. Each is then earlier than those set before, and they do
// not pile up.
//
// Not thread-safe; owned by one actor.
#pragma once

#include "resilience/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>

namespace resilience {

class own_timers {
public:
  /// What a timer carries: `tick::due`.
  static int64_t key_of(time_point due) noexcept {
    return due.time_since_epoch().count();
  }

  /// After which delay to send oneself a tick for `due`; none where there is no
  /// need, or for the end of time.
  std::optional<duration> set(time_point due, time_point now) {
    auto key = key_of(due);
    if (due == time_point::max() || (!out_.empty() && *out_.begin() <= key))
      return std::nullopt;
    out_.insert(key);
    return std::max(saturating_sub(due, now),
                    duration{std::chrono::microseconds{1}});
  }

  /// The timer with that key has rung.
  void rang(int64_t key) {
    out_.erase(key);
  }

private:
  std::set<int64_t> out_;
};

} // namespace resilience
