// Finds out how a dependency is: runs a probe every `interval` in the
// background and answers everybody at once from the last result.
//
// - At most one check at a time. One that takes longer than `timeout` has
//   failed, and its late result is dropped; a function that still runs then
//   keeps the next check waiting, so a dependency that hangs costs one thread,
//   not one per interval.
// - A status changes by a result, or by age alone (`max_age`).
// - Time comes from the runtime's ticker.
//
// Handlers run in the actor's own context, functions on a thread of their own,
// which reaches back by a message. Spawned and kept by the health_factory.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/health_messages.hpp"
#include "resilience/actors/health_options.hpp"
#include "resilience/actors/probe.hpp"
#include "resilience/actors/services.hpp"
#include "resilience/actors/shared_circuit.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/health.hpp"

#include <caf/response_promise.hpp>
#include <caf/result.hpp>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace resilience {

/// What a checker is made of; checked by the health_factory.
struct health_spec {
  std::string name;
  probe what;
  health_check_config config{};
  std::vector<std::string> tags{};
  health_observer observer{};
  /// Isolated while unhealthy; null for none.
  std::shared_ptr<shared_circuit> isolates{};
  int32_t max_subscribers = 1'024;
};

/// What is said of a checker without a result.
health_report unchecked(const health_spec& x);

class health_checker : public compat::actor_base {
public:
  /// Most requests that wait for one check.
  static constexpr size_t max_waiting = 1'024;

  health_checker(caf::actor_config& cfg, std::shared_ptr<ticker> timer,
                 std::shared_ptr<services> common, health_spec spec);

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

  // -- any thread -------------------------------------------------------------

  /// Whether the actor has ended.
  bool ended() const noexcept {
    return ended_.load();
  }

  /// The actor that the probe asks; null for none.
  caf::strong_actor_ptr probed() const;

  /// The circuit that this checker isolates; null for none.
  const shared_circuit* isolated_by_this() const noexcept {
    return spec_.isolates.get();
  }

private:
  /// A check under way.
  struct run {
    uint64_t id;
    time_point began;
    wall_time began_wall;
    time_point due;
    /// It has failed by now, but its function still runs.
    bool stuck;
  };

  time_point now() const noexcept {
    return timer_->now();
  }

  // -- messages ---------------------------------------------------------------

  caf::result<health_report> on_check_now();
  health_report on_pause(bool paused);
  caf::result<health_report> on_subscribe();
  health_report on_unsubscribe();

  // -- time -------------------------------------------------------------------

  void on_tick(time_point due);

  /// Does what is due, and asks to be woken for what comes next.
  void advance();
  void wake_for_next();

  // -- checks -----------------------------------------------------------------

  void begin(time_point at);
  void ask();
  void answered(uint64_t id, caf::message& answer);
  health_report read(const caf::message& answer);
  void ended(uint64_t id, health_report result);
  void took_too_long(time_point at);
  void note(time_point at, health_report result);
  void count(time_point at, health_report& result);

  // -- results ----------------------------------------------------------------

  health_report report(time_point at) const;
  std::string message(time_point at, health_status status) const;
  void isolate_or_restore(time_point at);
  void publish(time_point at, bool always);
  void observe(const health_report& x) const;

  const std::shared_ptr<ticker> timer_;
  const std::shared_ptr<services> common_;
  health_spec spec_;
  /// Keeps nobody alive: this checker may end long before the target.
  const caf::weak_actor_ptr probed_;
  /// For probes that are functions.
  std::unique_ptr<probe_thread> thread_;
  health_check_state state_;
  /// The last result but what time has made of it.
  health_report last_;
  std::optional<run> run_;
  /// Begins anywhere: the result of a run comes as a message, and others, who
  /// do not know its number, could send one.
  uint64_t last_run_;
  /// When the next check begins.
  time_point next_;
  /// For when the ticker will come.
  time_point armed_ = time_point::max();
  bool paused_ = false;
  /// What observers and subscribers know.
  health_status told_ = health_status::unknown;
  std::vector<caf::response_promise> waiting_;
  std::set<caf::actor_addr> subscribers_;
  std::atomic<bool> ended_{false};
};

} // namespace resilience
