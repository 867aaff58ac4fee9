// Random durations of simulations, the same for a seed on every machine that
// has the same C library.
#pragma once

#include "resilience/random.hpp"
#include "resilience/time.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace resilience::simulation {

/// How long things take.
enum class spread : uint8_t {
  /// Uniform from 80 % to 120 % of the mean.
  narrow,
  /// Exponential: as irregular as independent arrivals.
  wide,
};

class random_times {
public:
  explicit random_times(uint64_t seed) noexcept : state_(split_mix(seed)) {}

  double uniform() noexcept {
    return draw_uniform(state_);
  }

  /// At least 1 ns.
  duration draw(duration mean, spread how) noexcept {
    auto u = uniform();
    auto factor = how == spread::narrow ? 0.8 + 0.4 * u : -std::log1p(-u);
    auto ns = static_cast<double>(mean.count()) * factor;
    return std::max(duration{std::llround(ns)}, duration{1});
  }

private:
  uint64_t state_;
};

} // namespace resilience::simulation
