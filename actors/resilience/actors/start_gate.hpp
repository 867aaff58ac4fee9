// Lets functions of the user's that make actors, or observe, run only while
// their runtime lives: they may hold references to it. The end of the runtime
// waits for those that run.
//
// Thread-safe. Owned by the runtime, shared with its guards, teams and health
// checkers.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace resilience {

class start_gate {
public:
  /// Held while a function runs; false: it must not.
  class pass {
  public:
    explicit pass(start_gate& gate) : gate_(gate), open_(gate.enter()) {}

    pass(const pass&) = delete;
    pass& operator=(const pass&) = delete;

    ~pass() {
      if (open_)
        gate_.leave();
    }

    explicit operator bool() const noexcept {
      return open_;
    }

  private:
    start_gate& gate_;
    const bool open_;
  };

  /// Lets nobody in any more and waits for those who are. Must not be called
  /// from within such a function.
  void close() {
    std::unique_lock<std::mutex> guard{mutex_};
    closed_ = true;
    left_.wait(guard, [this] { return inside_ == 0; });
  }

private:
  bool enter() {
    std::lock_guard<std::mutex> guard{mutex_};
    if (closed_)
      return false;
    ++inside_;
    return true;
  }

  void leave() {
    std::lock_guard<std::mutex> guard{mutex_};
    if (--inside_ == 0)
      left_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable left_;
  size_t inside_ = 0;
  bool closed_ = false;
};

} // namespace resilience
