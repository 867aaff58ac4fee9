// Recorded cases of kind `circuit_breaker`: the real circuit and ledger.
#include "support/breaker_driver.hpp"
#include "support/instants.hpp"
#include "support/replay.hpp"

#include <limits>

namespace resilience::test {

namespace {

/// Far enough for every case, and nothing can overflow before it: a year of
/// lease or cooldown still fits.
constexpr int64_t last_ms = 8'000'000'000'000;
constexpr int64_t year_ms = 366ll * 24 * 3600 * 1000;

breaker_config read_config(const node& x) {
  x.only({"failure_threshold", "cooldown_ms", "half_open_max_calls",
          "success_threshold", "lease_ms"});
  auto number = [&](const char* key) {
    constexpr auto max = std::numeric_limits<int32_t>::max();
    return static_cast<int32_t>(x.at(key).integer(0, max));
  };
  breaker_config result;
  result.failure_threshold = number("failure_threshold");
  result.cooldown = ms(x.at("cooldown_ms").integer(0, year_ms));
  result.half_open_max_calls = number("half_open_max_calls");
  result.success_threshold = number("success_threshold");
  result.lease = ms(x.at("lease_ms").integer(0, year_ms));
  if (auto found = validate(result); !found.empty())
    x.fail("is no valid configuration: " + to_string(found));
  return result;
}

uint64_t read_id(const node& step) {
  constexpr auto max = std::numeric_limits<int64_t>::max();
  return static_cast<uint64_t>(step.at("id").integer(0, max));
}

void check_admission(const node& expect, const admission& got, report& out) {
  expect.only(
    {"allowed", "reason", "retry_after_ms", "state", "failures", "successes"});
  out.check(expect, "allowed", static_cast<bool>(got));
  out.check(expect, "reason", to_string(got.reason));
  // Rounded up, as everywhere: never back too early.
  auto wait = std::chrono::ceil<std::chrono::milliseconds>(got.retry_after);
  out.check(expect, "retry_after_ms", wait.count());
}

void check_settled(const node& expect, bool accepted, report& out) {
  expect.only({"accepted", "state", "failures", "successes"});
  out.check(expect, "accepted", accepted);
}

void check_state(const node& expect, breaker_driver& driver, report& out) {
  auto now = driver.status();
  out.check(expect, "state", to_string(now.state));
  out.check(expect, "failures", now.consecutive_failures);
  out.check(expect, "successes", now.consecutive_successes);
}

void replay_step(const node& step, breaker_driver& driver, report& out) {
  step.only({"op", "id", "ms", "at_ms", "expect"});
  auto op = step.at("op").text();
  out.begin_step(op);
  auto expect = step.at("expect");
  auto now = driver.now().time_since_epoch() / 1ms;
  if (step.has("at_ms"))
    driver.move_to(at(step.at("at_ms").integer(now, last_ms)));
  if (op == "admit") {
    check_admission(expect, driver.admit(read_id(step)), out);
  } else if (op == "success") {
    check_settled(expect, driver.settle(read_id(step), outcome::success), out);
  } else if (op == "failure") {
    check_settled(expect, driver.settle(read_id(step), outcome::failure), out);
  } else if (op == "neutral") {
    check_settled(expect, driver.settle(read_id(step), outcome::neutral), out);
  } else {
    expect.only({"state", "failures", "successes"});
    if (op == "advance")
      driver.move_to(at(now + step.at("ms").integer(0, last_ms - now)));
    else if (op == "reset")
      driver.reset();
    else if (op != "status")
      step.at("op").fail("is an unknown operation: '" + op + "'");
  }
  check_state(expect, driver, out);
  out.end_step();
}

void check_final(const node& expect, breaker_driver& driver, report& out) {
  expect.only({"state", "admitted", "rejected", "succeeded", "failed",
               "neutral", "late", "expired"});
  out.begin_final();
  auto got = driver.metrics();
  out.check(expect, "state", to_string(driver.status().state));
  out.check(expect, "admitted", got.total_calls);
  out.check(expect, "rejected", got.rejected);
  out.check(expect, "succeeded", got.successes);
  out.check(expect, "failed", got.failures);
  out.check(expect, "neutral", got.neutral);
  out.check(expect, "late", got.late);
  out.check(expect, "expired", got.expired);
}

} // namespace

void replay_circuit_breaker(const node& scenario, report& out) {
  scenario.only({"name", "config", "steps", "final"});
  out.begin_scenario(scenario.at("name").text());
  breaker_driver driver{read_config(scenario.at("config"))};
  auto steps = scenario.at("steps");
  for (size_t i = 0; i < steps.size(); ++i)
    replay_step(steps.at(i), driver, out);
  if (scenario.has("final"))
    check_final(scenario.at("final"), driver, out);
  out.end_scenario();
}

} // namespace resilience::test
