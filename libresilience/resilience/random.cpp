#include "resilience/random.hpp"

#include <random>

namespace resilience {

uint64_t random_seed() {
  std::random_device source;
  return uint64_t{source()} << 32 | source();
}

} // namespace resilience
