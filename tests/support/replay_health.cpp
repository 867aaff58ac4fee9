// Recorded cases of kind `health`: the status of a whole, from its parts.
#include "resilience/health.hpp"

#include "support/replay.hpp"

#include <vector>

namespace resilience::test {

namespace {

child_health read_child(const node& x) {
  x.only({"status", "critical"});
  auto name = x.at("status").text();
  auto status = parse_name<health_status>(name);
  if (!status)
    x.at("status").fail("must be " + known_names<health_status>() + ", is '"
                        + name + "'");
  return {*status, x.at("critical").boolean()};
}

void replay_step(const node& step, report& out) {
  step.only({"children", "expect"});
  out.begin_step("roll_up");
  auto parts = step.at("children");
  std::vector<child_health> children;
  for (size_t i = 0; i < parts.size(); ++i)
    children.push_back(read_child(parts.at(i)));
  auto expect = step.at("expect");
  expect.only({"status"});
  out.check(expect, "status", name_of(roll_up(children)));
  out.end_step();
}

} // namespace

void replay_health(const node& scenario, report& out) {
  scenario.only({"name", "steps"});
  out.begin_scenario(scenario.at("name").text());
  auto steps = scenario.at("steps");
  for (size_t i = 0; i < steps.size(); ++i)
    replay_step(steps.at(i), out);
  out.end_scenario();
}

} // namespace resilience::test
