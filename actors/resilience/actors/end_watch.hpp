// Tells guards when an actor that they watch has ended.
//
// CAF's own monitors stay with the watched actor: 1.x cannot take a callback
// back, and 0.17.6 searches all watches on an actor for the one to remove. Here
// a runtime attaches itself once to each watched actor and keeps the list of
// those who want to know; coming and going touches that list alone.
//
// Thread-safe. Owned by the runtime, shared with its guards.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace resilience {

class end_watch : public std::enable_shared_from_this<end_watch> {
public:
  /// Sends `watcher` one `actor_ended` when `whom` ends, at once if it has.
  /// Watching twice is watching once.
  void add(const caf::strong_actor_ptr& whom,
           const caf::strong_actor_ptr& watcher);

  /// Takes `add` back; an `actor_ended` may be on its way.
  void remove(const caf::actor_control_block* whom,
              const caf::actor_control_block* watcher);

  /// How many are on the list, watched actors included.
  size_t size() const;

private:
  using address = const caf::actor_control_block*;

  void on_end(address whom, const caf::error& reason);

  std::mutex mutable mutex_;
  /// Watched and watcher. With a null watcher: attached to the watched actor;
  /// that entry keeps the address from being used for another actor.
  std::map<std::pair<address, address>, caf::weak_actor_ptr> entries_;
};

} // namespace resilience
