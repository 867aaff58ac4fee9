#include "resilience/latency_quantile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace resilience {

namespace {

/// Bits of a latency after its first one that tell buckets apart.
constexpr int bits = 4;
/// Buckets of a power of two.
constexpr uint64_t parts = 1 << bits;
/// Bits of the shortest latency after its first one.
constexpr int first_power = 10;

int32_t half_of(const quantile_config& x) noexcept {
  return x.window_size / 2;
}

} // namespace

faults validate(const quantile_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

recent_latency::recent_latency(const quantile_config& cfg) noexcept
  : config_(cfg) {}

void recent_latency::record(duration took, time_point now) noexcept {
  age(now);
  if (newer_.total >= half_of(config_))
    rotate(last_);
  ++newer_.counts[bucket(took)];
  ++newer_.total;
  if (unknown_ >= 0)
    ++unknown_;
}

std::optional<duration> recent_latency::value(time_point now) noexcept {
  auto total = calls(now);
  if (total < std::min(config_.minimum_calls, half_of(config_)))
    return std::nullopt;
  if (unknown_ < 0 || unknown_ > total / 16)
    compute();
  return value_;
}

int32_t recent_latency::calls(time_point now) noexcept {
  age(now);
  return newer_.total + older_.total;
}

void recent_latency::configure(const quantile_config& cfg,
                               time_point now) noexcept {
  age(now);
  config_ = cfg;
  age(now);
  unknown_ = -1;
  if (newer_.total > cfg.window_size)
    newer_ = {};
  if (newer_.total + older_.total > cfg.window_size)
    older_ = {};
}

size_t recent_latency::bucket(duration took) noexcept {
  auto ns = static_cast<uint64_t>(std::clamp(took, shortest, longest).count());
  auto power = std::bit_width(ns) - 1;
  auto part = (ns >> (power - bits)) % parts;
  return static_cast<size_t>(power - first_power) * parts + part;
}

duration recent_latency::middle(size_t bucket) noexcept {
  auto shift = bucket / parts + first_power - bits;
  auto low = (parts + bucket % parts) << shift;
  auto width = uint64_t{1} << shift;
  return duration{static_cast<duration::rep>(low + width / 2)};
}

/// Forgets what is too old at `now`.
void recent_latency::age(time_point now) noexcept {
  last_ = std::max(now, last_);
  auto elapsed = saturating_sub(last_, began_);
  auto half = config_.max_age / 2;
  if (elapsed < half)
    return;
  // The older calls are at most half the longest age older than the newer
  // ones: counted from when those began, so that a pause does not matter.
  auto pause = elapsed - half >= half;
  rotate(pause ? last_ : saturating_add(began_, half));
  if (pause)
    older_ = {};
}

void recent_latency::rotate(time_point began) noexcept {
  older_ = newer_;
  newer_ = {};
  began_ = began;
  unknown_ = -1;
}

void recent_latency::compute() noexcept {
  unknown_ = 0;
  auto total = newer_.total + older_.total;
  auto rank = static_cast<int32_t>(std::ceil(config_.quantile * total));
  auto wanted = std::max(rank, 1);
  size_t i = 0;
  for (; i + 1 < num_buckets; ++i) {
    wanted -= newer_.counts[i] + older_.counts[i];
    if (wanted <= 0)
      break;
  }
  value_ = middle(i);
}

} // namespace resilience
