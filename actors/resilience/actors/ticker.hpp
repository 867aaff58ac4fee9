// One timer for all guards: wakes each when its earliest deadline comes.
//
// CAF's own timers cost an allocation and a wake-up each, and 0.17.6 never
// cancels them. Here a guard that turns busy asks once, in a heap, and one
// actor sets CAF's timers: one for the earliest, and another only where an
// earlier one comes.
//
// Thread-safe. Owned by the runtime, shared with its guards and circuits.
#pragma once

#include "resilience/time.hpp"

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace resilience {

/// What is no actor and wants to be woken.
class tickable {
public:
  virtual ~tickable() = default;

  /// Runs in the ticker's actor; must be short.
  virtual void on_tick(time_point now) = 0;
};

class ticker : public std::enable_shared_from_this<ticker> {
public:
  /// Starts the actor behind it, hidden: it never delays the system's end.
  static std::shared_ptr<ticker> make(caf::actor_system& sys);

  ~ticker();

  /// Sends `tick` to the guard `who` at `due` unless it is gone by then.
  void wake(caf::weak_actor_ptr who, time_point due);

  /// Calls `who->on_tick` at `due` unless it is gone by then.
  void wake(std::weak_ptr<tickable> who, time_point due);

  /// Ends the actor. Nobody is woken afterwards.
  void stop();

  /// The clock of all deadlines: CAF's own, so that tests can move it.
  time_point now() const noexcept;

  /// Wakes who is due and returns when to come back. For the ticker's actor.
  time_point fire();

private:
  struct entry {
    time_point due;
    caf::weak_actor_ptr actor;
    std::weak_ptr<tickable> object;
  };

  explicit ticker(caf::actor_system& sys);
  void add(entry what);
  void prune();
  void run(const entry& what, time_point now);

  caf::actor_clock& clock_;
  std::mutex mutex_;
  /// A heap, the earliest first.
  std::vector<entry> entries_;
  size_t prune_at_ = 1'024;
  /// For when the actor has set its timer.
  time_point armed_for_ = time_point::max();
  caf::actor pulse_;
};

} // namespace resilience
