#include "resilience/snapshot.hpp"

#include <algorithm>

namespace resilience {

namespace {

duration between(wall_time later, wall_time earlier) noexcept {
  auto d = saturating_sub(time_point{duration{later.time_since_epoch()}},
                          time_point{duration{earlier.time_since_epoch()}});
  return std::max(d, duration::zero());
}

} // namespace

duration remaining_at(const circuit_snapshot& x, wall_time wall) noexcept {
  if (!x.open_until)
    return duration::zero();
  return std::min(between(*x.open_until, wall), x.memory.remaining);
}

duration downtime_at(const circuit_snapshot& x, wall_time wall) noexcept {
  return between(wall, x.saved_at);
}

} // namespace resilience
