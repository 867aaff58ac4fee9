// Puts a circuit into a state, for tests of what follows from it.
//
// Any thread. `which` is what `runtime::control` takes: the circuit's name, or
// a guard, or a breaker. What a user or a health checker has set is taken back
// first. Transitions are real: subscribers, history and metrics see them, with
// the environment's next steps.
//
// Each throws invalid_config_error if there is no such circuit, it is on
// another node, its breaker is off, or calls of other threads came between.
#pragma once

#include "resilience/actors/chain.hpp"
#include "resilience/actors/runtime.hpp"

#include <caf/actor_cast.hpp>

#include <memory>
#include <string>

namespace resilience::test {

namespace detail {

inline std::shared_ptr<shared_circuit> circuit_behind(const control_actor& x) {
  auto present = breaker_of(caf::actor_cast<caf::strong_actor_ptr>(x));
  if (present == nullptr)
    throw invalid_config_error{"the circuit is on another node"};
  return present->circuit_ptr();
}

inline time_point now_of(const control_actor& x) {
  return x->home_system().clock().now();
}

inline void expect_state(const circuit& x, circuit_state wanted) {
  if (x.state() == wanted)
    return;
  throw invalid_config_error{"circuit '" + x.name() + "' cannot be made "
                             + std::string{to_string(wanted)} + ", it is "
                             + std::string{to_string(x.state())}};
}

// What keeps it from being what the test wants.
inline void restore_all(circuit& x, time_point now) {
  for (auto who : {owner::hand, owner::health, owner::cluster})
    x.restore(who, now);
}

inline void close_now(circuit& x, time_point now) {
  restore_all(x, now);
  x.reset(now);
  expect_state(x, circuit_state::closed);
}

inline void fail_until_open(shared_circuit& x, time_point now) {
  auto& machine = x.machine();
  if (machine.state() != circuit_state::closed)
    close_now(machine, now);
  auto cfg = machine.config();
  x.note_failure(caf::make_message(std::string{"forced by a test"}));
  auto left = cfg ? cfg->failure_threshold : 0;
  // A window may open it sooner.
  for (; left > 0 && machine.state() == circuit_state::closed; --left)
    if (auto admitted = machine.admit(now))
      machine.settle(admitted.pass, outcome::failure, duration::zero(), now);
  expect_state(machine, circuit_state::open);
}

} // namespace detail

/// Closes it, as `reset` does.
template <class Which>
void force_closed(runtime& rt, const Which& which) {
  auto handle = rt.control(which);
  detail::close_now(detail::circuit_behind(handle)->machine(),
                    detail::now_of(handle));
}

/// Opens it as failures do: it is closed if need be, and as many calls fail now
/// as it takes, which its metrics count. It probes after its cooldown. One that
/// is open already is opened anew.
template <class Which>
void force_open(runtime& rt, const Which& which) {
  auto handle = rt.control(which);
  detail::fail_until_open(*detail::circuit_behind(handle),
                          detail::now_of(handle));
}

/// Lets it probe now, as if it had been isolated and restored: the next calls
/// are probes, and no call has been counted.
template <class Which>
void force_half_open(runtime& rt, const Which& which) {
  auto handle = rt.control(which);
  auto now = detail::now_of(handle);
  auto& machine = detail::circuit_behind(handle)->machine();
  machine.isolate(owner::hand, now);
  detail::restore_all(machine, now);
  detail::expect_state(machine, circuit_state::half_open);
}

/// How a circuit is now.
template <class Which>
circuit_state state_of(runtime& rt, const Which& which) {
  return detail::circuit_behind(rt.control(which))->status().state;
}

} // namespace resilience::test
