// What a scripted target does with one request: a value.
//
//   reaction::answer(std::string{"receipt"}).after(2s)
//   reaction::error(caf::sec::runtime_error)
//
// Immutable: `after` and `twice` return another one.
#pragma once

#include "resilience/actors/compat_errors.hpp"
#include "resilience/settings.hpp"
#include "resilience/time.hpp"
#include "resilience/validation.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>

#include <functional>
#include <string>
#include <utility>
#include <variant>

namespace resilience::test {

class reaction {
public:
  /// Makes the answer from the request. May throw: the target then does.
  using function_type =
    std::function<caf::expected<caf::message>(const caf::message&)>;

  // -- kinds ------------------------------------------------------------------

  /// Keeps the request, until `scripted_target::release` or its end.
  struct silent {};
  /// Forgets the request: CAF 1.x tells the caller, 0.17 does not.
  struct dropping {};
  struct answering {
    caf::message content;
  };
  struct dying {
    caf::error reason;
  };
  struct raising {
    std::string what;
  };
  struct passing {
    caf::actor to;
  };
  struct computing {
    function_type f;
  };
  using kind = std::variant<silent, dropping, answering, dying, raising,
                            passing, computing>;

  // -- factories --------------------------------------------------------------

  /// Answers with these values; with none: an empty answer.
  template <class... Ts>
  static reaction answer(Ts&&... xs) {
    return reaction{answering{caf::make_message(std::forward<Ts>(xs)...)}};
  }

  /// Answers with an error, e.g. `caf::sec::runtime_error`.
  /// @throws invalid_config_error if it is none.
  static reaction error(caf::error e) {
    if (!compat::failed(e))
      throw invalid_config_error{"error must say something"};
    return reaction{answering{caf::make_message(std::move(e))}};
  }

  /// Never answers: the caller waits for as long as it wants to.
  static reaction silence() {
    return reaction{silent{}};
  }

  static reaction drop() {
    return reaction{dropping{}};
  }

  /// Ends without an answer. What waits behind goes down with it.
  static reaction
  die(caf::error reason = caf::make_error(caf::exit_reason::user_shutdown)) {
    return reaction{dying{std::move(reason)}};
  }

  /// Throws a `std::runtime_error`, which ends the target; CAF prints it.
  static reaction raise(std::string what = "raised by a scripted target") {
    return reaction{raising{std::move(what)}};
  }

  /// Leaves the request to another actor, which answers the caller.
  /// @throws invalid_config_error if the handle is null.
  template <class Handle>
  static reaction pass_to(const Handle& to) {
    if (!to)
      throw invalid_config_error{"pass_to: the handle is null"};
    return reaction{passing{caf::actor_cast<caf::actor>(to)}};
  }

  /// @throws invalid_config_error if `f` is empty.
  static reaction function(function_type f) {
    if (!f)
      throw invalid_config_error{"function must not be empty"};
    return reaction{computing{std::move(f)}};
  }

  // -- variations -------------------------------------------------------------

  /// The same, so much later. 0 to 365 days.
  /// @throws invalid_config_error
  reaction after(duration d) const {
    faults found;
    check_range(found, "after", d, any_wait.lowest, any_wait.highest);
    if (!found.empty())
      throw invalid_config_error{found};
    auto result = *this;
    result.delay_ = d;
    return result;
  }

  /// The same answer, and once more: what a faulty actor does.
  /// @throws invalid_config_error unless it is an answer or an error.
  reaction twice() const {
    if (!std::holds_alternative<answering>(what_))
      throw invalid_config_error{"only an answer can be given twice"};
    auto result = *this;
    result.twice_ = true;
    return result;
  }

  // -- properties -------------------------------------------------------------

  const kind& what() const noexcept {
    return what_;
  }

  duration delay() const noexcept {
    return delay_;
  }

  bool is_twice() const noexcept {
    return twice_;
  }

private:
  explicit reaction(kind x) : what_(std::move(x)) {}

  kind what_;
  duration delay_{};
  bool twice_ = false;
};

} // namespace resilience::test
