// A circuit as guards share it: with its subscribers, the text of its last
// failure, and its place in the ticker.
//
// Thread-safe. Owned by the registry and by the guards that use it.
#pragma once

#include "resilience/actors/messages.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/brief_mutex.hpp"
#include "resilience/circuit.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

class event_log;

class shared_circuit : public tickable,
                       public std::enable_shared_from_this<shared_circuit> {
public:
  /// What a circuit needs of its runtime; all of them share one.
  struct surroundings {
    caf::actor_system& sys;
    std::weak_ptr<ticker> timer;
    /// Gets the transitions of circuits with a name.
    std::weak_ptr<event_log> events;
    /// Most subscribers at once.
    int32_t max_subscribers;
  };

  /// @param from what is remembered of a circuit of that name, if anything.
  /// @pre `validate(p).empty()`
  static std::shared_ptr<shared_circuit>
  make(std::shared_ptr<const surroundings> around, const policy& p,
       const circuit_snapshot* from = nullptr);

  circuit& machine() noexcept {
    return machine_;
  }

  // -- settings ---------------------------------------------------------------

  /// The settings that a user's code asked for first. Later ones may differ:
  /// another guard of the same name need not know them. None while nobody has
  /// asked: the circuit came out of a store.
  std::optional<std::optional<breaker_config>> asked_for() const;

  /// Sets what `asked_for` returns, and applies it.
  /// @pre `validate` finds nothing in it
  void ask_for(const std::optional<breaker_config>& value);

  /// Applies new settings in place, or returns every fault.
  [[nodiscard]] faults configure(const std::optional<breaker_config>& value);

  // -- failures ---------------------------------------------------------------

  /// Remembers what the last failure said. Keeps the message and renders it
  /// only when somebody asks: failures may come a million a second.
  /// @param what a `caf::error` or a `std::string`.
  void note_failure(caf::message what);

  /// The same for a permit that nobody reported.
  void note_lease_end();

  /// A guard of this circuit begins to make faults on purpose, or ends it.
  void count_chaotic_guard(bool more) noexcept {
    chaotic_guards_.fetch_add(more ? 1 : -1, std::memory_order_relaxed);
  }

  circuit_status status();

  circuit_metrics metrics();

  /// What should outlive the process.
  circuit_snapshot snapshot();

  // -- subscribers ------------------------------------------------------------

  int32_t max_subscribers() const noexcept {
    return around_->max_subscribers;
  }

  /// Sends `who` each transition from now on. False: too many subscribers.
  bool subscribe(const caf::strong_actor_ptr& who);

  void unsubscribe(const caf::actor_addr& who);

  /// Tells the subscribers of a transition of the circuit of `key`.
  void publish_key(std::string_view key, const transition& x);

  void on_tick(time_point now) override;

private:
  struct subscriber {
    caf::actor_addr who;
    /// A subscriber that left stays listed until it dies, so that coming and
    /// going attaches to it only once.
    bool active;
  };

  shared_circuit(std::shared_ptr<const surroundings> around, const policy& p);
  void recall(const circuit_snapshot& from);
  void on_transition(const transition& x);
  transition_event event_of(const transition& x, time_point now) const;
  std::vector<caf::actor> active_subscribers();
  void forget(const caf::actor_addr& who);
  std::string last_failure();
  time_point now() const;

  const std::shared_ptr<const surroundings> around_;
  circuit machine_;
  std::atomic<int32_t> chaotic_guards_{0};
  brief_mutex mutable mutex_;
  /// Whether somebody has asked for settings.
  bool asked_ = false;
  caf::message last_failure_;
  std::vector<subscriber> subscribers_;
  /// What was asked for, where it may differ from the settings in force: as
  /// long as nobody has changed those there is no need of it.
  std::unique_ptr<std::optional<breaker_config>> asked_apart_;
};

} // namespace resilience
