// A guard before a function: any code that blocks gets every layer of a policy.
//
//   auto fetch = protect(rt, {.name = "pages"}, [](std::string url) {
//     return download(url);
//   });
//   auto page = fetch.call("https://example.org");   // caf::expected
//
// The function runs on threads of its own, bounded; several calls at once. What
// it captures must live until its last call returns, even beyond the runtime:
// nothing can stop a function that hangs. Its caller gets `timed_out`, its
// thread is lost until it returns, and nobody waits for it.
//
// Arguments and results travel in messages: copies, of any type
// (opaque_value.hpp). Pointers and views among them must outlive the call.
#pragma once

#include "resilience/actors/call.hpp"
#include "resilience/actors/function_target.hpp"
#include "resilience/actors/opaque_value.hpp"
#include "resilience/actors/runtime.hpp"
#include "resilience/settings.hpp"

#include <caf/actor_system.hpp>
#include <caf/unit.hpp>

#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace resilience {

// -- options ------------------------------------------------------------------

struct protect_options {
  /// Threads that run the function at once, those that hang included. 1 to
  /// 10,000.
  int32_t max_threads = 8;
  /// Calls that wait for a thread; the next is `overloaded`. A wait counts in
  /// the attempt's time limit. 0 to 1,000,000.
  int32_t max_queue = 100;
  /// How long a thread stays without work. 0 to 365 days.
  duration idle_time = std::chrono::seconds{10};

  friend bool operator==(const protect_options&,
                         const protect_options&) = default;
};

template <>
struct settings_of<protect_options> {
  static constexpr auto name = "protect_options";
  static constexpr auto list = std::tuple{
    setting{"max_threads", &protect_options::max_threads, range{1, 10'000},
            "threads that run the function at once"},
    setting{"max_queue", &protect_options::max_queue, range{0, 1'000'000},
            "calls that wait for a thread"},
    setting{"idle_time", &protect_options::idle_time, any_wait,
            "how long a thread stays without work"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const protect_options& x,
                const std::string& prefix = "protect_options.");

// -- what the templates share -------------------------------------------------

namespace detail {

/// What a function's result gives to its caller.
template <class R>
struct result_value {
  using type = std::decay_t<R>;
};

template <>
struct result_value<void> {
  using type = void;
};

template <class T>
struct result_value<caf::expected<T>> {
  using type = T;
};

/// How a result travels.
template <class R>
struct wire_result {
  using type = wire<R>;
};

template <>
struct wire_result<void> {
  using type = void;
};

/// The guard's handle. A message needs an element: no argument is a unit.
template <class R, class... Args>
struct guard_handle {
  using type =
    compat::typed_handle<typename wire_result<R>::type(wire<Args>...)>;
};

template <class R>
struct guard_handle<R> {
  using type = compat::typed_handle<typename wire_result<R>::type(caf::unit_t)>;
};

/// `protected_call` of a function's signature.
template <class Signature>
struct signature_traits;

} // namespace detail

// -- the guarded function -----------------------------------------------------

template <class Signature>
class protected_call;

/// A function behind a guard. A small value: copies share the guard, which
/// lives as long as one of them, or its handle. Thread-safe. Dies before the
/// actor system, but need not before the runtime.
/// @tparam R what is returned: of a function that returns `caf::expected<T>`
///           the `T`.
template <class R, class... Args>
class protected_call<R(Args...)> {
public:
  using handle_type = typename detail::guard_handle<R, Args...>::type;

  /// From `protect`.
  explicit protected_call(handle_type guard) : guard_(std::move(guard)) {}

  /// For actors, which must not block: they send it the arguments, or
  /// `caf::unit` if there are none; a type that CAF does not know as
  /// `to_wire(x)`. Also for `runtime::control`.
  const handle_type& handle() const noexcept {
    return guard_;
  }

  /// Calls the function as the policy says and waits for the result; not within
  /// an actor (call.hpp). What it throws is an error with that text
  /// (`to_error`); after the runtime's end it is `shutting_down`.
  caf::expected<R> call(Args... xs) const {
    using wired = typename detail::wire_result<R>::type;
    auto& sys = guard_.home_system();
    auto result = [&] {
      if constexpr (sizeof...(Args) == 0)
        return resilience::call<wired>(sys, guard_, caf::unit);
      else
        return resilience::call<wired>(sys, guard_, to_wire(std::move(xs))...);
    }();
    if constexpr (std::is_void_v<R>) {
      return result;
    } else {
      if (!result)
        return std::move(result.error());
      if (auto* x = from_wire<R>(*result))
        return *x;
      return caf::make_error(caf::sec::unexpected_response);
    }
  }

  /// The same with an exception instead of an error.
  /// @throws circuit_open_error, call_error
  R value(Args... xs) const {
    auto result = call(std::move(xs)...);
    if (!result)
      throw_call_error(result.error(),
                       text_of(guard_.home_system(), result.error()));
    if constexpr (!std::is_void_v<R>)
      return std::move(*result);
  }

private:
  handle_type guard_;
};

namespace detail {

/// Takes messages apart for a function, and makes messages of its results.
template <class F, class R, class... Args>
class typed_function : public message_function {
public:
  explicit typed_function(F f) : f_(std::move(f)) {}

  bool takes(caf::mailbox_element& element) const override {
    if constexpr (sizeof...(Args) == 0)
      return element.content().template match_elements<caf::unit_t>();
    else
      return element.content()
        .template match_elements<wire<std::decay_t<Args>>...>();
  }

  caf::message call(const caf::message& arguments) const noexcept override {
    try {
      return call_with(arguments, std::index_sequence_for<Args...>{});
    } catch (...) {
      return caf::make_message(to_error(std::current_exception()));
    }
  }

private:
  template <size_t... Is>
  caf::message call_with([[maybe_unused]] const caf::message& arguments,
                         std::index_sequence<Is...>) const {
    // The message is kept for further attempts: the function gets copies.
    [[maybe_unused]] auto found = std::tuple{from_wire<std::decay_t<Args>>(
      arguments.template get_as<wire<std::decay_t<Args>>>(Is))...};
    if (((std::get<Is>(found) == nullptr) || ...))
      return caf::make_message(caf::make_error(caf::sec::unexpected_message));
    [[maybe_unused]] std::tuple<std::decay_t<Args>...> copies{
      *std::get<Is>(found)...};
    return invoke(static_cast<Args&&>(std::get<Is>(copies))...);
  }

  caf::message invoke(Args&&... xs) const {
    if constexpr (std::is_void_v<R>) {
      f_(std::forward<Args>(xs)...);
      return caf::make_message();
    } else {
      return message_of(f_(std::forward<Args>(xs)...));
    }
  }

  template <class T>
  static caf::message message_of(T&& x) {
    return caf::make_message(to_wire<std::decay_t<T>>(std::forward<T>(x)));
  }

  template <class T>
  static caf::message message_of(caf::expected<T>&& x) {
    if (!x)
      return caf::make_message(std::move(x.error()));
    if constexpr (std::is_void_v<T>)
      return caf::make_message();
    else
      return message_of(std::move(*x));
  }

  const F f_;
};

template <class R, class... Args>
struct signature_traits<R(Args...)> {
  static_assert(!std::is_same_v<std::decay_t<R>, caf::error>,
                "let the function return caf::expected<void>: no error is then "
                "a result, too");

  using value_type = typename result_value<std::remove_cv_t<R>>::type;
  using call_type = protected_call<value_type(std::decay_t<Args>...)>;

  template <class F>
  static std::shared_ptr<const message_function> wrap(F f) {
    static_assert(std::is_invocable_r_v<R, const F&, Args...>,
                  "several threads call the function at once: it must be "
                  "callable as const (no mutable lambda)");
    static_assert((std::is_copy_constructible_v<std::decay_t<Args>> && ...),
                  "arguments must be copyable: they travel in messages");
    static_assert(
      std::is_void_v<value_type> || std::is_copy_constructible_v<value_type>,
      "the result must be copyable: it travels in a message");
    return is_null_function(f)
             ? nullptr
             : std::make_shared<typed_function<F, R, Args...>>(std::move(f));
  }
};

template <class Function>
struct signature_in;

template <class Signature>
struct signature_in<std::function<Signature>> {
  using type = Signature;
};

/// The signature of a function, a `std::function`, or an object with one call
/// operator.
template <class F>
using signature_of_t =
  typename signature_in<decltype(std::function{std::declval<F>()})>::type;

/// The target of the guard, or every fault.
caf::expected<caf::actor> spawn_target(
  runtime& rt, const policy& p, std::shared_ptr<const message_function> f,
  const protect_options& options, const hooks& x, bool takes_empty_answers);

} // namespace detail

// -- functions ----------------------------------------------------------------

/// Like `protect`, with an error instead of an exception.
/// @tparam Signature e.g. `std::string(std::string, int)`.
template <class Signature, class F>
requires std::is_function_v<Signature>
auto try_protect(runtime& rt, const policy& p, F f,
                 const protect_options& options = {}, hooks x = {})
  -> caf::expected<typename detail::signature_traits<Signature>::call_type> {
  using traits = detail::signature_traits<Signature>;
  using call_type = typename traits::call_type;
  using handle_type = typename call_type::handle_type;
  auto target =
    detail::spawn_target(rt, p, traits::wrap(std::move(f)), options, x,
                         compat::takes_empty_answers<handle_type>());
  if (!target)
    return std::move(target.error());
  auto result =
    rt.try_guard(caf::actor_cast<handle_type>(*target), p, std::move(x));
  if (!result)
    return std::move(result.error());
  return call_type{std::move(*result)};
}

/// Puts a guard before `f`. Its hooks see messages of the arguments and results
/// (`to_wire`); an error that `f` returns (`caf::expected`) or throws is an
/// error answer.
/// @throws invalid_config_error naming every fault: of the options, of what
///         `runtime::guard` refuses, or a null function.
template <class Signature, class F>
requires std::is_function_v<Signature>
auto protect(runtime& rt, const policy& p, F f,
             const protect_options& options = {}, hooks x = {}) ->
  typename detail::signature_traits<Signature>::call_type {
  auto result =
    try_protect<Signature>(rt, p, std::move(f), options, std::move(x));
  if (!result)
    throw invalid_config_error{detail_of(result.error())};
  return std::move(*result);
}

/// The same for a function with one signature: no template, no overloads.
template <class F>
requires(!std::is_function_v<F>) auto protect(
  runtime& rt, const policy& p, F f, const protect_options& options = {},
  hooks x = {}) {
  return protect<detail::signature_of_t<F>>(rt, p, std::move(f), options,
                                            std::move(x));
}

template <class F>
requires(!std::is_function_v<F>) auto try_protect(
  runtime& rt, const policy& p, F f, const protect_options& options = {},
  hooks x = {}) {
  return try_protect<detail::signature_of_t<F>>(rt, p, std::move(f), options,
                                                std::move(x));
}

} // namespace resilience
