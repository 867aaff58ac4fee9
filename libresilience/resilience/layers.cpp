#include "resilience/layers.hpp"

#include <algorithm>
#include <limits>

namespace resilience {

namespace {

// A bulkhead that is off holds nobody back, and nobody waits for it.
bulkhead_config unbounded() noexcept {
  return {.max_concurrent = std::numeric_limits<int32_t>::max()};
}

const retry_budget_config*
budget_of(const std::optional<retry_config>& r,
          const std::optional<hedge_config>& h) noexcept {
  if (r && r->budget)
    return &*r->budget;
  return h && h->budget ? &*h->budget : nullptr;
}

retry_budget make_budget(const policy& p) noexcept {
  auto x = budget_of(p.retry, p.hedge);
  return x != nullptr ? retry_budget{*x} : retry_budget{};
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
         | (substitutes ? substitute_bit : 0u) | (p.hedge ? hedge_bit : 0u)
         | (p.shedding ? shedding_bit : 0u) | (p.chaos ? chaos_bit : 0u)
         | (p.keyed ? keyed_bit : 0u)
         | (p.hedge && p.hedge->quantile ? quantile_bit : 0u)
         | (p.bulkhead && p.bulkhead->adaptive ? adaptive_bit : 0u);
}

layers::layers(const policy& p, uint64_t seed)
  : limiter_(p.rate_limiter.value_or(rate_limit_config{})),
    budget_(make_budget(p)), chaos_(p.chaos.value_or(chaos_config{})),
    random_state_(seed) {
  store_settings(p, time_point::min());
  bulkhead_ = bulkhead{bulkhead_now()};
}

std::vector<uint64_t> layers::configure(const policy& p, time_point now) {
  std::lock_guard<brief_mutex> guard{mutex_};
  // The calls so far count at the rate that was in force.
  credit_budget();
  // What is turned on now starts full, as in a new guard.
  if (p.rate_limiter && has(limiter_bit))
    limiter_.configure(*p.rate_limiter, now);
  else if (p.rate_limiter)
    limiter_ = rate_limiter{*p.rate_limiter};
  auto budget = budget_of(p.retry, p.hedge);
  if (budget != nullptr && budget_in_force() != nullptr)
    budget_.configure(*budget, now);
  else if (budget != nullptr)
    budget_ = retry_budget{*budget};
  if (p.chaos && has(chaos_bit))
    chaos_.configure(*p.chaos);
  else if (p.chaos)
    chaos_ = chaos{*p.chaos};
  store_settings(p, now);
  return bulkhead_.configure(bulkhead_now());
}

void layers::store_settings(const policy& p, time_point now) {
  auto timeout = p.timeout.value_or(timeout_config{});
  bulkhead_setting_ = p.bulkhead;
  configure_adaptive();
  retry_ = p.retry;
  hedge_ = p.hedge;
  configure_latencies(now);
  fallback_ = p.fallback;
  total_setting_ = timeout.total;
  total_ = timeout.total.value_or(duration::max()).count();
  on_timeout_ = timeout.on_timeout;
  max_wait_ = p.bulkhead.value_or(unbounded()).max_wait.count();
  fallback_limit_ = p.fallback.value_or(fallback_config{}).limit.count();
  max_age_ = p.shedding.value_or(shedding_config{}).max_age.count();
  armed_.store(bits_of(p), std::memory_order_release);
}

// -- rate limiter -------------------------------------------------------------

rate_limiter::decision layers::take_token(time_point now) {
  if (!has(limiter_bit))
    return {true, {}};
  std::lock_guard<brief_mutex> guard{mutex_};
  auto result = limiter_.admit(now);
  if (!result)
    ++metrics_.rate_limited;
  return result;
}

// -- bulkhead -----------------------------------------------------------------

std::optional<uint64_t> layers::leave() {
  std::lock_guard<brief_mutex> guard{mutex_};
  return bulkhead_.leave();
}

void layers::abandon(uint64_t id, bool too_long) {
  std::lock_guard<brief_mutex> guard{mutex_};
  // If it does not wait any more, it was promoted: who promotes finds it gone
  // and passes the place on.
  bulkhead_.abandon(id);
  if (too_long)
    ++metrics_.bulkhead_full;
}

// -- latencies ----------------------------------------------------------------

void layers::configure_adaptive() {
  if (!bulkhead_setting_ || !bulkhead_setting_->adaptive) {
    adaptive_.reset();
    return;
  }
  const auto& how = *bulkhead_setting_->adaptive;
  auto ceiling = bulkhead_setting_->max_concurrent;
  // What was learned stays.
  if (adaptive_)
    adaptive_->configure(how, ceiling);
  else
    adaptive_.emplace(how, ceiling, split_mix(random_state_));
}

void layers::configure_latencies(time_point now) {
  if (!hedge_ || !hedge_->quantile) {
    latencies_.reset();
    return;
  }
  quantile_config how{.quantile = *hedge_->quantile};
  if (latencies_)
    latencies_->configure(how, now);
  else
    latencies_ = std::make_unique<recent_latency>(how);
}

bulkhead_config layers::bulkhead_now() const {
  auto result = bulkhead_setting_.value_or(unbounded());
  if (adaptive_)
    result.max_concurrent = adaptive_->limit();
  return result;
}

std::vector<uint64_t> layers::learn(outcome what, duration took,
                                    time_point now) {
  std::lock_guard<brief_mutex> guard{mutex_};
  if (latencies_ && what == outcome::success)
    latencies_->record(took, now);
  if (!adaptive_)
    return {};
  auto before = adaptive_->limit();
  adaptive_->record(what, took, static_cast<int32_t>(bulkhead_.in_use()), now);
  if (adaptive_->limit() == before)
    return {};
  return bulkhead_.limit(adaptive_->limit());
}

// -- retry --------------------------------------------------------------------

void layers::credit_budget() noexcept {
  budget_.on_calls(calls_.exchange(0, std::memory_order_relaxed));
}

bool layers::may_retry(const error_id& e) const {
  std::lock_guard<brief_mutex> guard{mutex_};
  return retry_ && resilience::may_retry(*retry_, e);
}

layers::retry_decision layers::decide(const failed_attempt& x, time_point now) {
  std::lock_guard<brief_mutex> guard{mutex_};
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

const retry_budget_config* layers::budget_in_force() const noexcept {
  return budget_of(retry_, hedge_);
}

// -- hedges -------------------------------------------------------------------

duration layers::hedge_delay(time_point now) const {
  std::lock_guard<brief_mutex> guard{mutex_};
  if (!hedge_)
    return duration::max();
  auto known = latencies_ ? latencies_->value(now) : std::nullopt;
  return known.value_or(hedge_->delay);
}

bool layers::take_hedge(time_point now) {
  std::lock_guard<brief_mutex> guard{mutex_};
  credit_budget();
  if (!hedge_ || (budget_in_force() != nullptr && !budget_.take(now)))
    return false;
  ++metrics_.hedges;
  return true;
}

void layers::count_hedge_won() noexcept {
  std::lock_guard<brief_mutex> guard{mutex_};
  ++metrics_.hedges_won;
}

// -- chaos, shedding ----------------------------------------------------------

injected layers::draw_fault() {
  std::lock_guard<brief_mutex> guard{mutex_};
  auto result = has(chaos_bit) ? chaos_.draw() : injected::nothing;
  if (result != injected::nothing)
    ++metrics_.injected;
  return result;
}

duration layers::fault_delay() const {
  std::lock_guard<brief_mutex> guard{mutex_};
  return chaos_.config().delay;
}

void layers::count_shed() noexcept {
  std::lock_guard<brief_mutex> guard{mutex_};
  ++metrics_.shed;
}

// -- fallback -----------------------------------------------------------------

bool layers::covers(const error_id& e) const {
  std::lock_guard<brief_mutex> guard{mutex_};
  return fallback_ && resilience::covers(*fallback_, e);
}

void layers::count_fallback(bool answered) noexcept {
  std::lock_guard<brief_mutex> guard{mutex_};
  ++(answered ? metrics_.fallbacks : metrics_.fallback_failures);
}

void layers::count_substitute() noexcept {
  std::lock_guard<brief_mutex> guard{mutex_};
  ++metrics_.substituted;
}

void layers::count_hook_failure() noexcept {
  std::lock_guard<brief_mutex> guard{mutex_};
  ++metrics_.hook_failures;
}

// -- properties ---------------------------------------------------------------

void layers::describe_into(policy& into) const {
  std::lock_guard<brief_mutex> guard{mutex_};
  if (has(limiter_bit))
    into.rate_limiter = limiter_.config();
  into.bulkhead = bulkhead_setting_;
  into.retry = retry_;
  into.hedge = hedge_;
  if (has(shedding_bit))
    into.shedding = shedding_config{.max_age = max_age()};
  if (has(chaos_bit))
    into.chaos = chaos_.config();
  into.fallback = fallback_;
  if (!into.timeout)
    return;
  into.timeout->total = total_setting_;
  into.timeout->on_timeout = on_timeout();
}

layer_metrics layers::metrics(time_point now) {
  std::lock_guard<brief_mutex> guard{mutex_};
  credit_budget();
  auto result = metrics_;
  result.running = bulkhead_.in_use();
  result.queued = bulkhead_.queued();
  if (has(bulkhead_bit))
    result.concurrency_limit = bulkhead_.config().max_concurrent;
  result.chaos = has(chaos_bit);
  if (budget_in_force() != nullptr)
    result.retry_budget = budget_.tokens(now);
  return result;
}

} // namespace resilience
