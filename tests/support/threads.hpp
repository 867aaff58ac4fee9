// How many threads this process has.
#pragma once

#include "support/gate.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <thread>

namespace resilience::test {

inline size_t thread_count() {
  // A sanitizer has a thread of its own, which comes with the first one.
  static const bool begun = (std::thread{[] {}}.join(), true);
  static_cast<void>(begun);
  std::filesystem::directory_iterator tasks{"/proc/self/task"};
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Threads that are told to end are gone soon, not at once. False: it took too
/// long.
template <class Pred>
bool eventually(Pred pred) {
  auto latest = std::chrono::steady_clock::now() + patience;
  while (!pred()) {
    if (std::chrono::steady_clock::now() > latest)
      return false;
    std::this_thread::yield();
  }
  return true;
}

inline bool wait_for_threads(size_t n) {
  return eventually([n] { return thread_count() <= n; });
}

} // namespace resilience::test
