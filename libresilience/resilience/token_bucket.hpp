// A bucket that fills with time and is emptied token by token.
//
// Exact: the level is a whole number of units, and so is what a nanosecond
// adds; nothing is rounded, so nothing drifts. All values fit 128 bits for any
// two instants of the clock:
//
//   at most 1e9 tokens of at most 1e18 units     1e27
//   at most 1.8e19 ns at 1e18 units each         1.8e37 < 1.7e38
//
// Time that goes back is taken as time that stands still.
//
// Not thread-safe; a part of the machines that own one.
#pragma once

#include "resilience/time.hpp"

#include <cstdint>

namespace resilience {

class token_bucket {
public:
  // Not in ISO C++, hence the mark.
  __extension__ using amount = __int128;

  /// What a bucket is like, in units.
  struct shape {
    /// Units of one token, from 1 to 1e18.
    int64_t token = 1;
    /// Units that a nanosecond adds, from 0 to 1e18.
    int64_t per_ns = 0;
    /// Units that fit, from one token to 1e9 tokens.
    amount capacity = 1;

    friend bool operator==(const shape&, const shape&) = default;
  };

  /// Holds `burst` tokens and gains `rate` per `period`, exactly. From 1 to
  /// 1e9 tokens, from 1 ns to 1e18 ns; what lies outside is taken as the
  /// nearest of these.
  static shape per_period(int32_t rate, duration period,
                          int32_t burst) noexcept;

  /// Holds `capacity` (1 to 1e9) tokens and gains `per_second` (0 to 1e9). Both
  /// are taken to a billionth; what lies outside is taken as the nearest of
  /// these.
  static shape per_second(double capacity, double per_second) noexcept;

  /// `tokens` (0 to 1e9), taken to a billionth, in units of `per_second`.
  static amount units(double tokens) noexcept;

  /// Starts full.
  explicit token_bucket(const shape& x) noexcept;

  /// Takes a token if there is one.
  bool take(time_point now) noexcept;

  /// How long after `now` the next token is there, if none is taken: zero if
  /// there is one, never rounded down, `duration::max()` for never.
  duration wait_time(time_point now) const noexcept;

  /// Puts units (at most 1e21) in, `times` over, as far as they fit.
  void add(amount units, uint64_t times = 1) noexcept;

  /// Applies a new shape: tokens stay as far as they fit, to the unit.
  void configure(const shape& x, time_point now) noexcept;

  /// For people.
  double tokens(time_point now) const noexcept;

  friend bool operator==(const token_bucket&, const token_bucket&) = default;

private:
  amount level_at(time_point now) const noexcept;
  void fill(time_point now) noexcept;

  shape shape_;
  amount level_;
  /// When `level_` was true.
  time_point filled_ = time_point::min();
};

} // namespace resilience
