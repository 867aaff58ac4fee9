// What the actors of one runtime share.
//
// Made by the runtime; every guard and breaker keeps it alive. Thread-safe.
#pragma once

#include "resilience/actors/end_watch.hpp"
#include "resilience/actors/event_log.hpp"
#include "resilience/actors/restart_counts.hpp"
#include "resilience/actors/settings.hpp"
#include "resilience/actors/start_gate.hpp"

#include <memory>
#include <utility>

namespace resilience {

struct services {
  explicit services(runtime_settings from_user)
    : settings(std::move(from_user)) {}

  /// The error for a policy that only what a user has configured may have made
  /// invalid: the code alone may be right, and the user learns what is theirs.
  caf::error configured_fault(const policy& p, const faults& found) const;

  /// What a user has configured.
  const runtime_settings settings;
  const std::shared_ptr<end_watch> ends = std::make_shared<end_watch>();
  /// Transitions on their way to the supervisor.
  const std::shared_ptr<event_log> events = std::make_shared<event_log>();
  /// How often targets and children of teams were restarted.
  const std::shared_ptr<restart_counts> restarts =
    std::make_shared<restart_counts>();
  /// Before each call of a function that makes actors.
  start_gate starts;
};

} // namespace resilience
