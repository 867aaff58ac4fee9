// Asks actors from plain threads, and turns errors into exceptions and back.
//
// Thread-safe. For threads of the application's own, which may wait: within an
// actor it would hold up a thread of the scheduler, and with all of them held
// up nobody would end the wait.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/sync/failure.hpp"

#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace resilience {

// -- exceptions ---------------------------------------------------------------

/// A `caf::error` as an exception.
class call_error : public std::runtime_error, public telling_failure {
public:
  /// @param text see `text_of`.
  call_error(caf::error e, const std::string& text);

  /// With its report (`retries_of`), `retry_after` and all else.
  const caf::error& error() const noexcept {
    return error_;
  }

  /// `errc::none` if it is no error of this library.
  errc code() const {
    return code_of(error_);
  }

  failure_facts facts() const override;

private:
  caf::error error_;
};

/// The circuit admitted nothing: open, isolated, or probing already.
class circuit_open_error : public call_error {
public:
  using call_error::call_error;
};

/// All that the error says, for people. What `to_error` made of an exception is
/// the exception's own text again.
std::string text_of(caf::actor_system& sys, const caf::error& e);

/// Throws `circuit_open_error` where it is one, else `call_error`.
[[noreturn]] void throw_call_error(caf::error e, const std::string& text);

/// The error that says what the exception said: its own if it has one, else
/// `caf::sec::runtime_error` with the text. @pre `x` is not null
caf::error to_error(const std::exception_ptr& x);

/// What a retry has to know of an error (retry_sync.hpp).
template <>
struct error_traits<caf::error> {
  static failure_facts facts(const caf::error& e);

  static caf::error reported(caf::error e, const retry_report& x);

  static caf::error make(errc x, std::string detail) {
    return make_error(x, std::string{}, std::move(detail));
  }
};

// -- requests -----------------------------------------------------------------

namespace detail {

/// Why nobody need be asked: a null handle, or a guard that has ended.
caf::error refusal(const caf::strong_actor_ptr& whom);

} // namespace detail

/// Asks `to` and waits for the answer, an `R`, which may be void. A guard
/// always answers, within its policy's bounds; any other actor may let its
/// caller wait for ever. A guard that has ended answers `shutting_down` at
/// once; a null handle is `invalid_config`; an answer of another type is
/// `caf::sec::unexpected_response`.
/// @pre `sys` lives until this returns
template <class R, class Handle, class... Ts>
caf::expected<R> call(caf::actor_system& sys, const Handle& to, Ts&&... xs) {
  auto refused = detail::refusal(caf::actor_cast<caf::strong_actor_ptr>(to));
  if (compat::failed(refused))
    return refused;
  caf::scoped_actor self{sys};
  caf::expected<R> result{make_error(errc::target_down, {}, std::string{})};
  auto fail = [&](caf::error& e) {
    if (compat::failed(e))
      result = std::move(e);
  };
  auto pending =
    compat::request(self, to, caf::infinite, std::forward<Ts>(xs)...);
  if constexpr (std::is_void_v<R>)
    std::move(pending).receive([&] { result = caf::expected<void>{}; }, fail);
  else
    std::move(pending).receive([&](R& x) { result = std::move(x); }, fail);
  return result;
}

} // namespace resilience
