// What can be done for a call that runs through the layers of a guard: the host
// of a stack (stack.hpp). Made where an event arrives, on that event's thread.
#pragma once

#include "resilience/actors/guard.hpp"
#include "resilience/actors/own_id.hpp"

#include <memory>
#include <optional>
#include <string>

namespace resilience {

class guard_host {
public:
  using call = guard::call;
  using failure = guard::call_types::failure;
  using parcel = caf::mailbox_element_ptr;

  guard_host(guard& self, compat::scheduler* via) : self_(self), via_(via) {}

  // -- the guard --------------------------------------------------------------

  circuit& machine() noexcept {
    return self_.machine();
  }

  time_point now() const noexcept {
    return self_.now();
  }

  void wake(time_point due) {
    self_.wake_at(due);
  }

  caf::strong_actor_ptr keep_alive() {
    return caf::strong_actor_ptr{self_.ctrl()};
  }

  // -- the target -------------------------------------------------------------

  /// Under the ledger's lock.
  caf::strong_actor_ptr target() const {
    return self_.target_;
  }

  bool gone();

  /// Sends `what` as the attempt `id`, which ends at `due`. Nothing of the
  /// guard is touched afterwards: it may be gone.
  void send(const caf::strong_actor_ptr& to, parcel what, uint64_t id,
            time_point due) {
    address(*what, id);
    if (self_.target_is_guard_)
      return send_with_deadline(to, std::move(what), due);
    to->get()->enqueue(std::move(what), via_);
  }

  // -- answers ----------------------------------------------------------------

  void deliver(call who, parcel answer) {
    if (!who.who)
      return;
    answer->sender = keep_alive();
    answer->mid = who.id.response_id();
    who.who->get()->enqueue(std::move(answer), via_);
  }

  void fail(call who, failure e);
  void bounce(call who, parcel request, const admission& why);

  /// What an answer means; replaces it by `target_down` where CAF says that
  /// nobody answered.
  outcome judge(parcel& answer) {
    if (is_error(answer))
      return judge_error(answer);
    auto* x = extras();
    return x != nullptr && x->judge_answer ? judge_content(answer)
                                           : outcome::success;
  }

  // -- failures ---------------------------------------------------------------

  failure failure_of(const parcel& answer) const;
  failure make(errc x) const;
  failure make(errc x, duration retry_after) const;
  /// That there is no target, and when there will be one.
  failure target_down(std::string why = {}) const;
  failure rejection(const admission& why) const;
  failure rejection(const admission& why, const circuit& of_key) const;
  failure reported(failure e, const retry_report& x) const;

  bool is_error(const failure& e) const;
  bool is_error(const parcel& answer) const {
    return compat::holds_error(*answer);
  }

  /// Names an error; valid while it lives.
  class named {
  public:
    explicit named(const failure& e);

    operator error_id() const noexcept { // NOLINT: it is one
      return {category_, code_, name_};
    }

  private:
    std::string category_;
    std::string name_;
    int64_t code_ = 0;
  };

  named id_of(const failure& e) const {
    return named{e};
  }

  std::optional<duration> hint(const failure& e);

  /// Remembers why the last call failed.
  void note(const failure& e);
  void lease_ended();

  // -- requests ---------------------------------------------------------------

  compat::kept_request keep(const parcel& what) const;
  compat::kept_request unpack(parcel& what) const;
  parcel pack(const compat::kept_request& x) const;
  parcel copy(const parcel& answer) const;

  bool repeatable(const parcel& what);
  std::shared_ptr<circuit> circuit_for(const parcel& what, time_point now);
  /// The same for what is no call: makes none.
  std::shared_ptr<circuit> known_circuit(const parcel& what);
  bool may_retry(const failure& e);

  // -- substitutes ------------------------------------------------------------

  bool asks_fallback() const;
  void send_to_fallback(parcel what, uint64_t id, time_point due);
  bool fall_back(call& who, const failure& e);
  bool substitute(call& who, timeout_action what);

private:
  const hooks* extras() const noexcept {
    return self_.stack_.extras();
  }

  const std::string& name() const noexcept {
    return self_.circuit_ptr()->machine().name();
  }

  /// Its answer comes back to the guard, for the entry `id`.
  void address(caf::mailbox_element& what, uint64_t id) {
    what.sender = keep_alive();
    what.mid = own_id(id, what.mid);
  }

  void send_with_deadline(const caf::strong_actor_ptr& to, parcel what,
                          time_point due);
  outcome judge_error(parcel& answer);
  template <class Hook>
  outcome judged(Hook hooks::*which, outcome otherwise, const caf::error& e);
  outcome judge_content(const parcel& answer);

  /// Runs code of the user's: `otherwise` if there is none or it throws.
  template <class T, class Hook, class... Ts>
  T ask(Hook hooks::*which, T otherwise, const Ts&... xs);

  void answer(call& who, caf::message content, bool from_us);

  guard& self_;
  compat::scheduler* via_;
};

} // namespace resilience
