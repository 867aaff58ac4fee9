// Calls that are to begin, begun by a loop that one thread runs at a time. To
// begin one may end it at once and so free another one: recursion would know no
// bound, and two threads would begin them out of order.
//
// Thread-safe. Owned by one guard's stack (stack.hpp). Nothing foreign runs
// under the lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace resilience {

/// First in, first out.
/// @tparam T movable.
template <class T>
class start_queue {
public:
  /// Calls that one thread begins before `drain` lets go, give or take those
  /// that came together.
  static constexpr size_t most_in_a_row = 128;

  /// Whether there is nothing for `drain` to do. Who adds drains afterwards, so
  /// others may look without the lock.
  bool idle() const noexcept {
    return !waiting_.load(std::memory_order_acquire);
  }

  /// @post somebody calls `drain`.
  void push(T x) {
    std::lock_guard<std::mutex> guard{mutex_};
    queue_.push_back(std::move(x));
    waiting_.store(true, std::memory_order_release);
  }

  /// Takes all that no thread has begun yet.
  std::vector<T> take() {
    std::lock_guard<std::mutex> guard{mutex_};
    waiting_.store(false, std::memory_order_release);
    return std::exchange(queue_, {});
  }

  /// Calls `begin(x)` for each, unless a thread is at it: that one begins what
  /// is added meanwhile. So `begin` may push and drain.
  ///
  /// Others may add as fast as this thread begins: it lets go after
  /// `most_in_a_row`, unless `to_the_end()` says that nobody else would come.
  /// It is asked under the lock; `begin` runs without.
  /// @returns whether some are left: somebody must drain again, soon.
  template <class Begin, class Pred>
  [[nodiscard]] bool drain(Begin begin, Pred to_the_end) {
    std::unique_lock<std::mutex> guard{mutex_};
    if (draining_)
      return false;
    draining_ = true;
    for (size_t begun = 0;
         !queue_.empty() && (begun < most_in_a_row || to_the_end());) {
      auto batch = std::exchange(queue_, {});
      begun += batch.size();
      guard.unlock();
      for (auto& x : batch)
        begin(std::move(x));
      guard.lock();
    }
    draining_ = false;
    auto more = !queue_.empty();
    waiting_.store(more, std::memory_order_release);
    return more;
  }

private:
  std::mutex mutex_;
  std::vector<T> queue_;
  bool draining_ = false;
  /// Whether the queue holds something. Written under the lock.
  std::atomic<bool> waiting_{false};
};

} // namespace resilience
