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
#pragma once

#include "resilience/actors/breaker.hpp"

namespace resilience {

class guard final : public breaker {
public:
  /// @param target the guarded actor, not null.
  guard(caf::actor_config& cfg, caf::strong_actor_ptr target,
        std::shared_ptr<shared_circuit> circuit, std::shared_ptr<ticker> timer,
        std::shared_ptr<end_watch> ends, const policy& p);

  // 0.17 has an overload with four arguments.
  using breaker::enqueue;

  compat::enqueue_result enqueue(caf::mailbox_element_ptr ptr,
                                 compat::scheduler* via) override;

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

  caf::strong_actor_ptr guarded() override;

protected:
  void on_down(const caf::actor_addr& whom, const caf::error& reason) override;

private:
  void on_request(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void on_answer(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void on_plain(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void turn_away(const call& caller, const permit& pass, refusal why,
                 time_point now, compat::scheduler* via);
  caf::error down_error() const;
  /// What an error answer means; replaces it by `target_down` where CAF says
  /// that nobody answered.
  outcome judge(caf::mailbox_element_ptr& ptr);

  /// Null once the target has died. Changed in the actor's own context and
  /// under the ledger's lock; other threads read it under that lock.
  caf::strong_actor_ptr target_;
};

} // namespace resilience
