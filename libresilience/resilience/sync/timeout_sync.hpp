// A time limit for plain threads, around any function.
//
//   auto text = timeout_sync(30s, [url] { return download(url); });
//
// The function runs on a thread of its own, since nothing can stop one that
// hangs: its caller goes on, and the thread is lost until it returns. What the
// function captures must live until then: capture values, no references to the
// caller's own. At most 256 such functions run at once in a process.
#pragma once

#include "resilience/sync/failure.hpp"
#include "resilience/sync/worker_pool.hpp"
#include "resilience/timeout.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace resilience {

namespace detail {

/// The limit of a function whose result can be nothing, or has a default.
/// @throws invalid_config_error naming every fault.
duration limit_of(const timeout_config& cfg, bool has_none, bool has_default);

/// Begins `what` on a thread of its own. @throws errc_error `overloaded`
void run_apart(std::shared_ptr<worker_pool::job> what);

/// The error for a function that took longer than `limit`.
errc_error took_longer(duration limit);

/// Stands for the result of a function that returns nothing.
struct nothing {};

/// A function on its way, shared by the thread that runs it and by who waits.
template <class F>
class timed_job : public worker_pool::job {
public:
  using result = std::invoke_result_t<F&>;
  using kept =
    std::conditional_t<std::is_void_v<result>, nothing, std::decay_t<result>>;

  explicit timed_job(F f) : f_(std::move(f)) {}

  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<result>) {
        f_();
        value_.emplace();
      } else {
        value_.emplace(f_());
      }
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  void tell() noexcept override {
    std::lock_guard<std::mutex> guard{mutex_};
    done_ = true;
    changed_.notify_all();
  }

  /// False: it took longer.
  bool wait(duration limit) {
    std::unique_lock<std::mutex> guard{mutex_};
    return changed_.wait_for(guard, limit, [this] { return done_; });
  }

  /// @pre `wait` said true
  kept take() {
    if (thrown_)
      std::rethrow_exception(std::exchange(thrown_, nullptr));
    return std::move(*value_);
  }

private:
  F f_;
  std::optional<kept> value_;
  std::exception_ptr thrown_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

template <class T>
constexpr bool is_optional_value = false;

template <class T>
constexpr bool is_optional_value<std::optional<T>> = true;

/// Whether a function with this result may return nothing.
template <class R>
constexpr bool has_none = std::is_void_v<R> || is_optional_value<R>;

/// The result of a function that is late: an error, or nothing.
template <class R>
R late_result(timeout_action what, duration limit) {
  if constexpr (has_none<R>)
    if (what == timeout_action::return_none)
      return R();
  if constexpr (fallible<R>)
    if constexpr (made_from_errc<error_of<R>>)
      return R{error_traits<error_of<R>>::make(errc::timed_out,
                                               took_longer(limit).what())};
  throw took_longer(limit);
}

/// Runs `f`; `late()` says what a late one returns.
template <class F, class Late>
auto run_timed(duration limit, F f, Late late) {
  using job = timed_job<F>;
  using result = std::decay_t<typename job::result>;
  if (is_null_function(f))
    throw invalid_config_error{"the function with a time limit is null"};
  auto what = std::make_shared<job>(std::move(f));
  run_apart(what);
  if (!what->wait(limit))
    return static_cast<result>(late());
  if constexpr (std::is_void_v<result>)
    static_cast<void>(what->take());
  else
    return what->take();
}

} // namespace detail

/// Runs `f` for at most `limit`, or `total` if that is shorter. What `f` throws
/// is thrown. A late `f`: throws `errc_error` with `timed_out`, or returns that
/// as an error where the result can hold a `caf::error`; with `return_none`
/// returns nothing, or an empty optional.
/// @throws invalid_config_error naming every fault: of `cfg`, or an action that
///         the result cannot express; also if `f` is a null function.
/// @throws errc_error `overloaded` where 256 functions run, or the system gives
///         no thread.
template <class F>
auto timeout_sync(const timeout_config& cfg, F f) {
  using result = std::decay_t<std::invoke_result_t<F&>>;
  auto limit = detail::limit_of(cfg, detail::has_none<result>, false);
  return detail::run_timed(limit, std::move(f), [&] {
    return detail::late_result<result>(cfg.on_timeout, limit);
  });
}

/// The same; with `return_default` a late `f` returns `otherwise`.
template <class F, class T>
requires std::convertible_to<T, std::decay_t<std::invoke_result_t<F&>>>
auto timeout_sync(const timeout_config& cfg, F f, T otherwise) {
  using result = std::decay_t<std::invoke_result_t<F&>>;
  auto limit = detail::limit_of(cfg, detail::has_none<result>, true);
  return detail::run_timed(limit, std::move(f), [&]() -> result {
    if (cfg.on_timeout == timeout_action::return_default)
      return std::move(otherwise);
    return detail::late_result<result>(cfg.on_timeout, limit);
  });
}

/// The same for a limit alone. 1 ms to 365 days.
template <class F>
auto timeout_sync(duration limit, F f) {
  return timeout_sync(timeout_config{.limit = limit}, std::move(f));
}

} // namespace resilience
