// Plain threads that start together.
#pragma once

#include <functional>
#include <latch>
#include <thread>
#include <vector>

namespace resilience::test {

/// Runs every function on a thread of its own, none before all are there, and
/// returns when all have.
inline void run_together(const std::vector<std::function<void()>>& functions) {
  std::latch ready{static_cast<std::ptrdiff_t>(functions.size())};
  std::vector<std::thread> threads;
  threads.reserve(functions.size());
  for (const auto& f : functions)
    threads.emplace_back([&ready, &f] {
      ready.arrive_and_wait();
      f();
    });
  for (auto& t : threads)
    t.join();
}

} // namespace resilience::test
