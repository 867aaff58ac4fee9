// What is code or an actor and so cannot stand in a policy: given beside it to
// `runtime::guard`. Hooks never travel and never change.
//
// Hooks run on the thread where the question arises (a caller's, the target's,
// the ticker's), outside every lock: they must be short and safe to call from
// several threads at once. One that throws counts in `hook_failures` and leaves
// the default in force. The end of the runtime tells guards to end and waits
// for none of them: what a hook captures must live until the actor system has
// ended (but for `respawn`, which is not called after the runtime's end).
#pragma once

#include "resilience/outcome.hpp"
#include "resilience/policy.hpp"
#include "resilience/time.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>

#include <functional>
#include <optional>
#include <utility>
#include <variant>

namespace resilience {

/// Who answers a caller in place of an error; see `fallback_config`.
class fallback {
public:
  /// Makes the answer from the error; an error instead of it, or an exception,
  /// and the caller gets the original error.
  using function_type =
    std::function<caf::expected<caf::message>(const caf::error&)>;

  /// None.
  fallback() = default;

  /// Always the same answer, e.g. `fallback::value(std::string{"try later"})`.
  template <class... Ts>
  static fallback value(Ts&&... xs) {
    return fallback{caf::make_message(std::forward<Ts>(xs)...)};
  }

  static fallback function(function_type f) {
    return f ? fallback{std::move(f)} : fallback{};
  }

  /// Gets the same request; has `fallback_config::limit` to answer it. Held
  /// for as long as the guard lives.
  template <class Handle>
  static fallback actor(const Handle& x) {
    auto ptr = caf::actor_cast<caf::strong_actor_ptr>(x);
    return ptr ? fallback{std::move(ptr)} : fallback{};
  }

  explicit operator bool() const noexcept {
    return !std::holds_alternative<std::monostate>(what_);
  }

  /// Null unless the fallback is an actor.
  caf::strong_actor_ptr whom() const {
    auto x = std::get_if<caf::strong_actor_ptr>(&what_);
    return x != nullptr ? *x : nullptr;
  }

  bool is_actor() const noexcept {
    return std::holds_alternative<caf::strong_actor_ptr>(what_);
  }

  /// The answer of a value or function. May throw what the function throws.
  caf::expected<caf::message> answer(const caf::error& e) const {
    if (auto x = std::get_if<caf::message>(&what_))
      return *x;
    if (auto f = std::get_if<function_type>(&what_))
      return (*f)(e);
    return e;
  }

private:
  using alternatives = std::variant<std::monostate, caf::message, function_type,
                                    caf::strong_actor_ptr>;

  explicit fallback(alternatives x) : what_(std::move(x)) {}

  alternatives what_;
};

/// Makes an actor in place of one that has ended, a new one each time. An
/// exception or a null handle counts as one that ended at once. Runs in the
/// context of the guard or team that asks for it, never while the runtime ends:
/// that waits for it.
using respawn_function = std::function<caf::actor(caf::actor_system&)>;

/// The same from a function that returns a handle of any type.
template <class F>
respawn_function respawn_with(F f) {
  return [f = std::move(f)](caf::actor_system& sys) mutable {
    return caf::actor_cast<caf::actor>(
      caf::actor_cast<caf::strong_actor_ptr>(f(sys)));
  };
}

struct hooks {
  /// Answers in place of errors; needs no more than this, but
  /// `policy::fallback` may narrow it.
  resilience::fallback fallback{};
  /// The answer for `timeout_action::return_default`, e.g.
  /// `caf::make_message(0)`.
  caf::message default_value{};
  /// What an error answer of the target means. Not asked for rejections by
  /// another guard or messages that the target does not know: neutral.
  std::function<outcome(const caf::error&)> judge_error{};
  /// What a rejection by another guard, passed on by the target, means; by
  /// default neutral. One that counts as a failure may be tried again, and a
  /// fallback may answer instead.
  std::function<outcome(const caf::error&)> judge_rejection{};
  /// What any other answer means: a page that says 503 may be a failure. The
  /// caller gets it all the same. It sees answers of every type, as the next
  /// two see every request.
  std::function<outcome(const caf::message&)> judge_answer{};
  /// Whether a failure may be tried again, after the lists of `retry_config`.
  std::function<bool(const caf::error&)> retry_if{};
  /// Whether a request may be repeated at all; by default all may, which a
  /// policy with `hedge` does not take for an answer.
  std::function<bool(const caf::message&)> idempotent{};
  /// The key of a request: a tenant, a host, an agent. Each key has a circuit
  /// of its own; needs no more than this, but `policy::keyed` may bound it.
  /// Where it throws or returns nothing, the guard's own circuit has the call.
  /// It sees every message, also what the target does not know: `get_as` needs
  /// a look at the types before.
  std::function<std::string(const caf::message&)> key{};
  /// The delay for which a failed target asks (`parse_retry_after` reads HTTP's
  /// header); by default what `retry_after` finds.
  std::function<std::optional<duration>(const caf::error&)> retry_hint{};
  /// Makes a new target when the target has ended; needs no more than this, but
  /// `policy::restart` says when and how often. What it made ends with the
  /// guard, unless it lives on another node; what the guard was given first
  /// does not.
  respawn_function respawn{};

  /// Whether anything is set that calls meet on their way.
  explicit operator bool() const noexcept {
    return fallback || !default_value.empty() || judge_error || judge_rejection
           || judge_answer || retry_if || idempotent || key || retry_hint;
  }
};

/// Appends to `out` what `p` needs of `x` and does not find, and an empty
/// answer for callers who cannot take one.
void check_hooks(faults& out, const policy& p, const hooks& x,
                 bool takes_empty_answers);

} // namespace resilience
