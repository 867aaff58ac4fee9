#include "resilience/actors/guard_host.hpp"

#include "resilience/actors/error.hpp"
#include "resilience/actors/inherited_deadline.hpp"

namespace resilience {

// -- the target ---------------------------------------------------------------

bool guard_host::gone() {
  return self_.is_down();
}

void guard_host::send_with_deadline(const caf::strong_actor_ptr& to,
                                    parcel what, time_point due) {
  inherited_deadline scope{due};
  to->get()->enqueue(std::move(what), via_);
}

// -- answers ------------------------------------------------------------------

// Our own words come in no actor's name, as CAF's do; so do all once the guard
// ends: it may be going down for want of references, and none may be made.
void guard_host::answer(call& who, caf::message content, bool from_us) {
  if (!who.who)
    return;
  auto sender = from_us || self_.ended() ? nullptr : keep_alive();
  who.who->get()->enqueue(compat::make_element(std::move(sender),
                                               who.id.response_id(),
                                               std::move(content)),
                          via_);
}

void guard_host::fail(call who, failure e) {
  answer(who, std::move(e.content), !e.answered);
}

void guard_host::bounce(call who, parcel request, const admission& why) {
  auto bounced =
    compat::make_error_answer(std::move(request), rejected(name(), why));
  // The element may have had the id of an attempt.
  bounced->mid = who.id.response_id();
  if (who.who)
    who.who->get()->enqueue(std::move(bounced), via_);
}

outcome guard_host::judge_content(const parcel& answer) {
  auto content = compat::copy_content(*answer);
  auto result = ask(&hooks::judge_answer, outcome::success, content);
  if (!valid(result))
    return outcome::success;
  if (result == outcome::failure)
    self_.circuit_ptr()->note_failure(
      caf::make_message(std::string{"an answer that counts as a failure"}));
  return result;
}

template <class Hook>
outcome guard_host::judged(Hook hooks::*which, outcome otherwise,
                           const caf::error& e) {
  auto result = ask(which, otherwise, e);
  return valid(result) ? result : otherwise;
}

outcome guard_host::judge_error(parcel& answer) {
  const auto& e = answer->content().get_as<caf::error>(0);
  auto result = outcome::failure;
  if (compat::says_nobody_answered(e, answer->sender != nullptr)) {
    answer = compat::make_element(std::move(answer->sender), answer->mid,
                                  make(errc::target_down).content);
  } else if (e == caf::sec::unexpected_message) {
    return outcome::neutral; // the caller's own mistake
  } else if (is_rejection(code_of(e))) {
    // A guard further in turned it away.
    result = judged(&hooks::judge_rejection, outcome::neutral, e);
  } else {
    result = judged(&hooks::judge_error, outcome::failure, e);
  }
  if (result == outcome::failure)
    self_.circuit_ptr()->note_failure(compat::copy_content(*answer));
  return result;
}

// -- failures -----------------------------------------------------------------

guard_host::failure guard_host::failure_of(const parcel& answer) const {
  return {compat::copy_content(*answer), true};
}

guard_host::failure guard_host::target_down(std::string why) const {
  return {caf::make_message(self_.target_down_error(std::move(why))), false};
}

guard_host::failure guard_host::make(errc x) const {
  if (x == errc::target_down)
    return target_down();
  std::string detail;
  if (x == errc::overloaded)
    detail =
      std::to_string(self_.stack_.entries().limit()) + " requests in flight";
  return {caf::make_message(make_error(x, name(), std::move(detail))), false};
}

guard_host::failure guard_host::make(errc x, duration retry_after) const {
  return {caf::make_message(make_error(x, name(), retry_after)), false};
}

guard_host::failure guard_host::rejection(const admission& why) const {
  return {caf::make_message(rejected(name(), why)), false};
}

guard_host::failure guard_host::rejection(const admission& why,
                                          const circuit& of_key) const {
  return {caf::make_message(rejected(name(), why, of_key.name())), false};
}

guard_host::failure guard_host::reported(failure e,
                                         const retry_report& x) const {
  if (auto what = compat::error_in(e.content);
      what != nullptr && compat::failed(*what))
    e.content = caf::make_message(with_report(*what, x));
  return e;
}

bool guard_host::is_error(const failure& e) const {
  return compat::error_in(e.content) != nullptr;
}

guard_host::named::named(const failure& e) {
  auto what = compat::error_in(e.content);
  if (what == nullptr || !compat::failed(*what))
    return;
  category_ = compat::category_name(*what);
  name_ = compat::code_name(*what);
  code_ = what->code();
}

std::optional<duration> guard_host::hint(const failure& e) {
  auto what = compat::error_in(e.content);
  if (what == nullptr)
    return std::nullopt;
  // A word of ours asks for a delay where a new target is due then.
  auto result = e.answered ? ask(&hooks::retry_hint, retry_after(*what), *what)
                           : retry_after(*what);
  // A target whose clock is behind asks for a time that is past.
  return result && *result > duration::zero() ? result : std::nullopt;
}

void guard_host::note(const failure& e) {
  self_.circuit_ptr()->note_failure(e.content);
}

void guard_host::lease_ended() {
  self_.circuit_ptr()->note_lease_end();
}

// -- requests -----------------------------------------------------------------

compat::kept_request guard_host::keep(const parcel& what) const {
  return compat::keep_request(*what);
}

compat::kept_request guard_host::unpack(parcel& what) const {
  return compat::unpack_request(*what);
}

guard_host::parcel guard_host::pack(const compat::kept_request& x) const {
  return compat::pack_request(nullptr, caf::make_message_id(), x);
}

guard_host::parcel guard_host::copy(const parcel& answer) const {
  return compat::make_element(answer->sender, answer->mid,
                              compat::copy_content(*answer));
}

bool guard_host::repeatable(const parcel& what) {
  auto* x = extras();
  if (x == nullptr || !x->idempotent)
    return true;
  return ask(&hooks::idempotent, false, compat::copy_content(*what));
}

std::shared_ptr<circuit> guard_host::circuit_for(const parcel& what,
                                                 time_point now) {
  if (!self_.keys_)
    return nullptr;
  auto key = ask(&hooks::key, std::string{}, compat::copy_content(*what));
  return self_.keys_->circuit_of(key, now);
}

std::shared_ptr<circuit> guard_host::known_circuit(const parcel& what) {
  auto by_hand = machine().state() == circuit_state::isolated
                 || machine().state() == circuit_state::disabled;
  if (!self_.keys_ || by_hand)
    return nullptr;
  return self_.keys_->find(
    ask(&hooks::key, std::string{}, compat::copy_content(*what)));
}

bool guard_host::may_retry(const failure& e) {
  auto* x = extras();
  auto what = compat::error_in(e.content);
  if (x == nullptr || !x->retry_if || what == nullptr)
    return true;
  return ask(&hooks::retry_if, false, *what);
}

// -- substitutes --------------------------------------------------------------

bool guard_host::asks_fallback() const {
  auto* x = extras();
  return x != nullptr && x->fallback.is_actor();
}

void guard_host::send_to_fallback(parcel what, uint64_t id, time_point due) {
  // A copy: the guard may be gone before this returns.
  auto to = extras()->fallback.whom();
  address(*what, id);
  if (takes_deadline(to))
    return send_with_deadline(to, std::move(what), due);
  to->get()->enqueue(std::move(what), via_);
}

bool guard_host::fall_back(call& who, const failure& e) {
  auto* x = extras();
  auto what = compat::error_in(e.content);
  if (x == nullptr || what == nullptr)
    return false;
  try {
    auto result = x->fallback.answer(*what);
    if (!result || compat::error_in(*result) != nullptr)
      return false;
    answer(who, std::move(*result), true);
    return true;
  } catch (...) {
    self_.stack_.count_hook_failure();
    return false;
  }
}

bool guard_host::substitute(call& who, timeout_action what) {
  auto* x = extras();
  auto value = what == timeout_action::return_none || x == nullptr
                 ? caf::make_message()
                 : x->default_value;
  answer(who, std::move(value), true);
  return true;
}

// -- hooks --------------------------------------------------------------------

template <class T, class Hook, class... Ts>
T guard_host::ask(Hook hooks::*which, T otherwise, const Ts&... xs) {
  auto* x = extras();
  if (x == nullptr || !(x->*which))
    return otherwise;
  try {
    return (x->*which)(xs...);
  } catch (...) {
    // A hook is foreign code on somebody else's thread: nothing may pass.
    self_.stack_.count_hook_failure();
    return otherwise;
  }
}

} // namespace resilience
