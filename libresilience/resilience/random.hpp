// Small random numbers: for jitter, for tokens. No secret is safe with them.
#pragma once

#include <cstdint>

namespace resilience {

/// SplitMix64 (Steele, Lea and Flood: "Fast splittable pseudorandom number
/// generators", 2014): one number per state, and any state will do.
constexpr uint64_t split_mix_step = 0x9e3779b97f4a7c15;

constexpr uint64_t split_mix(uint64_t state) noexcept {
  auto x = state + split_mix_step;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Uniform in [0, 1). Moves `state` on.
constexpr double draw_uniform(uint64_t& state) noexcept {
  auto x = split_mix(state);
  state += split_mix_step;
  return static_cast<double>(x >> 11) * 0x1p-53;
}

/// Differs from call to call and from run to run.
uint64_t random_seed();

} // namespace resilience
