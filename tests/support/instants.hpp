// Instants and durations of tests: whole milliseconds from an origin.
#pragma once

#include "resilience/time.hpp"

#include <chrono>
#include <cstdint>

namespace resilience::test {

using namespace std::chrono_literals;

constexpr duration ms(int64_t n) {
  return std::chrono::milliseconds{n};
}

/// `n` ms after the clock's epoch.
constexpr time_point at(int64_t n) {
  return time_point{ms(n)};
}

} // namespace resilience::test
