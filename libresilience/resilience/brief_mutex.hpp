// A mutex for what is never held for long: one byte, and no function call
// where nobody else holds it.
#pragma once

#include <atomic>

namespace resilience {

/// Tells the processor that this thread spins.
inline void relax_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// A lockable for `std::lock_guard` and `std::unique_lock`. Tries for about a
/// microsecond; then whoever holds it must have lost the processor, and the
/// thread sleeps a while before it looks again. Nobody ever has to be woken, so
/// that unlocking is a plain store.
class brief_mutex {
public:
  void lock() noexcept {
    if (!try_lock())
      lock_slowly();
  }

  bool try_lock() noexcept {
    return !locked_.exchange(true, std::memory_order_acquire);
  }

  void unlock() noexcept {
    locked_.store(false, std::memory_order_release);
  }

private:
  void lock_slowly() noexcept;

  std::atomic<bool> locked_{false};
};

} // namespace resilience
