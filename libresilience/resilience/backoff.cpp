#include "resilience/backoff.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace resilience {

namespace {

double count(duration x) noexcept {
  return static_cast<double>(x.count());
}

/// `ns` as a duration from zero to `most`; infinity and NaN are `most`.
duration clamped(double ns, duration most) noexcept {
  if (!(ns < count(most)))
    return most;
  // `most` as a double may be above `most`.
  return std::min(duration{static_cast<duration::rep>(std::max(ns, 0.0))},
                  most);
}

/// `unit * n`, at most `most`. @pre `unit > 0 && n > 0`
duration multiple(duration unit, int64_t n, duration most) noexcept {
  return n > most / unit ? most : unit * n;
}

/// `n`th Fibonacci number, or the greatest of all numbers if it is above
/// `enough`. Grows so fast that at most 91 steps are made, whatever `n`.
/// @pre `n > 0 && enough >= 0`
int64_t fibonacci(int64_t n, int64_t enough) noexcept {
  int64_t current = 1;
  int64_t before = 0;
  for (; n > 1; --n) {
    if (current > enough - before)
      return std::numeric_limits<int64_t>::max();
    auto next = current + before;
    before = current;
    current = next;
  }
  return current;
}

/// The delay before jitter, from zero to `most`. @pre `most >= 0`
duration grown(const backoff_config& x, int64_t n, duration most) noexcept {
  auto unit = x.initial_delay;
  // Zero stays zero: its growth must not become infinity times zero.
  if (unit <= duration::zero())
    return duration::zero();
  switch (x.kind) {
    case backoff_kind::exponential: {
      auto factor = std::pow(x.exponential_base, static_cast<double>(n - 1));
      return clamped(std::round(count(unit) * factor), most);
    }
    case backoff_kind::linear:
      return multiple(unit, n, most);
    case backoff_kind::fibonacci:
      return multiple(unit, fibonacci(n, most / unit), most);
    default:
      return std::min(unit, most);
  }
}

/// Into [0, 1); no number is 0.
double unit_interval(double x) noexcept {
  constexpr auto below_one = 0x1.fffffffffffffp-1;
  return std::min(std::fmax(x, 0.0), below_one);
}

} // namespace

faults validate(const backoff_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

duration backoff_delay(const backoff_config& x, int64_t failures,
                       duration previous, double uniform) noexcept {
  auto most = std::max(x.max_delay, duration::zero());
  auto u = unit_interval(uniform);
  if (x.jitter == jitter_kind::decorrelated) {
    auto lowest = std::max(count(x.initial_delay), 0.0);
    auto highest = 3 * std::max(count(previous), 0.0);
    return clamped(lowest + u * (highest - lowest), most);
  }
  auto d = grown(x, std::max(failures, int64_t{1}), most);
  switch (x.jitter) {
    case jitter_kind::full:
      return clamped(count(d) * u, d);
    case jitter_kind::equal:
      return clamped(count(d) / 2 + count(d) / 2 * u, d);
    default:
      return d;
  }
}

} // namespace resilience
