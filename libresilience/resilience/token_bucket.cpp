#include "resilience/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace resilience {

namespace {

using amount = token_bucket::amount;

constexpr int64_t billion = 1'000'000'000;

/// From 0 to 1e18; no number is 0.
int64_t billionths(double x) noexcept {
  return std::llround(std::min(std::fmax(x, 0.0), 1e9) * 1e9);
}

/// `later - earlier` in ns, which 64 bits may not hold.
amount distance(time_point earlier, time_point later) noexcept {
  return amount{later.time_since_epoch().count()}
         - amount{earlier.time_since_epoch().count()};
}

} // namespace

token_bucket::shape token_bucket::per_period(int32_t rate, duration period,
                                             int32_t burst) noexcept {
  // With a token of as many units as the period has nanoseconds, a nanosecond
  // adds a whole number of units.
  auto number = [](int32_t x) { return std::clamp<int64_t>(x, 1, billion); };
  auto token = std::clamp<int64_t>(period.count(), 1, billion * billion);
  return {token, number(rate), amount{token} * number(burst)};
}

token_bucket::shape token_bucket::per_second(double capacity,
                                             double per_second) noexcept {
  return {billion * billion, billionths(per_second),
          std::max(units(capacity), amount{billion} * billion)};
}

token_bucket::amount token_bucket::units(double tokens) noexcept {
  return amount{billionths(tokens)} * billion;
}

token_bucket::token_bucket(const shape& x) noexcept
  : shape_(x), level_(x.capacity) {}

bool token_bucket::take(time_point now) noexcept {
  fill(now);
  if (level_ < shape_.token)
    return false;
  level_ -= shape_.token;
  return true;
}

duration token_bucket::wait_time(time_point now) const noexcept {
  auto level = level_at(now);
  if (level >= shape_.token)
    return duration::zero();
  if (shape_.per_ns == 0)
    return duration::max();
  // Less than a token, which 64 bits hold.
  auto missing = static_cast<int64_t>(shape_.token - level);
  auto wait = amount{(missing - 1) / shape_.per_ns + 1};
  // For an instant before the last one the rest of the way comes on top.
  wait += std::max(distance(now, filled_), amount{0});
  return duration{static_cast<duration::rep>(
    std::min(wait, amount{duration::max().count()}))};
}

void token_bucket::add(amount units, uint64_t times) noexcept {
  // So many that their product still fits: no bucket hears of more at once.
  constexpr uint64_t most = 1'000'000'000'000'000;
  auto sum = units * amount{std::min(times, most)};
  level_ = std::min(level_ + std::clamp(sum, amount{0}, shape_.capacity),
                    shape_.capacity);
}

void token_bucket::configure(const shape& x, time_point now) noexcept {
  fill(now);
  // Whole tokens and the rest apart: their product would not fit.
  auto whole = level_ / shape_.token * x.token;
  auto rest = level_ % shape_.token * x.token / shape_.token;
  shape_ = x;
  level_ = std::min(whole + rest, x.capacity);
}

double token_bucket::tokens(time_point now) const noexcept {
  return static_cast<double>(level_at(now)) / static_cast<double>(shape_.token);
}

token_bucket::amount token_bucket::level_at(time_point now) const noexcept {
  auto passed = std::max(distance(filled_, now), amount{0});
  return std::min(level_ + passed * shape_.per_ns, shape_.capacity);
}

void token_bucket::fill(time_point now) noexcept {
  level_ = level_at(now);
  filled_ = std::max(filled_, now);
}

} // namespace resilience
