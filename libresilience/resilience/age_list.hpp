// Which of the calls under way began first. Calls leave without a word: whoever
// asks says which are still there.
//
// Thread-safe. Owned by one guard's stack (stack.hpp).
#pragma once

#include "resilience/brief_mutex.hpp"
#include "resilience/time.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace resilience {

class age_list {
public:
  /// Adds a call that began at `began`, no earlier than those before it but for
  /// what threads do to each other.
  /// @param alive whether a call is still under way.
  /// @param count of those that are, about: what has left is forgotten in time.
  template <class Alive>
  void add(uint64_t id, time_point began, size_t count, Alive alive) {
    std::lock_guard<brief_mutex> guard{mutex_};
    // Each round of clearing is paid for by as many calls that came and went.
    if (calls_.size() >= 2 * count + kept) {
      std::erase_if(calls_, [&](const call& x) { return !alive(x.id); });
      first_ = 0;
    }
    calls_.push_back({id, began});
  }

  /// When the oldest began that is still under way.
  template <class Alive>
  std::optional<time_point> oldest(Alive alive) {
    std::lock_guard<brief_mutex> guard{mutex_};
    while (first_ < calls_.size() && !alive(calls_[first_].id))
      ++first_;
    if (first_ < calls_.size())
      return calls_[first_].began;
    calls_.clear();
    first_ = 0;
    return std::nullopt;
  }

  size_t size() const {
    std::lock_guard<brief_mutex> guard{mutex_};
    return calls_.size();
  }

private:
  struct call {
    uint64_t id;
    time_point began;
  };

  static constexpr size_t kept = 64;

  brief_mutex mutable mutex_;
  /// In order; those before `first_` have left.
  std::vector<call> calls_;
  size_t first_ = 0;
};

} // namespace resilience
