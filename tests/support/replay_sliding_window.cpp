// Recorded cases of kind `sliding_window`: the real window.
#include "resilience/sliding_window.hpp"

#include "support/instants.hpp"
#include "support/replay.hpp"

namespace resilience::test {

namespace {

/// Far enough for every case, and nothing can overflow before it.
constexpr int64_t last_ms = 8'000'000'000'000;
constexpr int64_t year_ms = 366ll * 24 * 3600 * 1000;

window_config read_config(const node& x) {
  x.only({"window", "window_size", "minimum_calls", "failure_rate_threshold",
          "slow_call_rate_threshold", "slow_call_duration_ms"});
  auto number = [&](const char* key) {
    return static_cast<int32_t>(x.at(key).integer(0, INT32_MAX));
  };
  auto kind = parse_name<window_kind>(x.at("window").text());
  if (!kind)
    x.at("window").fail("must be " + known_names<window_kind>());
  window_config result;
  result.kind = *kind;
  result.window_size = number("window_size");
  result.minimum_calls = number("minimum_calls");
  result.failure_rate_threshold = x.at("failure_rate_threshold").number(0, 100);
  result.slow_call_rate_threshold =
    x.at("slow_call_rate_threshold").number(0, 100);
  result.slow_call_duration =
    ms(x.at("slow_call_duration_ms").integer(0, year_ms));
  if (auto found = validate(result); !found.empty())
    x.fail("is no valid configuration: " + to_string(found));
  return result;
}

outcome read_outcome(const node& step) {
  auto name = step.at("outcome").text();
  if (name == "success")
    return outcome::success;
  if (name != "failure")
    step.at("outcome").fail("must be success or failure");
  return outcome::failure;
}

int64_t replay_step(const node& step, int64_t last, sliding_window& window,
                    report& out) {
  auto op = step.at("op").text();
  out.begin_step(op);
  auto now = step.at("at_ms").integer(last, last_ms);
  if (op == "record") {
    step.only({"op", "at_ms", "outcome", "duration_ms", "expect"});
    auto took = ms(step.at("duration_ms").integer(0, year_ms));
    window.record(read_outcome(step), took, at(now));
  } else if (op == "read") {
    step.only({"op", "at_ms", "expect"});
  } else {
    step.at("op").fail("is an unknown operation: '" + op + "'");
  }
  auto expect = step.at("expect");
  expect.only({"failure_rate", "slow_call_rate", "buffered_calls",
               "failed_calls", "slow_calls", "trips"});
  auto got = window.rates(at(now));
  constexpr auto tolerance = 1e-4;
  out.check_near(expect, "failure_rate", got.failure_rate, tolerance);
  out.check_near(expect, "slow_call_rate", got.slow_call_rate, tolerance);
  out.check(expect, "buffered_calls", got.buffered_calls);
  out.check(expect, "failed_calls", got.failed_calls);
  out.check(expect, "slow_calls", got.slow_calls);
  out.check(expect, "trips", window.trips(at(now)));
  out.end_step();
  return now;
}

} // namespace

void replay_sliding_window(const node& scenario, report& out) {
  scenario.only({"name", "config", "steps"});
  out.begin_scenario(scenario.at("name").text());
  sliding_window window{read_config(scenario.at("config"))};
  auto steps = scenario.at("steps");
  int64_t now = 0;
  for (size_t i = 0; i < steps.size(); ++i)
    now = replay_step(steps.at(i), now, window, out);
  out.end_scenario();
}

} // namespace resilience::test
