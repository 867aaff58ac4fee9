#include "resilience/retry_budget.hpp"

namespace resilience {

namespace {

token_bucket::shape shape_of(const retry_budget_config& x) noexcept {
  return token_bucket::per_second(x.capacity, x.per_second);
}

} // namespace

faults validate(const retry_budget_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

retry_budget::retry_budget(const retry_budget_config& cfg) noexcept
  : config_(cfg), per_call_(token_bucket::units(cfg.per_call)),
    bucket_(shape_of(cfg)) {}

void retry_budget::on_calls(uint64_t count) noexcept {
  bucket_.add(per_call_, count);
}

bool retry_budget::take(time_point now) noexcept {
  return bucket_.take(now);
}

void retry_budget::configure(const retry_budget_config& cfg,
                             time_point now) noexcept {
  bucket_.configure(shape_of(cfg), now);
  per_call_ = token_bucket::units(cfg.per_call);
  config_ = cfg;
}

} // namespace resilience
