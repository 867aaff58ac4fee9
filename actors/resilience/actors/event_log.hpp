// Transitions on their way from circuits into the journal and to the
// supervisor, and changes of health on their way to the supervisor: bounded, so
// that a supervisor that is stuck costs memory up to a limit, and callers no
// time.
//
// Thread-safe. Owned by the runtime's services; every named circuit and health
// checker writes to it; whoever makes things durable settles; the supervisor
// reads.
#pragma once

#include "resilience/actors/health_messages.hpp"
#include "resilience/store/journal.hpp"

#include <caf/actor.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace resilience {

class event_log {
public:
  struct settled_event {
    transition_event event;
    /// In the journal, or `journal::not_in_journal`.
    uint64_t number = journal::not_in_journal;
  };

  /// What has come since the last look.
  struct harvest {
    /// Oldest first; those of one circuit in its order.
    std::vector<settled_event> events;
    /// Oldest first; no journal has them.
    std::vector<health_changed> health;
    /// Newer ones for which there was no room.
    uint64_t dropped = 0;
  };

  /// @param limit most transitions that wait for the journal, and most of
  ///              either kind that wait for the reader.
  explicit event_log(size_t limit = 16'384);

  /// Who gets `events_waiting` when there is something to take; null: nobody.
  /// What comes waits for the journal all the same.
  void send_to(caf::actor reader);

  void push(journal_entry x);
  void push(health_changed x);

  /// Sends the reader `events_waiting`, whatever waits.
  void wake();

  /// Moves what waits into `memory`, where it is found once this returns,
  /// whoever moved it; the reader is told of it at its next `take`.
  void settle(journal& memory);

  /// Transitions for which there was no room, since the start.
  uint64_t refused() const;

  /// Settles; then what the reader has not seen yet.
  harvest take(journal& memory);

private:
  void keep_for_reader(std::vector<settled_event> events, uint64_t dropped);

  const size_t limit_;
  /// One that settles at a time; taken before `mutex_`.
  std::mutex settling_;
  std::mutex mutable mutex_;
  std::vector<journal_entry> waiting_;
  /// Had no room in `waiting_` since it was settled last.
  uint64_t refused_ = 0;
  uint64_t refused_before_ = 0;
  harvest unread_;
  caf::actor reader_;
};

} // namespace resilience
