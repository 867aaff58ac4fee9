// Transitions on their way from circuits to the supervisor: bounded, so that a
// supervisor that is stuck costs memory up to a limit, and callers no time.
//
// Thread-safe. Owned by the runtime's services; every circuit writes to it.
#pragma once

#include "resilience/actors/messages.hpp"

#include <caf/actor.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace resilience {

class event_log {
public:
  /// What has come since the last look.
  struct harvest {
    /// Oldest first; those of one circuit in its order.
    std::vector<transition_event> events;
    /// Newer ones for which there was no room.
    uint64_t dropped = 0;
  };

  /// @param limit most events that wait.
  explicit event_log(size_t limit = 65'536);

  /// Who gets `events_waiting` when there is something to take; null: nobody,
  /// and what comes is forgotten.
  void send_to(caf::actor reader);

  void push(transition_event x);

  harvest take();

private:
  const size_t limit_;
  std::mutex mutex_;
  harvest waiting_;
  caf::actor reader_;
};

} // namespace resilience
