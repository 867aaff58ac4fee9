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
// - A target that has ended may be replaced (target_keeper.hpp): by the guard
//   itself, or by the team whose child it is.
#pragma once

#include "resilience/actors/breaker.hpp"
#include "resilience/actors/guard_keys.hpp"
#include "resilience/actors/target_keeper.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace resilience {

/// Whether `x` is one of ours that gives up when who asks it does.
bool takes_deadline(const caf::strong_actor_ptr& x);

class guard final : public breaker {
public:
  /// @param target the guarded actor; null only where a keeper brings one.
  /// @param takes_empty_answers whether the callers do (`check_hooks`).
  /// @param keeper what follows the target's end; null: nothing.
  guard(caf::actor_config& cfg, caf::strong_actor_ptr target,
        std::shared_ptr<shared_circuit> circuit, std::shared_ptr<ticker> timer,
        std::shared_ptr<services> common, const policy& p, hooks x,
        bool takes_empty_answers, std::unique_ptr<target_keeper> keeper);

  // 0.17 has an overload with four arguments.
  using breaker::enqueue;

  compat::enqueue_result enqueue(caf::mailbox_element_ptr ptr,
                                 compat::scheduler* via) override;

  ~guard() override;

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

  // -- any thread -------------------------------------------------------------

  caf::strong_actor_ptr guarded() override;

  /// Why `target` cannot be guarded here; empty if it can.
  std::string refusal(const caf::strong_actor_ptr& target) const;

  /// Puts `next` in the place of a target that has ended. False: the guard has
  /// ended, too.
  /// @pre `refusal(next).empty()`, and there is a keeper and no target
  bool adopt(const caf::strong_actor_ptr& next);

  /// Says what callers are told until `adopt`. Where nobody will come any more,
  /// those who pause or wait are answered.
  /// @pre there is a keeper and no target
  void expect(const outlook& x);

  /// The error of a call for which there is no target.
  caf::error target_down_error(std::string detail = {}) const;

  /// Whether there is no target and none will come.
  bool is_down();

protected:
  void on_tick(time_point alarm) override;

  void on_reset() override;

  void sweep(time_point now, compat::scheduler* via) override;

  void check_layers(faults& out, const policy& p) const override;

  void configure_layers(const policy& p) override;

  void describe_layers(policy& into) const override;

  layer_metrics count_layers() override;

  guard_keys* keys() noexcept override;

  void on_down(const caf::actor_addr& whom, const caf::error& reason) override;

private:
  friend class guard_host;

  void on_request(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void on_answer(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void on_plain(caf::mailbox_element_ptr ptr, compat::scheduler* via);
  void show_chaos(bool on);
  void replace_target();
  void stay_without(const outlook& x);

  /// Null while there is none: the last one has ended. Taken away in the
  /// actor's own context, given by any thread, both under the ledger's lock;
  /// read under that lock.
  caf::strong_actor_ptr target_;
  /// Whether the target takes a deadline from this thread. Not ordered with
  /// the target: who sees the one before it sends a deadline to an actor that
  /// knows none, or sends none, once.
  std::atomic<bool> target_is_guard_;
  const bool takes_empty_answers_;
  /// Whether the circuit counts this guard among those that make faults.
  bool chaotic_ = false;
  const std::unique_ptr<target_keeper> keeper_;
  /// Null where there is one circuit for all.
  const std::unique_ptr<guard_keys> keys_;
  /// Who had ended when the guard lost its target.
  caf::actor_addr ended_last_;
};

} // namespace resilience
