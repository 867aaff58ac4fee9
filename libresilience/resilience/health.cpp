#include "resilience/health.hpp"

#include <algorithm>
#include <limits>

namespace resilience {

namespace {

/// One more, as far as there are numbers.
void count_up(int32_t& x) noexcept {
  if (x < std::numeric_limits<int32_t>::max())
    ++x;
}

} // namespace

health_status roll_up(std::span<const child_health> children) noexcept {
  auto result = health_status::healthy;
  for (const auto& x : children) {
    auto worst =
      x.critical ? health_status::unhealthy : health_status::degraded;
    result = std::max(result, std::min(x.status, worst));
  }
  return result;
}

faults validate(const health_check_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

duration max_age_of(const health_check_config& x) noexcept {
  return x.max_age.value_or(3 * x.interval);
}

health_check_state::health_check_state(const health_check_config& cfg) noexcept
  : config_(cfg) {}

void health_check_state::success(time_point now) noexcept {
  passed(now, health_status::healthy);
}

void health_check_state::partial(time_point now) noexcept {
  passed(now, health_status::degraded);
}

void health_check_state::unclear(time_point now) noexcept {
  note(now);
  if (reached_ != health_status::unhealthy)
    reached_ = health_status::unknown;
}

void health_check_state::failure(time_point now) noexcept {
  note(now);
  successes_ = 0;
  count_up(failures_);
  if (failures_ >= config_.unhealthy_after)
    reached_ = health_status::unhealthy;
  else if (reached_ != health_status::unhealthy)
    reached_ = health_status::degraded;
}

void health_check_state::configure(const health_check_config& cfg) noexcept {
  config_ = cfg;
}

health_status health_check_state::status(time_point now) const noexcept {
  auto since = age(now);
  if (!since || *since > max_age_of(config_))
    return health_status::unknown;
  return reached_;
}

std::optional<duration> health_check_state::age(time_point now) const noexcept {
  if (!last_)
    return std::nullopt;
  return std::max(saturating_sub(now, *last_), duration::zero());
}

void health_check_state::note(time_point now) noexcept {
  last_ = std::max(last_.value_or(now), now);
}

void health_check_state::passed(time_point now, health_status better) noexcept {
  note(now);
  failures_ = 0;
  count_up(successes_);
  if (reached_ != health_status::unhealthy
      || successes_ >= config_.healthy_after)
    reached_ = better;
}

} // namespace resilience
