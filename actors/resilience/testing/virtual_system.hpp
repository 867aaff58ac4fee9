// What `environment` needs of CAF's own test schedulers, in one spelling. With
// the seam of the actors (compat.hpp) the only file that knows CAF's versions.
//
// Not thread-safe: owned by one environment, used by the test's thread.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/time.hpp"

#if RESILIENCE_CAF_017
#  include <caf/scheduled_actor.hpp>
#  include <caf/scheduler/test_coordinator.hpp>
#else
#  include <caf/log/level.hpp>
#  include <caf/test/fixture/deterministic.hpp>
#  include <caf/test/reporter.hpp>
#endif

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace resilience::test {

/// Changes the configuration of a system that is about to be made.
using prepare_config = std::function<void(caf::actor_system_config&)>;

namespace detail {

#if RESILIENCE_CAF_017

class virtual_system {
public:
  virtual_system(void (*register_types)(), const prepare_config& prepare)
    : sys((set_up(cfg, register_types, prepare), cfg)),
      scheduler_(
        dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler())) {
    // The virtual clock starts at 0, which timers take for "now".
    scheduler_.clock().current_time += std::chrono::hours(1);
  }

protected:
  bool deliver_one() {
    return scheduler_.try_run_once();
  }

  std::optional<time_point> next_timer() {
    const auto& timers = scheduler_.clock().schedule();
    if (timers.empty())
      return std::nullopt;
    return timers.begin()->first;
  }

  /// @pre there is a timer
  void ring_next_timer() {
    scheduler_.trigger_timeout();
  }

  /// Rings what is due at the new time, then.
  /// @pre `d > 0`
  void move_clock(duration d) {
    scheduler_.clock().advance_time(d);
  }

  /// Kills who has something to do. The end of the system would run it for as
  /// long as it has.
  void end_busy_actors() {
    std::vector<caf::actor> busy;
    for (auto* job : scheduler_.jobs)
      if (auto* x = dynamic_cast<caf::scheduled_actor*>(job))
        busy.push_back(caf::actor_cast<caf::actor>(x));
    for (const auto& x : busy)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

private:
  static void set_up(caf::actor_system_config& c, void (*register_types)(),
                     const prepare_config& prepare) {
    register_types();
    if (prepare)
      prepare(c);
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

// CAF's fixture wants CAF's reporter, whichever framework runs the tests, and
// message types before it makes the configuration. One reporter serves all: a
// test may have a second environment.
struct before_system {
  explicit before_system(void (*register_types)()) {
    register_types();
    static const auto reporter = make_reporter();
    caf::test::reporter::instance(reporter.get());
  }

private:
  static std::unique_ptr<caf::test::reporter> make_reporter() {
    auto result = caf::test::reporter::make_default();
    result->verbosity(caf::log::level::quiet);
    return result;
  }
};

class virtual_system : before_system, caf::test::fixture::deterministic {
public:
  virtual_system(void (*register_types)(), const prepare_config& prepare)
    : before_system(register_types) {
    if (prepare)
      prepare(cfg);
  }

  using deterministic::cfg;
  using deterministic::sys;

protected:
  bool deliver_one() {
    return dispatch_message();
  }

  std::optional<time_point> next_timer() {
    if (!has_pending_timeout())
      return std::nullopt;
    return next_timeout();
  }

  void ring_next_timer() {
    trigger_timeout();
  }

  void move_clock(duration d) {
    advance_time(d);
  }

  /// The end of the system drops what they have to do.
  void end_busy_actors() {}
};

#endif

} // namespace detail

} // namespace resilience::test
