// The machine with its transitions kept, and ways to bring it into a state.
#pragma once

#include "resilience/circuit_breaker.hpp"

#include "support/instants.hpp"
#include "support/printing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace resilience::test {

/// Small numbers, all different: mixing two of them up shows.
inline breaker_config small_config() {
  return {.failure_threshold = 3,
          .cooldown = ms(1000),
          .half_open_max_calls = 2,
          .success_threshold = 4,
          .lease = ms(5000)};
}

class breaker_fixture : public ::testing::Test {
protected:
  // -- events: each empties `changes` first -----------------------------------

  admission admit(time_point now) {
    changes = {};
    return machine.admit(now, changes);
  }

  settlement settle(const permit& pass, outcome what, time_point now,
                    duration took = 1ms) {
    changes = {};
    return machine.settle(pass, what, took, now, changes);
  }

  settlement call(outcome what, time_point now, duration took = 1ms) {
    auto pass = admit(now).pass;
    return settle(pass, what, now, took);
  }

  void reset(time_point now) {
    changes = {};
    machine.reset(now, changes);
  }

  void isolate(owner who, time_point now) {
    changes = {};
    machine.isolate(who, now, changes);
  }

  void disable(time_point now) {
    changes = {};
    machine.disable(now, changes);
  }

  void restore(owner who, time_point now) {
    changes = {};
    machine.restore(who, now, changes);
  }

  void advance(time_point now) {
    changes = {};
    machine.advance(now, changes);
  }

  void configure(const breaker_config& cfg, time_point now) {
    changes = {};
    machine.configure(cfg, now, changes);
  }

  // -- states -----------------------------------------------------------------

  /// Opens a closed circuit at `now`.
  void open(time_point now) {
    for (int i = 0; i < machine.config().failure_threshold; ++i)
      call(outcome::failure, now);
    ASSERT_EQ(machine.state(), circuit_state::open);
  }

  /// Opens a closed circuit so that its cooldown ends at `now`.
  void half_open(time_point now) {
    open(now - machine.config().cooldown);
    advance(now);
    ASSERT_EQ(machine.state(), circuit_state::half_open);
  }

  std::vector<transition> changed() const {
    return {changes.begin(), changes.end()};
  }

  circuit_breaker machine{small_config()};
  transitions changes;
};

} // namespace resilience::test
