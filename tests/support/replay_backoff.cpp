// Recorded cases of kind `backoff`: the delay after so many failures.
#include "resilience/backoff.hpp"

#include "support/instants.hpp"
#include "support/replay.hpp"

#include <limits>

namespace resilience::test {

namespace {

constexpr int64_t year_ms = 366ll * 24 * 3600 * 1000;

template <class Enum>
Enum read_name(const node& x) {
  auto name = x.text();
  auto result = parse_name<Enum>(name);
  if (!result)
    x.fail("must be " + known_names<Enum>() + ", is '" + name + "'");
  return *result;
}

backoff_config read_config(const node& x) {
  x.only({"initial_delay_ms", "max_delay_ms", "exponential_base", "backoff",
          "jitter"});
  constexpr auto any = std::numeric_limits<double>::max();
  backoff_config result;
  result.initial_delay = ms(x.at("initial_delay_ms").integer(0, year_ms));
  result.max_delay = ms(x.at("max_delay_ms").integer(0, year_ms));
  result.exponential_base = x.at("exponential_base").number(-any, any);
  result.kind = read_name<backoff_kind>(x.at("backoff"));
  result.jitter = read_name<jitter_kind>(x.at("jitter"));
  if (auto found = validate(result); !found.empty())
    x.fail("is no valid configuration: " + to_string(found));
  return result;
}

/// `previous` is the delay of the step before; the first attempt starts anew.
void replay_step(const node& step, const backoff_config& cfg,
                 duration& previous, report& out) {
  step.only({"op", "attempt", "uniform", "expect"});
  auto op = step.at("op").text();
  out.begin_step(op);
  if (op != "delay")
    step.at("op").fail("is an unknown operation: '" + op + "'");
  constexpr auto most = std::numeric_limits<int64_t>::max();
  auto attempt = step.at("attempt").integer(1, most);
  if (attempt == 1)
    previous = cfg.initial_delay;
  auto uniform = step.at("uniform").number(0, 1);
  previous = backoff_delay(cfg, attempt, previous, uniform);
  auto expect = step.at("expect");
  expect.only({"delay_ms"});
  std::chrono::duration<double, std::milli> got = previous;
  out.check_near(expect, "delay_ms", got.count(), 0.001);
  out.end_step();
}

} // namespace

void replay_backoff(const node& scenario, report& out) {
  scenario.only({"name", "config", "steps"});
  out.begin_scenario(scenario.at("name").text());
  auto cfg = read_config(scenario.at("config"));
  auto previous = cfg.initial_delay;
  auto steps = scenario.at("steps");
  for (size_t i = 0; i < steps.size(); ++i)
    replay_step(steps.at(i), cfg, previous, out);
  out.end_scenario();
}

} // namespace resilience::test
