// Many small random numbers from one seed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>

namespace resilience::test {

/// Draws from one seed: a course has too many dice for as many generators.
class dice {
public:
  explicit dice(uint64_t seed) : random_(seed) {}

  int below(int n) {
    return static_cast<int>(random_() % static_cast<uint64_t>(n));
  }

  bool one_in(int n) {
    return below(n) == 0;
  }

  template <class T>
  T among(std::initializer_list<T> xs) {
    return *(xs.begin() + below(static_cast<int>(xs.size())));
  }

private:
  std::mt19937_64 random_;
};

} // namespace resilience::test
