#include "resilience/actors/guard.hpp"

#include "resilience/actors/chain.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/function_target.hpp"
#include "resilience/actors/guard_host.hpp"
#include "resilience/actors/inherited_deadline.hpp"
#include "resilience/actors/own_id.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

bool takes_deadline(const caf::strong_actor_ptr& x) {
  return x
         && (dynamic_cast<guard*>(x->get()) != nullptr
             || dynamic_cast<function_target*>(x->get()) != nullptr);
}

guard::guard(caf::actor_config& cfg, caf::strong_actor_ptr target,
             std::shared_ptr<shared_circuit> circuit,
             std::shared_ptr<ticker> timer, std::shared_ptr<services> common,
             const policy& p, hooks x, bool takes_empty_answers,
             std::unique_ptr<target_keeper> keeper)
  : breaker(cfg, std::move(circuit), std::move(timer), std::move(common), p,
            std::move(x)),
    target_(std::move(target)), target_is_guard_(takes_deadline(target_)),
    takes_empty_answers_(takes_empty_answers), keeper_(std::move(keeper)),
    keys_(p.keyed ? std::make_unique<guard_keys>(p, circuit_ptr()) : nullptr) {
  show_chaos(p.chaos.has_value());
}

guard::~guard() {
  show_chaos(false);
}

const char* guard::name() const {
  return "resilience.guard";
}

caf::behavior guard::make_behavior() {
  if (auto target = guarded()) {
    watch_end(target);
    if (keeper_)
      keeper_->on_begin(now());
  }
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
  show_chaos(false);
  if (keeper_)
    keeper_->on_guard_end(target);
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
  guard_host host{*this, via};
  auto of_key = host.known_circuit(ptr);
  if (of_key ? of_key->passes() : machine().passes())
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
  check_restart(out, p, keeper_.get());
  if (p.keyed && (!keys_ || *p.keyed != keys_->config()))
    out.push_back("keyed cannot change under way");
  if (keys_ && !p.breaker)
    out.push_back("breaker cannot be turned off where there are keys");
}

void guard::configure_layers(const policy& p) {
  guard_host host{*this, context()};
  auto in_force = p;
  if (keys_) // they stay as they are
    in_force.keyed = keys_->config();
  stack_.configure(host, in_force);
  show_chaos(p.chaos.has_value());
  if (keys_)
    keys_->configure(*p.breaker);
  if (!keeper_)
    return;
  keeper_->configure(p);
  if (is_down())
    stay_without(keeper_->look());
}

void guard::describe_layers(policy& into) const {
  breaker::describe_layers(into);
  if (keeper_)
    keeper_->describe_into(into);
  if (keys_)
    into.keyed = keys_->config();
}

guard_keys* guard::keys() noexcept {
  return keys_.get();
}

void guard::show_chaos(bool on) {
  if (std::exchange(chaotic_, on) != on)
    circuit_ptr()->count_chaotic_guard(on);
}

layer_metrics guard::count_layers() {
  auto result = breaker::count_layers();
  if (keeper_)
    result.restarts = keeper_->restarts();
  result.down = is_down();
  return result;
}

// -- the end of the target, and another one -----------------------------------

bool guard::is_down() {
  return !guarded() && !(keeper_ && keeper_->look().awaited);
}

caf::error guard::target_down_error(std::string detail) const {
  const auto& name = circuit_ptr()->machine().name();
  auto known = keeper_ ? keeper_->look() : outlook{};
  if (detail.empty())
    detail = std::move(known.why);
  if (!known.awaited || known.due == time_point::max())
    return make_error(errc::target_down, name, std::move(detail));
  auto left = std::max(saturating_sub(known.due, now()), duration::zero());
  return make_error(errc::target_down, name, std::move(detail), left);
}

void guard::on_down(const caf::actor_addr& whom, const caf::error& reason) {
  breaker::on_down(whom, reason); // targets may hold permits, too
  auto target = guarded();
  if (!target || caf::actor_cast<caf::actor_addr>(target) != whom)
    return;
  ending what{kind_of_end(reason), compat::render(system(), reason)};
  if (keeper_)
    wake_at(keeper_->on_end(what, now()));
  guard_host host{*this, context()};
  auto why = host.target_down(what.why);
  if (stack_.entries().size() > 0)
    host.note(why);
  auto for_good = !keeper_ || !keeper_->look().awaited;
  // Nobody adopts before `after_end`. An address keeps the memory of its actor.
  if (keeper_)
    ended_last_ = whom;
  caf::strong_actor_ptr gone;
  stack_.target_ended(
    host, why, now(), [&] { std::swap(gone, target_); }, for_good);
  if (keeper_)
    keeper_->after_end(what);
}

void guard::on_tick(time_point alarm) {
  // First, so that who waited for this instant finds the new target.
  if (keeper_ && keeper_->is_due(now()))
    replace_target();
  breaker::on_tick(alarm);
  if (keys_)
    keys_->forget_idle(now());
}

void guard::on_reset() {
  if (keys_)
    keys_->reset_all(now());
  if (keeper_ && keeper_->on_reset() && !guarded())
    replace_target();
}

void guard::replace_target() {
  std::string fault;
  auto next = keeper_->start(system(), fault);
  if (next)
    fault = refusal(next);
  if (fault.empty()) {
    adopt(next);
    return;
  }
  wake_at(keeper_->on_end({end_kind::failed, fault}, now()));
  auto x = keeper_->look();
  guard_host host{*this, context()};
  host.note(host.target_down(x.why));
  if (!x.awaited)
    stay_without(x);
}

std::string guard::refusal(const caf::strong_actor_ptr& target) const {
  if (passes_through(target, circuit_ptr().get()))
    return "the new target is a guard or breaker of the same circuit";
  if (caf::actor_cast<caf::actor_addr>(target) == ended_last_)
    return "the new target is the one that has ended";
  return {};
}

bool guard::adopt(const caf::strong_actor_ptr& next) {
  target_is_guard_.store(takes_deadline(next), std::memory_order_relaxed);
  ended_last_ = nullptr;
  stack_.entries().locked([&] { target_ = next; });
  keeper_->expect({});
  keeper_->on_adopted(now());
  watch_end(next);
  if (!ended())
    return true;
  // Whoever ended the guard may not have seen it.
  caf::strong_actor_ptr late;
  stack_.entries().locked([&] { std::swap(late, target_); });
  forget(next.get());
  return false;
}

void guard::expect(const outlook& x) {
  keeper_->expect(x);
  if (!x.awaited)
    stay_without(x);
}

void guard::stay_without(const outlook& x) {
  guard_host host{*this, nullptr};
  stack_.target_ended(
    host, host.target_down(x.why), now(), [] {}, true);
}

} // namespace resilience
