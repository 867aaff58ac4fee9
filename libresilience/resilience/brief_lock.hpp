// Locks a mutex that is never held for long.
#pragma once

#include <mutex>

namespace resilience {

/// Tells the processor that this thread spins.
inline void relax_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Tries for about a microsecond before the thread goes to sleep: where a
/// mutex is held for some 50 ns, sleeping and waking cost a hundred times the
/// wait.
inline std::unique_lock<std::mutex> lock_briefly(std::mutex& mutex) {
  constexpr int tries = 40;
  for (int i = 0; i < tries; ++i) {
    if (mutex.try_lock())
      return std::unique_lock<std::mutex>{mutex, std::adopt_lock};
    relax_processor();
  }
  return std::unique_lock<std::mutex>{mutex};
}

} // namespace resilience
