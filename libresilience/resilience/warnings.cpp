// Settings that are allowed and do harm.
#include "resilience/policy.hpp"

#include <algorithm>

namespace resilience {

namespace {

using texts = std::vector<std::string>;

void check_breaker(texts& out, const policy& x) {
  if (!x.breaker && !x.timeout)
    out.push_back("without breaker and timeout callers wait for a silent "
                  "target until the lease");
  if (!x.breaker || !x.timeout)
    return;
  const auto& b = *x.breaker;
  if (b.window && b.window->slow_call_rate_threshold < 100
      && b.window->slow_call_duration >= x.timeout->limit)
    out.push_back("no call is slow: the timeout ends it before "
                  "slow_call_duration");
  // One round of slow probes is what half-open is for.
  auto rounds = (b.success_threshold - 1) / b.half_open_max_calls + 1;
  auto longest = saturating_mul(x.timeout->limit, rounds);
  if (rounds > 1 && longest > b.cooldown)
    out.push_back("success_threshold asks for " + std::to_string(rounds)
                  + " rounds of probes, which may take " + to_string(longest)
                  + ": longer than the cooldown");
}

/// All attempts at their limit and the delays between them.
duration longest_call(const retry_config& x, duration limit) {
  auto plain = x.backoff;
  plain.jitter = jitter_kind::none;
  auto result = saturating_mul(limit, x.max_attempts);
  for (int32_t i = 1; i < x.max_attempts; ++i)
    result = saturating_add(result, backoff_delay(plain, i, {}, 0));
  return result;
}

void check_total(texts& out, const policy& x) {
  if (!x.timeout || !x.timeout->total)
    return;
  auto total = *x.timeout->total;
  if (total <= x.timeout->limit)
    out.push_back("the timeout's limit has no effect: the total is no longer");
  else if (x.retry && longest_call(*x.retry, x.timeout->limit) > total)
    out.push_back(std::to_string(x.retry->max_attempts)
                  + " attempts at their limit and their delays take "
                  + to_string(longest_call(*x.retry, x.timeout->limit))
                  + ": the total of " + to_string(total) + " ends them before");
  if (x.bulkhead && x.bulkhead->max_queue > 0 && x.bulkhead->max_wait >= total)
    out.push_back("who waits for a place that long has no time left: max_wait "
                  "is no shorter than the total");
}

void check_retry(texts& out, const policy& x) {
  if (!x.retry)
    return;
  const auto& r = *x.retry;
  if (r.max_attempts == 1) {
    out.push_back("retry has no effect: max_attempts is 1");
    return;
  }
  if (!r.budget)
    out.push_back("without a budget retries multiply the load on a target that "
                  "is down");
  if (r.backoff.max_delay < r.backoff.initial_delay)
    out.push_back("initial_delay has no effect: max_delay is shorter");
  if (r.backoff.jitter == jitter_kind::none)
    out.push_back("without jitter callers who failed together come back "
                  "together");
  if (x.breaker && r.max_attempts >= x.breaker->failure_threshold)
    out.push_back("one call alone opens the circuit: max_attempts is no less "
                  "than failure_threshold");
  for (const auto& pattern : r.retry_on)
    if (std::find(r.dont_retry_on.begin(), r.dont_retry_on.end(), pattern)
        != r.dont_retry_on.end())
      out.push_back("retry_on and dont_retry_on both name " + pattern
                    + ": it is not tried again");
}

void check_bulkhead(texts& out, const policy& x) {
  if (!x.bulkhead)
    return;
  const auto& b = *x.bulkhead;
  if (b.max_queue > 0 && b.max_wait == duration::zero())
    out.push_back("nobody waits in the queue: max_wait is 0");
  if (b.max_concurrent > x.max_in_flight - b.max_queue)
    out.push_back("the bulkhead and its queue never fill: max_in_flight is "
                  "less");
}

void check_restart(texts& out, const policy& x) {
  if (!x.restart)
    return;
  const auto& r = *x.restart;
  if (r.max_restarts == 0)
    out.push_back("restart has no effect: max_restarts is 0");
  else if (r.backoff.max_delay == duration::zero()
           || r.backoff.initial_delay == duration::zero())
    out.push_back("a target that ends at once is restarted without a pause");
}

void check_hedge(texts& out, const policy& x) {
  if (!x.hedge)
    return;
  const auto& h = *x.hedge;
  if (!h.budget && !(x.retry && x.retry->budget))
    out.push_back("without a budget hedges double the load on a target that "
                  "has become slow");
  if (x.timeout && h.delay >= x.timeout->limit && !h.quantile)
    out.push_back("hedge has no effect: the timeout's limit is no longer than "
                  "its delay");
  if (h.delay == duration::zero() && !h.quantile)
    out.push_back("every request is sent twice: the delay of hedge is 0");
}

void check_shedding(texts& out, const policy& x) {
  if (x.shedding && x.timeout && x.shedding->max_age >= x.timeout->limit)
    out.push_back("shedding has no effect: the timeout's limit is no longer "
                  "than its max_age");
}

void check_chaos(texts& out, const policy& x) {
  if (!x.chaos)
    return;
  out.push_back("chaos is on: faults are made on purpose");
  if (x.timeout && x.chaos->delay_rate > 0
      && x.chaos->delay >= x.timeout->limit)
    out.push_back("who is delayed by chaos times out: its delay is no shorter "
                  "than the timeout's limit");
}

} // namespace

std::vector<std::string> warnings(const policy& x) {
  texts result;
  check_breaker(result, x);
  check_total(result, x);
  check_retry(result, x);
  check_bulkhead(result, x);
  check_restart(result, x);
  check_hedge(result, x);
  check_shedding(result, x);
  check_chaos(result, x);
  return result;
}

} // namespace resilience
