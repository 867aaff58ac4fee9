// A circuit breaker as an actor, for work that is no actor: acquire a permit,
// do the work, report. Also everything a guard answers about itself.
//
// The state lives in the shared circuit and in the ledger, both thread-safe;
// handlers run in the actor's own context. Spawned by the runtime.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/end_watch.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/shared_circuit.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/ledger.hpp"

#include <caf/result.hpp>

#include <atomic>
#include <memory>
#include <set>

namespace resilience {

class breaker : public compat::actor_base {
public:
  breaker(caf::actor_config& cfg, std::shared_ptr<shared_circuit> circuit,
          std::shared_ptr<ticker> timer, std::shared_ptr<end_watch> ends,
          const policy& p);

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

  /// The circuit behind this actor.
  const std::shared_ptr<shared_circuit>& circuit_ptr() const noexcept {
    return circuit_;
  }

  /// Whether the actor has ended. Any thread.
  bool ended() const;

  /// The actor that this one guards; null for none. Any thread.
  virtual caf::strong_actor_ptr guarded();

protected:
  /// A call under way: a request to be answered, or a permit held by `who`.
  struct call {
    caf::strong_actor_ptr who;
    caf::message_id id;

    bool is_request() const noexcept {
      return id.is_request();
    }
  };

  using call_ledger = ledger<call>;

  circuit& machine() noexcept {
    return circuit_->machine();
  }

  time_point now() const noexcept {
    return timer_->now();
  }

  /// When an attempt that begins at `now` has lasted too long.
  time_point deadline(time_point now) noexcept;

  /// Answers the request `id` of `who` with `e`. In no actor's name, as CAF
  /// does for its own errors: nothing then needs a reference to this actor,
  /// which may be going down.
  static void answer(const caf::strong_actor_ptr& who, caf::message_id id,
                     caf::error e, compat::scheduler* via);

  caf::error shutting_down_error() const;

  /// Calls `on_down` once when `whom` has ended.
  void watch(const caf::strong_actor_ptr& whom);

  /// Takes `watch` back: `whom` may live much longer.
  void forget(const caf::actor_control_block* whom);

  /// The same for each holder of a permit.
  void forget_holders();

  /// Asks to be ticked at `due`.
  void wake_at(time_point due);

  /// Settles what is overdue as a failure and answers it with `timed_out`.
  /// Any thread.
  void sweep(time_point now, compat::scheduler* via);

  /// The end of an actor that is watched.
  virtual void on_down(const caf::actor_addr& whom, const caf::error& reason);

  /// Settles what was taken out of the ledger and answers its callers.
  void settle_all(std::vector<call_ledger::entry> calls, outcome what,
                  const caf::error& reason);

  call_ledger ledger_;

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

  void on_tick(time_point alarm);
  caf::result<circuit_status> on_subscribe();
  circuit_status on_unsubscribe();
  caf::result<circuit_status> on_configure(const policy& p);
  caf::result<call_permit> on_acquire();
  caf::result<bool> on_report(const report& x);
  caf::message_handler control_handlers();
  policy current_policy() const;
  template <class F>
  caf::result<circuit_status> changed_by(owner who, F change);

  std::shared_ptr<shared_circuit> circuit_;
  std::shared_ptr<ticker> timer_;
  std::shared_ptr<end_watch> ends_;
  /// The attempt timeout; `duration::max()` when off.
  std::atomic<duration::rep> limit_;
  /// Made with the first permit: most guards never give one.
  std::unique_ptr<permit_desk> desk_;
};

} // namespace resilience
