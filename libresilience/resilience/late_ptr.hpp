// A pointer that one thread sets once and all threads read: null until then.
#pragma once

#include <atomic>
#include <memory>

namespace resilience {

/// Owns what it points to, to its own end.
template <class T>
class late_ptr {
public:
  late_ptr() = default;

  late_ptr(const late_ptr&) = delete;
  late_ptr& operator=(const late_ptr&) = delete;

  ~late_ptr() {
    std::unique_ptr<T>{get()};
  }

  /// @pre nothing was set before.
  void set(std::unique_ptr<T> x) noexcept {
    ptr_.store(x.release(), std::memory_order_release);
  }

  T* get() const noexcept {
    return ptr_.load(std::memory_order_acquire);
  }

private:
  std::atomic<T*> ptr_{nullptr};
};

} // namespace resilience
