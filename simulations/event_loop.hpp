// Events of a simulation in the order of their times, those of one time in the
// order in which they were planned. The clock is where the last event was.
//
// Not thread-safe; owned by one run of a simulation.
#pragma once

#include "resilience/time.hpp"

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

namespace resilience::simulation {

template <class Event>
class event_loop {
public:
  time_point now() const noexcept {
    return now_;
  }

  bool empty() const noexcept {
    return planned_.empty();
  }

  /// `what` happens `delay` (not negative) from now.
  void plan(duration delay, Event what) {
    planned_.push({saturating_add(now_, delay), ++last_number_, what});
  }

  /// Moves the clock to the next event. @pre `!empty()`
  Event next() {
    auto result = planned_.top();
    planned_.pop();
    now_ = result.when;
    return std::move(result.what);
  }

private:
  struct entry {
    time_point when;
    uint64_t number;
    Event what;

    bool operator<(const entry& other) const noexcept {
      return std::pair{when, number} > std::pair{other.when, other.number};
    }
  };

  std::priority_queue<entry> planned_;
  uint64_t last_number_ = 0;
  time_point now_{};
};

} // namespace resilience::simulation
