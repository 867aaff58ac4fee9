// What one subscriber of the supervisor is to get: bounded, filtered, and one
// batch at a time, so that a slow one costs nobody anything.
//
// Not thread-safe; owned by the supervisor. No CAF: the supervisor sends.
#pragma once

#include "resilience/actors/supervisor_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace resilience {

class event_feed {
public:
  explicit event_feed(subscribe_events wish);

  /// Replaces the filter; what waits stays as far as there is room.
  void change(subscribe_events wish);

  /// @param number of the event in the journal, or `journal::not_in_journal`.
  void offer(const transition_event& x, uint64_t number);

  void offer(const health_changed& x);

  /// Events were lost before they came here.
  void count_dropped(uint64_t n) noexcept {
    dropped_ += n;
  }

  /// The next batch, unless one is out or there is none. Events with a number
  /// up to `durable` are durable. Whoever gets a batch calls `answered`.
  std::optional<event_batch> next(uint64_t durable);

  /// Whether a batch is out.
  bool is_busy() const noexcept {
    return busy_;
  }

  /// Forgets what waits.
  void clear() noexcept;

  /// The subscriber has handled its batch.
  void answered() noexcept {
    busy_ = false;
  }

private:
  struct item {
    uint64_t number;
    transition_event event;
  };

  bool is_named(const std::string& x) const;
  bool wants(const transition_event& x) const;
  bool wants(const health_changed& x) const;

  size_t waiting() const noexcept {
    return waiting_.size() + health_.size();
  }

  bool is_full() const noexcept {
    return waiting() >= wish_.capacity;
  }

  subscribe_events wish_;
  std::deque<item> waiting_;
  std::deque<health_changed> health_;
  uint64_t dropped_ = 0;
  bool busy_ = false;
};

} // namespace resilience
