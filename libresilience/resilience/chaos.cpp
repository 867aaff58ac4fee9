#include "resilience/chaos.hpp"

#include "resilience/random.hpp"

namespace resilience {

faults validate(const chaos_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  auto sum = x.error_rate + x.delay_rate + x.drop_rate + x.duplicate_rate;
  // As people add: ten times a tenth is 1.
  if (result.empty() && sum > 1 + 1e-9)
    result.push_back(prefix + "error_rate, " + prefix + "delay_rate, " + prefix
                     + "drop_rate and " + prefix
                     + "duplicate_rate add up to more than 1: "
                     + number_text(sum));
  return result;
}

chaos::chaos(const chaos_config& cfg) noexcept
  : config_(cfg), state_(static_cast<uint64_t>(cfg.seed)) {}

injected chaos::draw() noexcept {
  auto left = draw_uniform(state_);
  auto falls_into = [&](double share) {
    auto hit = left < share;
    left -= share;
    return hit;
  };
  if (falls_into(config_.error_rate))
    return injected::error;
  if (falls_into(config_.delay_rate))
    return injected::delay;
  if (falls_into(config_.drop_rate))
    return injected::drop;
  if (falls_into(config_.duplicate_rate))
    return injected::duplicate;
  return injected::nothing;
}

void chaos::configure(const chaos_config& cfg) noexcept {
  if (cfg.seed != config_.seed)
    state_ = static_cast<uint64_t>(cfg.seed);
  config_ = cfg;
}

} // namespace resilience
