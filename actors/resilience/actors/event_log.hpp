// Transitions on their way from circuits to the supervisor: bounded, so that a
// supervisor that is stuck costs memory up to a limit, and callers no time.
//
// Thread-safe. Owned by the runtime's services; every named circuit writes to
// it, the supervisor reads.
#pragma once

#include "resilience/snapshot.hpp"

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
    std::vector<journal_entry> entries;
    /// Newer ones for which there was no room.
    uint64_t dropped = 0;
  };

  /// @param limit most entries that wait.
  explicit event_log(size_t limit = 16'384);

  /// Who gets `events_waiting` when there is something to take; null: nobody,
  /// and what comes is kept for whoever takes it at the end.
  void send_to(caf::actor reader);

  void push(journal_entry x);

  /// Takes what waits and hands it to `consume`, one taker at a time: whoever
  /// comes next finds what was taken where `consume` has put it.
  template <class F>
  void take(F consume) {
    std::lock_guard<std::mutex> guard{taking_};
    consume(take_waiting());
  }

private:
  harvest take_waiting();

  const size_t limit_;
  std::mutex taking_;
  std::mutex mutex_;
  harvest waiting_;
  caf::actor reader_;
};

} // namespace resilience
