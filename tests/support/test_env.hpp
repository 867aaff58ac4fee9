// An actor system on a virtual clock: nothing runs and no time passes unless
// the test says so. With compat.hpp the only file that knows CAF's versions.
#pragma once

#include "resilience/actors/compat.hpp"

#if RESILIENCE_CAF_017
#  include <caf/scheduler/test_coordinator.hpp>
#else
#  include <caf/log/level.hpp>
#  include <caf/test/fixture/deterministic.hpp>
#  include <caf/test/reporter.hpp>
#endif

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace resilience::test {

#if RESILIENCE_CAF_017

class test_env {
public:
  using prepare = std::function<void(caf::actor_system_config&)>;

  explicit test_env(const prepare& prep = {})
    : sys((set_up(cfg, prep), cfg)),
      scheduler_(
        dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler())) {
    // The virtual clock starts at 0, which timers take for "now".
    scheduler_.clock().current_time += std::chrono::hours(1);
  }

  ~test_env() {
    run();
  }

  /// Delivers one message; false if there is none.
  bool step() {
    return scheduler_.try_run_once();
  }

  /// Delivers messages until there are none. @returns how many.
  size_t run() {
    size_t result = 0;
    while (step())
      ++result;
    return result;
  }

  /// Moves the clock, then delivers messages until there are none. @returns how
  /// many.
  size_t advance(caf::timespan d) {
    scheduler_.clock().advance_time(d);
    return run();
  }

private:
  static void set_up(caf::actor_system_config& c, const prepare& prep) {
    if (prep)
      prep(c);
    c.set("scheduler.policy", caf::atom("testing"));
    c.set("logger.file-verbosity", caf::atom("quiet"));
  }

public:
  caf::actor_system_config cfg;
  caf::actor_system sys;

private:
  caf::scheduler::test_coordinator& scheduler_;
};

#else

namespace detail {

// CAF's fixture wants CAF's reporter, whichever framework runs the tests. One
// serves all: a test may have a second environment.
struct quiet_reporter {
  quiet_reporter() {
    static const auto reporter = make();
    caf::test::reporter::instance(reporter.get());
  }

private:
  static std::unique_ptr<caf::test::reporter> make() {
    auto result = caf::test::reporter::make_default();
    result->verbosity(caf::log::level::quiet);
    return result;
  }
};

} // namespace detail

class test_env : detail::quiet_reporter,
                 public caf::test::fixture::deterministic {
public:
  using prepare = std::function<void(caf::actor_system_config&)>;

  explicit test_env(const prepare& prep = {}) {
    if (prep)
      prep(cfg);
  }

  // What ends with the test is told so: CAF drops what waits, and then waits
  // for actors whose last references lay in there.
  ~test_env() {
    run();
  }

  bool step() {
    return dispatch_message();
  }

  size_t run() {
    size_t result = 0;
    while (step())
      ++result;
    return result;
  }

  size_t advance(caf::timespan d) {
    advance_time(d);
    return run();
  }
};

#endif

} // namespace resilience::test
