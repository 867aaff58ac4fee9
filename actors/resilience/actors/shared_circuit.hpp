// A circuit as guards share it: with its subscribers, the text of its last
// failure, and its place in the ticker.
//
// Thread-safe. Owned by the registry and by the guards that use it.
#pragma once

#include "resilience/actors/messages.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/circuit.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace resilience {

class shared_circuit : public tickable,
                       public std::enable_shared_from_this<shared_circuit> {
public:
  /// @param max_subscribers most subscribers at once.
  /// @pre `validate(p).empty()`
  static std::shared_ptr<shared_circuit>
  make(caf::actor_system& sys, const std::shared_ptr<ticker>& timer,
       const policy& p, uint32_t max_subscribers);

  circuit& machine() noexcept {
    return machine_;
  }

  // -- settings ---------------------------------------------------------------

  /// The settings the circuit was made with. Later ones may differ: another
  /// guard of the same name need not know them.
  const std::optional<breaker_config>& made_with() const noexcept {
    return made_with_;
  }

  /// Applies new settings in place, or returns every fault.
  [[nodiscard]] faults configure(const std::optional<breaker_config>& value);

  // -- failures ---------------------------------------------------------------

  /// Remembers what the last failure said. Keeps the message and renders it
  /// only when somebody asks: failures may come a million a second.
  /// @param what a `caf::error` or a `std::string`.
  void note_failure(caf::message what);

  /// The same for a permit that nobody reported.
  void note_lease_end();

  circuit_status status();

  circuit_metrics metrics();

  // -- subscribers ------------------------------------------------------------

  uint32_t max_subscribers() const noexcept {
    return max_subscribers_;
  }

  /// Sends `who` each transition from now on. False: too many subscribers.
  bool subscribe(const caf::strong_actor_ptr& who);

  void unsubscribe(const caf::actor_addr& who);

  void on_tick(time_point now) override;

private:
  struct subscriber {
    caf::actor_addr who;
    /// A subscriber that left stays listed until it dies, so that coming and
    /// going attaches to it only once.
    bool active;
  };

  shared_circuit(caf::actor_system& sys, const std::shared_ptr<ticker>& timer,
                 const policy& p, uint32_t max_subscribers);
  void on_transition(const transition& x);
  void forget(const caf::actor_addr& who);
  std::string last_failure();
  time_point now() const;

  caf::actor_system& sys_;
  std::weak_ptr<ticker> timer_;
  circuit machine_;
  std::mutex mutable mutex_;
  caf::message last_failure_;
  std::vector<subscriber> subscribers_;
  const uint32_t max_subscribers_;
  const std::optional<breaker_config> made_with_;
};

} // namespace resilience
