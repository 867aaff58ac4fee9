// A policy in words: what will happen to a request, layer by layer.
#include "resilience/policy.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace resilience {

namespace {

std::string list_of(const std::vector<std::string>& xs) {
  std::string result;
  for (const auto& x : xs) {
    if (!result.empty())
      result += ", ";
    result += x;
  }
  return result;
}

std::string describe(const window_config& x) {
  auto calls =
    x.kind == window_kind::count
      ? "last " + std::to_string(x.window_size) + " calls"
      : "calls of the last " + std::to_string(x.window_size) + " seconds";
  return " or when of the " + calls + " (at least "
         + std::to_string(effective_minimum(x)) + ") "
         + number_text(x.failure_rate_threshold) + "% failed or "
         + number_text(x.slow_call_rate_threshold) + "% took longer than "
         + to_string(x.slow_call_duration);
}

// To the hundredth: 0.07 of something is no 7.000000000000001 %.
std::string percent(double share) {
  return number_text(std::round(share * 10'000) / 100) + "%";
}

std::string describe_cooldown(const breaker_config& x) {
  auto result = to_string(x.cooldown);
  if (x.cooldown_growth > 1)
    result += " (times " + number_text(x.cooldown_growth)
              + " after each failed probe, up to " + to_string(x.max_cooldown)
              + ")";
  if (x.cooldown_jitter > 0)
    result += " and up to " + percent(x.cooldown_jitter) + " more at random";
  return result;
}

std::string describe(const breaker_config& x) {
  auto n = [](int32_t value) { return std::to_string(value); };
  auto window = x.window ? describe(*x.window) : std::string{};
  return "opens after " + n(x.failure_threshold) + " failures in a row" + window
         + ", rejects for " + describe_cooldown(x) + ", then probes with up to "
         + n(x.half_open_max_calls) + " calls and closes after "
         + n(x.success_threshold)
         + " successes; a call nobody reports fails after "
         + to_string(x.lease);
}

std::string describe(const fallback_config& x) {
  auto which = x.on.empty() ? std::string{"every error"} : list_of(x.on);
  return "answers " + which + "; an actor has " + to_string(x.limit)
         + ", then the caller gets the error";
}

// The first three of so many delays, without jitter.
std::string describe_delays(backoff_config plain, int32_t count) {
  plain.jitter = jitter_kind::none;
  std::string result;
  constexpr int32_t most = 3;
  for (int32_t i = 1; i <= count && i <= most; ++i) {
    if (i > 1)
      result += ", ";
    result += to_string(backoff_delay(plain, i, plain.initial_delay, 0));
  }
  if (count > most)
    result += ", ... up to " + to_string(plain.max_delay);
  return result;
}

std::string describe_jitter(jitter_kind x) {
  switch (x) {
    case jitter_kind::none:
      return "";
    case jitter_kind::full:
      return ", each at random from nothing up to that";
    case jitter_kind::equal:
      return ", each at random from half of that up";
    default:
      return ", at random, up to three times the one before";
  }
}

std::string describe(const retry_budget_config& x) {
  return "up to " + number_text(x.capacity) + " retries saved, "
         + number_text(x.per_call) + " more per call and "
         + number_text(x.per_second) + " per second";
}

std::string describe(const retry_config& x) {
  if (x.max_attempts == 1)
    return "one attempt";
  auto result = "up to " + std::to_string(x.max_attempts)
                + " attempts, the delays between them "
                + describe_delays(x.backoff, x.max_attempts - 1)
                + describe_jitter(x.backoff.jitter) + "; tries again after ";
  result +=
    x.retry_on.empty() ? std::string{"every failure"} : list_of(x.retry_on);
  if (!x.dont_retry_on.empty())
    result += " but never after " + list_of(x.dont_retry_on);
  result += "; a target may ask for " + to_string(x.max_hint) + " at most; ";
  return result + (x.budget ? describe(*x.budget) : "no budget");
}

std::string describe(const restart_config& x) {
  auto which = x.when == restart_when::any_end
                 ? std::string{"a target that has ended"}
                 : std::string{"a target that has failed"};
  if (x.max_restarts == 0)
    return which + " stays down";
  return which + " is replaced up to " + std::to_string(x.max_restarts)
         + " times in " + to_string(x.window) + ", after "
         + describe_delays(x.backoff, x.max_restarts)
         + describe_jitter(x.backoff.jitter) + "; then it stays down";
}

std::string describe(const bulkhead_config& x) {
  auto result = std::to_string(x.max_concurrent) + " calls at once";
  if (x.max_queue > 0)
    result += ", " + std::to_string(x.max_queue) + " more wait up to "
              + to_string(x.max_wait);
  if (x.adaptive)
    result = "at most " + result + ", as few as latency says (at least "
             + std::to_string(x.adaptive->floor) + ")";
  return result + ", then bulkhead_full";
}

std::string describe(const rate_limit_config& x) {
  return std::to_string(x.rate) + " calls per " + to_string(x.period) + ", "
         + std::to_string(x.burst)
         + " at once after a pause, then rate_limited";
}

std::string describe(const hedge_config& x, bool budget_elsewhere) {
  auto when = x.quantile ? "takes longer than " + percent(*x.quantile)
                             + " of the recent calls (" + to_string(x.delay)
                             + " while there are few)"
                         : "takes longer than " + to_string(x.delay);
  auto bound = budget_elsewhere ? std::string{"within the budget of retry"}
               : x.budget       ? describe(*x.budget)
                                : std::string{"no budget"};
  return "a request marked as idempotent is sent again if it " + when
         + "; the first answer wins; " + bound;
}

std::string describe(const shedding_config& x) {
  return "target_stuck while the oldest attempt is older than "
         + to_string(x.max_age);
}

std::string describe(const keyed_config& x) {
  return "a circuit for each key, up to " + std::to_string(x.max_keys)
         + ", the rest share the guard's; a closed one is forgotten after "
         + to_string(x.idle_after);
}

std::string describe(const chaos_config& x) {
  return percent(x.error_rate) + " of attempts fail, " + percent(x.delay_rate)
         + " are late by " + to_string(x.delay) + ", " + percent(x.drop_rate)
         + " are lost, " + percent(x.duplicate_rate)
         + " are answered twice (seed " + std::to_string(x.seed) + ")";
}

class lines {
public:
  void add(std::string_view name, const std::string& what) {
    constexpr size_t column = 11;
    text_ += name;
    text_ += ':';
    text_.append(column - std::min(column, name.size() + 1), ' ');
    text_ += what;
    text_ += '\n';
  }

  std::string take() {
    return std::move(text_);
  }

private:
  std::string text_;
};

void add_outer_layers(lines& out, const policy& x) {
  if (x.timeout && x.timeout->on_timeout != timeout_action::raise)
    out.add("instead", x.timeout->on_timeout == timeout_action::return_none
                         ? "of timed_out the caller gets an empty answer"
                         : "of timed_out the caller gets the default value");
  if (x.fallback)
    out.add("fallback", describe(*x.fallback));
  if (x.timeout && x.timeout->total)
    out.add("total", "timed_out after " + to_string(*x.timeout->total)
                       + ", queue and delays included");
  if (x.shedding)
    out.add("shedding", describe(*x.shedding));
  if (x.rate_limiter)
    out.add("rate", describe(*x.rate_limiter));
  if (x.bulkhead)
    out.add("bulkhead", describe(*x.bulkhead));
  if (x.retry)
    out.add("retry", describe(*x.retry));
  if (x.hedge)
    out.add("hedge", describe(*x.hedge, x.retry && x.retry->budget));
}

} // namespace

std::string describe(const policy& x) {
  lines out;
  auto name = x.name.empty() ? std::string{"(no name)"} : x.name;
  if (!x.provider.empty())
    name += " (" + x.provider + ")";
  out.add("guard", name);
  out.add("in flight", "at most " + std::to_string(x.max_in_flight)
                         + " requests, then overloaded");
  add_outer_layers(out, x);
  if (x.keyed)
    out.add("keys", describe(*x.keyed));
  out.add("breaker", x.breaker ? describe(*x.breaker) : "off: nothing trips");
  out.add("timeout", x.timeout
                       ? "timed_out after " + to_string(x.timeout->limit)
                       : "off: only the lease bounds an attempt");
  if (x.chaos)
    out.add("chaos", describe(*x.chaos));
  if (x.restart)
    out.add("restart", describe(*x.restart));
  for (const auto& text : warnings(x))
    out.add("warning", text);
  return out.take();
}

} // namespace resilience
