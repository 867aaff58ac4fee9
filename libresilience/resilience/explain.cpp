#include "resilience/explain.hpp"

#include <algorithm>
#include <cmath>

namespace resilience {

namespace {

using namespace std::string_literals;

std::string count(int64_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

// @pre `whole > 0`: any window needs a result to decide something
std::string percent(uint64_t part, uint64_t whole) {
  auto tenths = part * 1'000 / whole;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string seconds(duration d) {
  return to_string(std::chrono::ceil<std::chrono::milliseconds>(d));
}

// What made it change its state, with the limits now in force.
std::string reason(const transition_event& x) {
  switch (x.why) {
    case cause::failures:
      return count(x.failures, "call") + " in a row failed";
    case cause::probe_failed:
      return "a probe failed";
    case cause::cooldown_elapsed:
      return "the cooldown was over";
    case cause::probes_succeeded:
      return "enough probes succeeded";
    case cause::reset:
      return "it was reset by hand";
    case cause::isolated:
      return "it was isolated";
    case cause::disabled:
      return "it was disabled or turned off";
    case cause::restored:
      return "what had been set by hand or by health was taken back";
    case cause::failure_rate:
      return "too large a share of the calls in its window failed";
    case cause::slow_call_rate:
      return "too large a share of the calls in its window was slow";
  }
  return "unknown";
}

std::string owners(uint8_t bits) {
  std::string result;
  for (auto who : {owner::hand, owner::health, owner::cluster})
    if ((bits >> static_cast<unsigned>(who) & 1u) != 0)
      result += (result.empty() ? "" : " and ") + std::string{to_string(who)};
  return result.empty() ? "nobody" : result;
}

std::string rate_line(const char* what, uint64_t part, uint64_t calls,
                      double limit) {
  return "  "s + what + ": " + percent(part, calls) + " of "
         + std::to_string(calls) + " calls; opens at " + number_text(limit)
         + " %\n";
}

void add_window(std::string& out, const circuit_snapshot& x) {
  if (!x.config || !x.config->window)
    return;
  const auto& w = *x.config->window;
  auto calls = x.memory.window_calls;
  auto least = static_cast<uint64_t>(effective_minimum(w));
  if (calls < least) {
    out += "  window: " + std::to_string(calls) + " of the "
           + std::to_string(least) + " calls below which it decides nothing\n";
    return;
  }
  out += rate_line("failed", x.memory.window_failed, calls,
                   w.failure_rate_threshold);
  out +=
    rate_line("slow", x.memory.window_slow, calls, w.slow_call_rate_threshold);
}

void add_outlook(std::string& out, const circuit_snapshot& x) {
  const auto cfg = x.config.value_or(breaker_config{});
  const auto& m = x.memory;
  switch (m.state) {
    case circuit_state::closed:
      out += "  " + std::to_string(m.failures) + " of "
             + count(cfg.failure_threshold, "failure")
             + " in a row that would open it\n";
      add_window(out, x);
      break;
    case circuit_state::open:
      out += "  probes in " + seconds(m.remaining);
      if (m.reopened > 0)
        out += ", after " + count(m.reopened, "failed round") + " of probes";
      out += "\n";
      break;
    case circuit_state::half_open:
      out += "  " + std::to_string(m.successes) + " of "
             + count(cfg.success_threshold, "successful probe")
             + " that would close it, "
             + std::to_string(cfg.half_open_max_calls)
             + " at a time; one that fails opens it\n";
      break;
    case circuit_state::isolated:
      out += "  isolated by " + owners(m.isolation)
             + "; rejects everything until restored or reset\n";
      break;
    case circuit_state::disabled:
      out += m.disabled_by_hand ? "  by hand; lets everything pass until "
                                  "restored or reset\n"
                                : "  its policy turns the breaker off\n";
  }
}

} // namespace

std::string explain(const circuit_snapshot& x,
                    std::span<const transition_event> latest) {
  auto out = "\"" + x.name + "\" is " + to_string(x.memory.state);
  if (!latest.empty() && latest.back().to == x.memory.state)
    out += " since " + iso8601(latest.back().at) + ": " + reason(latest.back());
  else if (latest.empty() && x.memory.generation == 1)
    out += " since it was made";
  out += "\n";
  add_outlook(out, x);
  if (x.last_failure) {
    out += "  last failure " + iso8601(x.last_failure->at);
    if (!x.last_failure->reason.empty())
      out += ": " + x.last_failure->reason;
    out += "\n";
  }
  for (const auto& e : latest)
    out += "  " + iso8601(e.at) + " " + to_string(e.from) + " -> "
           + to_string(e.to) + ": " + reason(e) + "\n";
  return out;
}

} // namespace resilience
