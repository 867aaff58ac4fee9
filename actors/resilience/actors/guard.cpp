#include "resilience/actors/guard.hpp"

#include "resilience/actors/error.hpp"

namespace resilience {

namespace {

// Marks the ids of our own requests, which the ledger makes.
constexpr uint64_t own_mark = uint64_t{1} << 59;

bool is_own(caf::message_id id) noexcept {
  return (id.request_id().integer_value() & own_mark) != 0;
}

uint64_t ledger_id(caf::message_id id) noexcept {
  return id.request_id().integer_value() & (own_mark - 1);
}

bool is_error(caf::mailbox_element& element) {
  return element.content().match_elements<caf::error>();
}

} // namespace

guard::guard(caf::actor_config& cfg, caf::strong_actor_ptr target,
             std::shared_ptr<shared_circuit> circuit,
             std::shared_ptr<ticker> timer, std::shared_ptr<end_watch> ends,
             const policy& p)
  : breaker(cfg, std::move(circuit), std::move(timer), std::move(ends), p),
    target_(std::move(target)) {}

const char* guard::name() const {
  return "resilience.guard";
}

caf::behavior guard::make_behavior() {
  watch(target_);
  return breaker::make_behavior();
}

void guard::on_exit() {
  caf::strong_actor_ptr target;
  auto calls = ledger_.shut([&] { std::swap(target, target_); });
  if (target)
    forget(target.get());
  forget_holders();
  settle_all(std::move(calls), outcome::neutral, shutting_down_error());
}

caf::strong_actor_ptr guard::guarded() {
  caf::strong_actor_ptr result;
  ledger_.locked([&] { result = target_; });
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
  auto at = now();
  if (ledger_.overdue(at))
    sweep(at, via);
  auto admission = machine().admit(at);
  if (!admission) {
    auto who = std::move(ptr->sender);
    auto bounced = compat::make_error_answer(
      std::move(ptr), rejected(machine().name(), admission));
    if (who)
      who->get()->enqueue(std::move(bounced), via);
    return;
  }
  call caller{std::move(ptr->sender), ptr->mid};
  auto due = deadline(at);
  caf::strong_actor_ptr target;
  auto opened =
    ledger_.open(caller, admission.pass, at, due, [&] { target = target_; });
  if (opened.why != refusal::none)
    return turn_away(caller, admission.pass, opened.why, at, via);
  if (!target) {
    if (auto gone = ledger_.close(opened.id)) {
      circuit_ptr()->note_failure(caf::make_message(down_error()));
      machine().settle(gone->pass, outcome::failure, duration::zero(), at);
      answer(gone->payload.who, gone->payload.id, down_error(), via);
    }
    return;
  }
  if (opened.wake)
    wake_at(due);
  ptr->sender = caf::strong_actor_ptr{ctrl()};
  ptr->mid =
    caf::message_id{own_mark | opened.id}.with_category(ptr->mid.category());
  target->get()->enqueue(std::move(ptr), via);
}

void guard::on_answer(caf::mailbox_element_ptr ptr, compat::scheduler* via) {
  auto at = now();
  if (ledger_.overdue(at))
    sweep(at, via);
  auto found =
    ledger_.close_if(ledger_id(ptr->mid), [](const call_ledger::entry& x) {
      return x.payload.is_request();
    });
  if (!found)
    return machine().count_late_answer();
  auto what = is_error(*ptr) ? judge(ptr) : outcome::success;
  machine().settle(found->pass, what, saturating_sub(at, found->opened), at);
  auto& caller = found->payload;
  if (!caller.who)
    return;
  ptr->sender = caf::strong_actor_ptr{ctrl()};
  ptr->mid = caller.id.response_id();
  caller.who->get()->enqueue(std::move(ptr), via);
}

void guard::on_plain(caf::mailbox_element_ptr ptr, compat::scheduler* via) {
  caf::strong_actor_ptr target;
  if (machine().passes())
    ledger_.locked([&] { target = target_; });
  // The sender stays: a result of a plain message goes straight back to it.
  if (target)
    target->get()->enqueue(std::move(ptr), via);
  else
    machine().count_dropped();
}

void guard::turn_away(const call& caller, const permit& pass, refusal why,
                      time_point now, compat::scheduler* via) {
  machine().settle(pass, outcome::neutral, duration::zero(), now);
  auto e =
    why == refusal::closed
      ? make_error(errc::shutting_down, machine().name(), std::string{})
      : make_error(errc::overloaded, machine().name(),
                   std::to_string(ledger_.limit()) + " requests in flight");
  answer(caller.who, caller.id, std::move(e), via);
}

void guard::on_down(const caf::actor_addr& whom, const caf::error& reason) {
  breaker::on_down(whom, reason); // targets may hold permits, too
  // Only this actor's context changes the target.
  if (!target_ || caf::actor_cast<caf::actor_addr>(target_) != whom)
    return;
  auto e = make_error(errc::target_down, machine().name(),
                      compat::render(system(), reason));
  caf::strong_actor_ptr target;
  auto calls = ledger_.close_all(
    [](const call_ledger::entry& x) { return x.payload.is_request(); },
    [&] { std::swap(target, target_); });
  if (!calls.empty())
    circuit_ptr()->note_failure(caf::make_message(e));
  settle_all(std::move(calls), outcome::failure, e);
}

caf::error guard::down_error() const {
  return make_error(errc::target_down, circuit_ptr()->machine().name(),
                    std::string{});
}

outcome guard::judge(caf::mailbox_element_ptr& ptr) {
  const auto& e = ptr->content().get_as<caf::error>(0);
  if (compat::says_nobody_answered(e, ptr->sender != nullptr)) {
    ptr = compat::make_element(std::move(ptr->sender), ptr->mid,
                               caf::make_message(down_error()));
  } else if (e == caf::sec::unexpected_message || is_rejection(code_of(e))) {
    // The caller's own mistake, or a guard further in that turned it away.
    return outcome::neutral;
  }
  circuit_ptr()->note_failure(compat::copy_content(*ptr));
  return outcome::failure;
}

} // namespace resilience
