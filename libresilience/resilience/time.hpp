// Time as every policy sees it: monotonic, passed in as an argument.
//
// No policy reads a clock. Whoever owns the policy reads it once per event and
// hands the same instant to every machine on the way.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace resilience {

/// The clock of all deadlines and cooldowns. Never the wall clock: a step of
/// the wall clock must neither hold a circuit open nor close it.
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = clock::duration;

/// Wall time, for people and for storage only.
using wall_clock = std::chrono::system_clock;
using wall_time = std::chrono::time_point<wall_clock, std::chrono::nanoseconds>;

/// `t + d` that saturates at the ends of the clock instead of overflowing.
constexpr time_point saturating_add(time_point t, duration d) noexcept {
  if (d > duration::zero() && t > time_point::max() - d)
    return time_point::max();
  if (d < duration::zero() && t < time_point::min() - d)
    return time_point::min();
  return t + d;
}

/// `later - earlier` that saturates instead of overflowing.
constexpr duration saturating_sub(time_point later,
                                  time_point earlier) noexcept {
  auto a = later.time_since_epoch().count();
  auto b = earlier.time_since_epoch().count();
  if (b < 0 && a > duration::max().count() + b)
    return duration::max();
  if (b > 0 && a < duration::min().count() + b)
    return duration::min();
  return duration{a - b};
}

/// `a + b` likewise.
constexpr duration saturating_add(duration a, duration b) noexcept {
  return saturating_add(time_point{a}, b).time_since_epoch();
}

/// `d * n` likewise. @pre `d >= 0 && n > 0`
constexpr duration saturating_mul(duration d, int64_t n) noexcept {
  return d > duration::max() / n ? duration::max() : d * n;
}

/// Renders `d` exactly in the largest unit that divides it: `30s`, `1500ms`.
std::string to_string(duration d);

/// Renders `t` in UTC to the millisecond, as ISO 8601 does:
/// `2026-11-25T18:54:04.123Z`.
std::string iso8601(wall_time t);

} // namespace resilience
