#include "resilience/policy.hpp"

#include <cmath>
#include <cstddef>

namespace resilience {

namespace {

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

void warn(std::string& out, const std::string& text) {
  out += "warning:   " + text + "\n";
}

} // namespace

faults validate(const policy& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

std::string describe(const policy& x) {
  std::string out;
  out += "guard:     " + (x.name.empty() ? "(no name)" : x.name);
  if (!x.provider.empty())
    out += " (" + x.provider + ")";
  out += "\nin flight: at most " + std::to_string(x.max_in_flight)
         + " requests, then overloaded\nbreaker:   ";
  out += x.breaker ? describe(*x.breaker) : "off: nothing trips";
  out += "\ntimeout:   ";
  out += x.timeout ? "timed_out after " + to_string(x.timeout->limit)
                   : "off: only the lease bounds an attempt";
  out += "\n";
  if (!x.breaker && !x.timeout)
    warn(out, "without breaker and timeout callers wait for a silent target "
              "until the lease");
  if (x.breaker && x.breaker->window && x.timeout
      && x.breaker->window->slow_call_rate_threshold < 100
      && x.breaker->window->slow_call_duration >= x.timeout->limit)
    warn(out, "no call is slow: the timeout ends it before slow_call_duration");
  return out;
}

} // namespace resilience
