// A guard stands before any actor and has its messaging interface.
//
// It intercepts: `enqueue` admits or rejects a request on the sender's thread
// and settles its answer on the target's thread; neither passes through the
// guard's own mailbox. What does pass through it are control messages, ticks
// and what CAF itself sends.
//
// Threads: `enqueue` runs on any thread, everything else in the actor's
// context. They share the ledger (locked), the circuit (thread-safe), and the
// target (see below).
//
// Traps that shape this file:
// - System messages reach `enqueue` like any other: they go to the base class.
// - A target may answer inside `enqueue` (dead, or a rejecting guard): no lock
//   is held while anything is sent.
// - `this` may die after the last `enqueue`: nothing of it is touched then.
// - The scheduler argument is passed on, never stored.
// - A plain message is let through or dropped; it never holds a permit.
// - What happens to a request, layer by layer, is in stack.hpp; here is only
//   what can be done for it (guard_host.hpp).
#pragma once

#include "resilience/actors/breaker.hpp"

namespace resilience {

class guard final : public breaker {
public:
  /// @param target the guarded actor, not null.
  /// @param takes_empty_answers whether the callers do (`check_hooks`).
  guard(caf::actor_config& cfg, caf::strong_actor_ptr target,
        std::shared_ptr<shared_circuit> circuit, std::shared_ptr<ticker> timer,
        std::shared_ptr<services> common, const policy& p, hooks x,
        bool takes_empty_answers);

  // 0.17 has an overload with four arguments.
  using breaker::enqueue;

  compat::enqueue_result enqueue(caf::mailbox_element_ptr ptr,
                                 compat::scheduler* via) override;

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

  caf::strong_actor_ptr guarded() override;

protected:
  void sweep(time_point now, compat::scheduler* via) override;

  void check_layers(faults& out, const policy& p) const override;

  void configure_layers(const policy& p) override;

  void on_down(const caf::actor_addr& whom, const caf::error& reason) override;

private:
  friend class guard_host;

  void on_request(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void on_answer(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void on_plain(caf::mailbox_element_ptr ptr, compat::scheduler* via);

  /// Null once the target has died. Changed in the actor's own context and
  /// under the ledger's lock; other threads read it under that lock.
  caf::strong_actor_ptr target_;
  /// Whether the target takes a deadline from this thread.
  const bool target_is_guard_;
  const bool takes_empty_answers_;
};

} // namespace resilience
