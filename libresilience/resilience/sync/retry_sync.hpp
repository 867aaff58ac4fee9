// Retry for plain threads: the same settings, delays and budget as a guard's,
// around any function.
//
//   auto text = retry_sync({.max_attempts = 5}, [] { return download(url); });
//
// The caller's thread runs the function and waits between attempts. Not for
// actors: it would hold up a thread of the scheduler; they use a guard.
#pragma once

#include "resilience/layers.hpp"
#include "resilience/retry.hpp"
#include "resilience/sync/failure.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace resilience {

/// Code beside a `retry_config`. Called by every thread that runs something.
struct retry_sync_hooks {
  /// Whether an exception may be tried again, after the lists of
  /// `retry_config`; by default all may. `is_any_of` tells types. If it throws,
  /// there is no further attempt.
  std::function<bool(const std::exception_ptr&)> retry_if{};
  /// Waits; by default `std::this_thread::sleep_for`. What it throws leaves
  /// `run` at once.
  std::function<void(duration)> sleep{};
  /// The time, for the budget; by default `clock::now`.
  std::function<time_point()> now{};
};

/// Runs functions again that fail. Thread-safe: share one per upstream, so that
/// one budget bounds the retries of all.
class retrier {
public:
  /// @throws invalid_config_error naming every fault.
  explicit retrier(const retry_config& cfg = {}, retry_sync_hooks x = {});

  /// Runs `f` until it neither throws nor returns an error (`fallible`), or may
  /// not be tried again. Then the last exception leaves as it is, or the last
  /// error is returned; a `caf::error` has the report with it (`retries_of`).
  /// A rejection by a guard or breaker is not tried again.
  /// @param told gets the number of attempts, and why there was no further one;
  ///        after a success that is `attempts`.
  /// @throws invalid_config_error if `f` is a null function.
  template <class F>
  std::invoke_result_t<F&> run(F&& f, retry_report* told = nullptr) {
    if (is_null_function(f))
      throw invalid_config_error{"the function to retry is null"};
    course way;
    machines_.on_call();
    for (;;) {
      ++way.report.attempts;
      try {
        using result = std::invoke_result_t<F&>;
        if constexpr (std::is_void_v<result>) {
          f();
          return succeeded(way, told);
        } else {
          result x = f();
          if constexpr (fallible<result>)
            if (!x)
              if (auto e = given_up(way, x.error(), told))
                return result{std::move(*e)};
          if (is_success(x)) {
            succeeded(way, told);
            return static_cast<result&&>(x);
          }
        }
      } catch (...) {
        auto x = std::current_exception();
        if (!try_again(way, facts_of(x), x)) {
          tell(way, told);
          throw;
        }
      }
      tell(way, told); // the pause is foreign code, which may throw
      sleep(way.delay);
    }
  }

private:
  /// One call.
  struct course {
    retry_report report{};
    /// The last pause.
    duration delay{};
  };

  static void tell(const course& way, retry_report* told) {
    if (told != nullptr)
      *told = way.report;
  }

  static void succeeded(course& way, retry_report* told) {
    way.report.retry_after.reset();
    tell(way, told);
  }

  template <class T>
  static bool is_success(const T& x) {
    if constexpr (fallible<T>)
      return static_cast<bool>(x);
    else
      return true;
  }

  /// The error to return; none: it is tried again.
  template <class E>
  std::optional<E> given_up(course& way, const E& e, retry_report* told) {
    if (try_again(way, error_traits<E>::facts(e), nullptr))
      return std::nullopt;
    tell(way, told);
    return error_traits<E>::reported(e, way.report);
  }

  /// Sets the next pause, or why there is none.
  /// @param thrown null for an error that was returned.
  bool try_again(course& way, const failure_facts& what,
                 const std::exception_ptr& thrown);
  bool allows(const failure_facts& what, const std::exception_ptr& thrown);
  time_point now() const;
  void sleep(duration x) const;

  layers machines_;
  retry_sync_hooks hooks_;
};

/// The same once, with a budget of its own.
template <class F>
std::invoke_result_t<F&> retry_sync(const retry_config& cfg, F&& f,
                                    retry_sync_hooks x = {},
                                    retry_report* told = nullptr) {
  return retrier{cfg, std::move(x)}.run(std::forward<F>(f), told);
}

} // namespace resilience
