// A circuit breaker as an actor, for work that is no actor: acquire a permit,
// do the work, report. Also everything a guard answers about itself.
//
// The state lives in the shared circuit and in the ledger, both thread-safe;
// handlers run in the actor's own context. Spawned by the runtime.
#pragma once

#include "resilience/actors/compat_actors.hpp"
#include "resilience/actors/compat_elements.hpp"
#include "resilience/actors/hooks.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/services.hpp"
#include "resilience/actors/shared_circuit.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/stack.hpp"

#include <caf/expected.hpp>
#include <caf/result.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace resilience {

class guard_keys;

class breaker : public compat::actor_base {
public:
  breaker(caf::actor_config& cfg, std::shared_ptr<shared_circuit> circuit,
          std::shared_ptr<ticker> timer, std::shared_ptr<services> common,
          const policy& p, hooks x = {});

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

  // -- any thread -------------------------------------------------------------

  /// The circuit behind this actor.
  const std::shared_ptr<shared_circuit>& circuit_ptr() const noexcept {
    return circuit_;
  }

  /// Whether the actor has ended.
  bool ended() const;

  /// What `acquire` does, for a holder whose end nobody watches: the lease
  /// bounds the permit. Its token stands for nothing.
  /// @pre the actor system lives
  caf::expected<call_permit> grant();

  /// What `report` does for such a permit: whether it counted, or nothing if it
  /// has ended.
  /// @param why what a failure said.
  /// @pre `valid(what)`, and the actor system lives
  std::optional<bool> take_back(uint64_t id, outcome what, std::string why);

  /// What lets code run only while the runtime lives.
  std::shared_ptr<start_gate> starts() const noexcept {
    return {common_, &common_->starts};
  }

  /// The actor that this one guards; null for none.
  virtual caf::strong_actor_ptr guarded();

protected:
  /// What the layers need to know of calls.
  struct call_types {
    /// Who asks: a request to be answered, or a permit held by `who`.
    struct call {
      caf::strong_actor_ptr who;
      caf::message_id id;

      bool is_request() const noexcept {
        return id.is_request();
      }
    };

    using cargo = compat::kept_request;
    using anchor = caf::strong_actor_ptr;

    /// What a caller gets whose call failed.
    struct failure {
      caf::message content;
      /// It is the target's answer, not a word of ours.
      bool answered = false;
    };

    using hooks = resilience::hooks;
  };

  using call_stack = stack<call_types>;
  using call = call_types::call;

  circuit& machine() noexcept {
    return circuit_->machine();
  }

  time_point now() const noexcept {
    return timer_->now();
  }

  caf::error shutting_down_error() const;

  /// Calls `on_down` once when `whom` has ended.
  void watch_end(const caf::strong_actor_ptr& whom);

  /// Takes `watch_end` back: `whom` may live much longer.
  void forget(const caf::actor_control_block* whom);

  /// The same for each holder of a permit.
  void forget_holders();

  /// Asks to be ticked at `due`.
  void wake_at(time_point due);

  /// Ends what is overdue. Any thread.
  virtual void sweep(time_point now, compat::scheduler* via);

  /// Appends what stands against the policy's part that is not the circuit's.
  virtual void check_layers(faults& out, const policy& p) const;

  /// Applies that part.
  virtual void configure_layers(const policy& p);

  /// Writes that part into `into`.
  virtual void describe_layers(policy& into) const;

  virtual layer_metrics count_layers();

  /// The circuits by key; null where there are none.
  virtual guard_keys* keys() noexcept;

  /// Somebody has closed the circuit by hand.
  virtual void on_reset();

  /// `alarm` has rung.
  virtual void on_tick(time_point alarm);

  /// The end of an actor that is watched.
  virtual void on_down(const caf::actor_addr& whom, const caf::error& reason);

  call_stack stack_;

  std::shared_ptr<services> common_;

private:
  /// What is kept about permits for work that is no actor.
  struct permit_desk {
    permit_desk();

    /// Tells permits of this actor from those of others, and from accidents.
    /// No secret is safe from who holds a permit.
    uint64_t token(uint64_t id) const noexcept;

    uint64_t secret;
    /// Whose end is watched.
    std::set<caf::actor_addr> holders;
  };

  caf::result<circuit_status> on_subscribe();
  circuit_status on_unsubscribe();
  caf::result<circuit_status> on_configure(const policy& p);
  caf::expected<call_permit> grant_to(const caf::strong_actor_ptr& who,
                                      compat::scheduler* via);
  std::optional<bool> take_back_from(uint64_t id, outcome what, std::string why,
                                     compat::scheduler* via);
  caf::result<call_permit> on_acquire();
  caf::result<bool> on_report(const report& x);
  caf::result<keys_status> on_get_keys(const get_keys& x);
  caf::result<circuit_status> on_key(const std::string& key, bool to_reset);
  caf::message_handler control_handlers();
  policy current_policy() const;
  std::string description() const;
  circuit_metrics metrics();
  void settle_permits(std::vector<call_stack::entry> held);
  template <class F>
  caf::result<circuit_status> changed_by(owner who, F change);

  std::shared_ptr<shared_circuit> circuit_;
  std::shared_ptr<ticker> timer_;
  /// Made with the first permit: most guards never give one.
  std::unique_ptr<permit_desk> desk_;
};

} // namespace resilience
