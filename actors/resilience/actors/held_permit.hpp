// A circuit's permit as an object, for work that is no actor: whatever way the
// work ends, the circuit hears of it. And the guide's `cb.execute(f)`.
//
// No message is sent: the thread that works asks the circuit itself. The
// breaker must be an actor of this process.
#pragma once

#include "resilience/actors/call.hpp"
#include "resilience/actors/interfaces.hpp"
#include "resilience/outcome.hpp"
#include "resilience/validation.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace resilience {

class breaker;
class runtime;

/// The right to one call. Not thread-safe; may move to another thread. Dies
/// before the actor system, but need not before the runtime: its word then
/// counts for nothing. A permit that outlives its lease has counted as a
/// failure.
class held_permit {
public:
  held_permit(held_permit&& other) noexcept;
  held_permit& operator=(held_permit&& other) noexcept;

  /// Unless it was reported: failure if an exception is on its way through this
  /// scope, else neutral.
  ~held_permit();

  // -- once: the first word counts --------------------------------------------
  // Each returns whether it counted for the circuit's present state: false if
  // it comes late, or a word was said before.

  bool success();

  /// @param why for people, in `circuit_status::last_failure`.
  bool failure(std::string why = {});

  /// Says nothing about the upstream.
  bool neutral();

  // -- properties -------------------------------------------------------------

  /// Time after which the permit counts as a failure, from when it was given.
  duration lease() const noexcept {
    return lease_;
  }

private:
  friend caf::expected<held_permit> acquire_permit(const control_actor& of);

  held_permit(caf::strong_actor_ptr of, breaker& giver, uint64_t id,
              duration lease);

  bool report(outcome what, std::string why);
  void drop() noexcept;

  /// Keeps `giver_`; null once a word was said.
  caf::strong_actor_ptr of_;
  breaker* giver_;
  uint64_t id_;
  duration lease_;
  /// Exceptions that were on their way when it was made.
  int exceptions_;
};

/// Asks for a permit of the breaker or guard `of`, or says why there is none:
/// `circuit_open` with `retry_after`, `circuit_isolated`, `half_open_full`,
/// `overloaded`, `shutting_down`; `invalid_config` if `of` is no breaker of
/// this process. Any thread.
caf::expected<held_permit> acquire_permit(const control_actor& of);

/// The same of the circuit of that name; `unknown_circuit` if there is none.
caf::expected<held_permit> acquire_permit(runtime& rt,
                                          std::string_view circuit);

namespace detail {

/// @throws call_error if there is no permit.
held_permit permit_or_throw(const control_actor& of);

/// What a failure of the work means, and what it says.
void report_failure(held_permit& permit, const failure_facts& what,
                    std::string why);

} // namespace detail

/// Runs `f` with a permit of `of` and reports: an exception is a failure and is
/// thrown on; so is a result that holds an error (`fallible`). What a guard
/// further in has turned away is neutral. Any thread that may wait for `f`.
/// @returns what `f` returns.
/// @throws circuit_open_error without a call of `f` if the circuit is open;
///         call_error if there is no permit for another reason.
/// @throws invalid_config_error if `f` is a null function.
template <class F>
std::invoke_result_t<F&> execute(const control_actor& of, F&& f) {
  using result = std::invoke_result_t<F&>;
  if (is_null_function(f))
    throw invalid_config_error{"the function to execute is null"};
  auto permit = detail::permit_or_throw(of);
  try {
    if constexpr (std::is_void_v<result>) {
      f();
      permit.success();
    } else {
      result x = f();
      if constexpr (fallible<result>) {
        if (!x) {
          auto what = error_traits<error_of<result>>::facts(x.error());
          detail::report_failure(permit, what, what.summary());
        }
      }
      permit.success(); // unless something else was said
      return static_cast<result&&>(x);
    }
  } catch (...) {
    auto e = std::current_exception();
    detail::report_failure(permit, facts_of(e), text_of(e));
    throw;
  }
}

} // namespace resilience
