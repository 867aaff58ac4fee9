#include "resilience/actors/guard.hpp"

#include "resilience/actors/error.hpp"
#include "resilience/actors/guard_host.hpp"
#include "resilience/actors/inherited_deadline.hpp"
#include "resilience/actors/own_id.hpp"

namespace resilience {

guard::guard(caf::actor_config& cfg, caf::strong_actor_ptr target,
             std::shared_ptr<shared_circuit> circuit,
             std::shared_ptr<ticker> timer, std::shared_ptr<services> common,
             const policy& p, hooks x, bool takes_empty_answers)
  : breaker(cfg, std::move(circuit), std::move(timer), std::move(common), p,
            std::move(x)),
    target_(std::move(target)),
    target_is_guard_(dynamic_cast<guard*>(target_->get()) != nullptr),
    takes_empty_answers_(takes_empty_answers) {}

const char* guard::name() const {
  return "resilience.guard";
}

caf::behavior guard::make_behavior() {
  watch_end(target_);
  return breaker::make_behavior();
}

void guard::on_exit() {
  guard_host host{*this, nullptr};
  caf::strong_actor_ptr target;
  stack_.shut(host, host.make(errc::shutting_down), now(),
              [&] { std::swap(target, target_); });
  if (target)
    forget(target.get());
  forget_holders();
}

caf::strong_actor_ptr guard::guarded() {
  caf::strong_actor_ptr result;
  stack_.entries().locked([&] { result = target_; });
  return result;
}

compat::enqueue_result guard::enqueue(caf::mailbox_element_ptr ptr,
                                      compat::scheduler* via) {
  auto id = ptr->mid;
  // Ours: answers to what we sent ourselves, CAF's messages, control messages,
  // and what we sent to ourselves (else its result would go to the target).
  auto for_us = id.is_response()
                  ? !is_own(id)
                  : ptr->sender == this || compat::is_for_guard(*ptr);
  if (for_us)
    return breaker::enqueue(std::move(ptr), via);
  if (id.is_response())
    on_answer(std::move(ptr), via);
  else if (id.is_request())
    on_request(std::move(ptr), via);
  else
    on_plain(std::move(ptr), via);
  return RESILIENCE_ENQUEUED;
}

void guard::on_request(caf::mailbox_element_ptr ptr, compat::scheduler* via) {
  auto latest = inherited_deadline::take();
  auto at = now();
  guard_host host{*this, via};
  if (stack_.entries().overdue(at))
    stack_.expire(host, at);
  call who{std::move(ptr->sender), ptr->mid};
  stack_.arrive(host, std::move(who), std::move(ptr), at, latest);
}

void guard::on_answer(caf::mailbox_element_ptr ptr, compat::scheduler* via) {
  auto at = now();
  guard_host host{*this, via};
  if (stack_.entries().overdue(at))
    stack_.expire(host, at);
  auto id = ledger_id(ptr->mid);
  stack_.answered(host, id, std::move(ptr), at);
}

void guard::on_plain(caf::mailbox_element_ptr ptr, compat::scheduler* via) {
  caf::strong_actor_ptr target;
  if (machine().passes())
    target = guarded();
  // The sender stays: a result of a plain message goes straight back to it.
  if (target)
    target->get()->enqueue(std::move(ptr), via);
  else
    machine().count_dropped();
}

void guard::sweep(time_point now, compat::scheduler* via) {
  guard_host host{*this, via};
  stack_.expire(host, now);
}

void guard::check_layers(faults& out, const policy& p) const {
  auto* x = stack_.extras();
  check_hooks(out, p, x != nullptr ? *x : hooks{}, takes_empty_answers_);
}

void guard::configure_layers(const policy& p) {
  guard_host host{*this, context()};
  stack_.configure(host, p);
}

void guard::on_down(const caf::actor_addr& whom, const caf::error& reason) {
  breaker::on_down(whom, reason); // targets may hold permits, too
  // Only this actor's context changes the target.
  if (!target_ || caf::actor_cast<caf::actor_addr>(target_) != whom)
    return;
  guard_host host{*this, context()};
  guard_host::failure why{
    caf::make_message(make_error(errc::target_down, machine().name(),
                                 compat::render(system(), reason))),
    false};
  caf::strong_actor_ptr target;
  if (stack_.entries().size() > 0)
    host.note(why);
  stack_.target_ended(host, why, now(), [&] { std::swap(target, target_); });
}

} // namespace resilience
