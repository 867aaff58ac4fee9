// Passes what the supervisor sees on to a monitoring system by a function. (An
// actor subscribes to the supervisor itself.)
//
// The function runs on a thread of its own, where it may take its time: the
// supervisor waits for nobody, and events beyond the feed's capacity are
// dropped and counted. Spawned and ended by the runtime.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/interfaces.hpp"
#include "resilience/actors/supervisor_messages.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace resilience {

/// Names and values.
using metrics_details = std::vector<std::pair<std::string, std::string>>;

/// Gets the type of an event, the name of what it is about, and details:
///
/// - `circuit_open`, `circuit_half_open`, `circuit_closed`, `circuit_isolated`,
///   `circuit_disabled`, with `from`, `cause`, `generation`, `failures`, `at`
///   (ISO 8601) and `last_failure`;
/// - `health_healthy`, `health_degraded`, `health_unknown`, `health_unhealthy`
///   with the name of a health check, `from`, `message` and `checked_at`;
/// - `events_dropped`, without a name, with their `count`: it was too slow.
///
/// What it throws is dropped. It is told of what happens once the supervisor
/// knows of it, which is soon after it was set.
using metrics_callback =
  std::function<void(const std::string& type, const std::string& circuit,
                     const metrics_details& details)>;

/// Type and details of a transition.
std::pair<std::string, metrics_details> metrics_of(const transition_event& x);

/// Type and details of a change of health.
std::pair<std::string, metrics_details> metrics_of(const health_changed& x);

class metrics_relay : public compat::actor_base {
public:
  metrics_relay(caf::actor_config& cfg, supervisor_actor from,
                metrics_callback to);

  const char* name() const override;

  caf::behavior make_behavior() override;

private:
  void pass_on(const event_batch& x) const;

  const supervisor_actor from_;
  const metrics_callback to_;
};

} // namespace resilience
