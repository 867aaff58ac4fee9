#include "resilience/rate_limiter.hpp"

namespace resilience {

namespace {

token_bucket::shape shape_of(const rate_limit_config& x) noexcept {
  return token_bucket::per_period(x.rate, x.period, x.burst);
}

} // namespace

faults validate(const rate_limit_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

rate_limiter::rate_limiter(const rate_limit_config& cfg) noexcept
  : config_(cfg), bucket_(shape_of(cfg)) {}

rate_limiter::decision rate_limiter::admit(time_point now) noexcept {
  if (bucket_.take(now))
    return {true, {}};
  return {false, bucket_.wait_time(now)};
}

void rate_limiter::configure(const rate_limit_config& cfg,
                             time_point now) noexcept {
  bucket_.configure(shape_of(cfg), now);
  config_ = cfg;
}

} // namespace resilience
