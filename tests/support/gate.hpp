// Where threads of a test wait for each other, for a bounded time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace resilience::test {

/// Longer than anything takes that works.
constexpr std::chrono::seconds patience{60};

/// A function that hangs until it is let go.
class gate {
public:
  void pass() {
    std::unique_lock<std::mutex> guard{mutex_};
    ++inside_;
    changed_.notify_all();
    changed_.wait_for(guard, patience, [&] { return open_; });
    --inside_;
    changed_.notify_all();
  }

  void open() {
    std::lock_guard<std::mutex> guard{mutex_};
    open_ = true;
    changed_.notify_all();
  }

  /// False: it took too long.
  bool wait_for_inside(int n) {
    std::unique_lock<std::mutex> guard{mutex_};
    return changed_.wait_for(guard, patience, [&] { return inside_ == n; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool open_ = false;
};

} // namespace resilience::test
