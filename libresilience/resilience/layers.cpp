#include "resilience/layers.hpp"

#include <algorithm>
#include <limits>

namespace resilience {

namespace {

// A bulkhead that is off holds nobody back, and nobody waits for it.
bulkhead_config unbounded() noexcept {
  return {.max_concurrent = std::numeric_limits<int32_t>::max()};
}

std::optional<retry_budget_config>
budget_of(const std::optional<retry_config>& x) noexcept {
  return x ? x->budget : std::nullopt;
}

} // namespace

bool layers::wanted(const policy& p) noexcept {
  return bits_of(p) != 0;
}

uint32_t layers::bits_of(const policy& p) noexcept {
  auto substitutes =
    p.timeout && p.timeout->on_timeout != timeout_action::raise;
  return (p.rate_limiter ? limiter_bit : 0u) | (p.bulkhead ? bulkhead_bit : 0u)
         | (p.retry && p.retry->max_attempts > 1 ? retry_bit : 0u)
         | (p.fallback ? fallback_bit : 0u)
         | (p.timeout && p.timeout->total ? total_bit : 0u)
         | (substitutes ? substitute_bit : 0u);
}

layers::layers(const policy& p, uint64_t seed)
  : limiter_(p.rate_limiter.value_or(rate_limit_config{})),
    bulkhead_(p.bulkhead.value_or(unbounded())),
    budget_(budget_of(p.retry).value_or(retry_budget_config{})),
    random_state_(seed) {
  store_settings(p);
}

std::vector<uint64_t> layers::configure(const policy& p, time_point now) {
  std::lock_guard<std::mutex> guard{mutex_};
  // The calls so far count at the rate that was in force.
  credit_budget();
  // What is turned on now starts full, as in a new guard.
  if (p.rate_limiter && has(limiter_bit))
    limiter_.configure(*p.rate_limiter, now);
  else if (p.rate_limiter)
    limiter_ = rate_limiter{*p.rate_limiter};
  auto budget = budget_of(p.retry);
  if (budget && budget_of(retry_))
    budget_.configure(*budget, now);
  else if (budget)
    budget_ = retry_budget{*budget};
  store_settings(p);
  return bulkhead_.configure(p.bulkhead.value_or(unbounded()));
}

void layers::store_settings(const policy& p) {
  auto timeout = p.timeout.value_or(timeout_config{});
  retry_ = p.retry;
  fallback_ = p.fallback;
  total_setting_ = timeout.total;
  total_ = timeout.total.value_or(duration::max()).count();
  on_timeout_ = timeout.on_timeout;
  max_wait_ = p.bulkhead.value_or(unbounded()).max_wait.count();
  fallback_limit_ = p.fallback.value_or(fallback_config{}).limit.count();
  armed_.store(bits_of(p), std::memory_order_release);
}

// -- rate limiter -------------------------------------------------------------

rate_limiter::decision layers::take_token(time_point now) {
  if (!has(limiter_bit))
    return {true, {}};
  std::lock_guard<std::mutex> guard{mutex_};
  auto result = limiter_.admit(now);
  if (!result)
    ++metrics_.rate_limited;
  return result;
}

// -- bulkhead -----------------------------------------------------------------

std::optional<uint64_t> layers::leave() {
  std::lock_guard<std::mutex> guard{mutex_};
  return bulkhead_.leave();
}

void layers::abandon(uint64_t id, bool too_long) {
  std::lock_guard<std::mutex> guard{mutex_};
  // If it does not wait any more, it was promoted: who promotes finds it gone
  // and passes the place on.
  bulkhead_.abandon(id);
  if (too_long)
    ++metrics_.bulkhead_full;
}

// -- retry --------------------------------------------------------------------

void layers::credit_budget() noexcept {
  budget_.on_calls(calls_.exchange(0, std::memory_order_relaxed));
}

bool layers::may_retry(const error_id& e) const {
  std::lock_guard<std::mutex> guard{mutex_};
  return retry_ && resilience::may_retry(*retry_, e);
}

layers::retry_decision layers::decide(const failed_attempt& x, time_point now) {
  std::lock_guard<std::mutex> guard{mutex_};
  if (!retry_ || x.attempts >= retry_->max_attempts)
    return {retry_stop::attempts};
  if (x.hint && *x.hint > retry_->max_hint)
    return {retry_stop::hint};
  const auto& how = retry_->backoff;
  auto previous = x.attempts > 1 ? x.previous : how.initial_delay;
  auto delay =
    backoff_delay(how, x.attempts, previous, draw_uniform(random_state_));
  if (x.hint)
    delay = std::max(delay, *x.hint);
  if (saturating_add(now, delay) >= x.latest)
    return {retry_stop::deadline};
  credit_budget();
  if (retry_->budget && !budget_.take(now))
    return {retry_stop::budget};
  ++metrics_.retries;
  return {std::nullopt, delay};
}

// -- fallback -----------------------------------------------------------------

bool layers::covers(const error_id& e) const {
  std::lock_guard<std::mutex> guard{mutex_};
  return fallback_ && resilience::covers(*fallback_, e);
}

void layers::count_fallback(bool answered) noexcept {
  std::lock_guard<std::mutex> guard{mutex_};
  ++(answered ? metrics_.fallbacks : metrics_.fallback_failures);
}

void layers::count_substitute() noexcept {
  std::lock_guard<std::mutex> guard{mutex_};
  ++metrics_.substituted;
}

void layers::count_hook_failure() noexcept {
  std::lock_guard<std::mutex> guard{mutex_};
  ++metrics_.hook_failures;
}

// -- properties ---------------------------------------------------------------

void layers::describe_into(policy& into) const {
  std::lock_guard<std::mutex> guard{mutex_};
  if (has(limiter_bit))
    into.rate_limiter = limiter_.config();
  if (has(bulkhead_bit))
    into.bulkhead = bulkhead_.config();
  into.retry = retry_;
  into.fallback = fallback_;
  if (!into.timeout)
    return;
  into.timeout->total = total_setting_;
  into.timeout->on_timeout = on_timeout();
}

layer_metrics layers::metrics(time_point now) {
  std::lock_guard<std::mutex> guard{mutex_};
  credit_budget();
  auto result = metrics_;
  result.running = bulkhead_.in_use();
  result.queued = bulkhead_.queued();
  if (budget_of(retry_))
    result.retry_budget = budget_.tokens(now);
  return result;
}

} // namespace resilience
