#include "resilience/brief_mutex.hpp"

#include <chrono>
#include <thread>

namespace resilience {

void brief_mutex::lock_slowly() noexcept {
  constexpr int tries = 40;
  for (;;) {
    for (int i = 0; i < tries; ++i) {
      relax_processor();
      if (!locked_.load(std::memory_order_relaxed) && try_lock())
        return;
    }
    std::this_thread::sleep_for(std::chrono::microseconds{50});
  }
}

} // namespace resilience
