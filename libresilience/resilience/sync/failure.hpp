// What failed, for code that is no actor: exceptions and results that hold an
// error, as the lists of `retry_config` name them.
//
// Values and functions without state; any thread.
#pragma once

#include "resilience/error.hpp"
#include "resilience/error_filter.hpp"
#include "resilience/exception_text.hpp"
#include "resilience/retry.hpp"

#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace resilience {

/// What a retry has to know of a failure.
struct failure_facts {
  /// As in error_filter.hpp.
  std::string category;
  int64_t code = 0;
  std::string code_name{};
  /// The delay that who failed asks for.
  std::optional<duration> hint{};
  /// A guard turned the call away: never tried again.
  bool rejected = false;
  /// What it says to people; may be empty.
  std::string text{};

  /// For people: `category:code: text`.
  std::string summary() const;

  error_id id() const noexcept {
    return {category, code, code_name};
  }
};

/// Base of exceptions that know more than their text.
class telling_failure {
public:
  virtual ~telling_failure() = default;

  virtual failure_facts facts() const = 0;
};

/// An error of this library as an exception.
class errc_error : public std::runtime_error, public telling_failure {
public:
  /// `what()` is the sentence of `x`, and the detail.
  explicit errc_error(errc x, const std::string& detail = {});

  errc code() const noexcept {
    return code_;
  }

  failure_facts facts() const override;

private:
  errc code_;
};

// -- exceptions ---------------------------------------------------------------

/// The category of a `std::system_error` is that of its code, e.g.
/// `generic:111`; of all that tell nothing it is `exception`.
/// @pre `x` is not null
failure_facts facts_of(const std::exception_ptr& x);

/// Whether the exception is one of these types, or derived from one.
template <class... Es>
bool is_any_of(const std::exception_ptr& x) {
  [[maybe_unused]] auto is = [&]<class E>(std::type_identity<E>) {
    try {
      std::rethrow_exception(x);
    } catch (const E&) {
      return true;
    } catch (...) {
      return false;
    }
  };
  return (is(std::type_identity<Es>{}) || ...);
}

// -- results ------------------------------------------------------------------

/// A result that holds a value or an error, as `std::expected` does.
template <class T>
concept fallible = requires(const T& x) {
  static_cast<bool>(x);
  x.error();
};

/// What is known of a type of errors; specialised beside it.
template <class E>
struct error_traits {
  /// An error that tells nothing.
  static failure_facts facts(const E&) {
    return {"error"};
  }

  /// The same error with what became of the attempts, where it can hold that.
  static E reported(E e, const retry_report&) {
    return e;
  }
};

template <>
struct error_traits<std::error_code> {
  static failure_facts facts(const std::error_code& e) {
    return {
      .category = e.category().name(), .code = e.value(), .text = e.message()};
  }

  static std::error_code reported(std::error_code e, const retry_report&) {
    return e;
  }
};

/// The type of a fallible result's errors.
template <fallible T>
using error_of = std::decay_t<decltype(std::declval<const T&>().error())>;

/// Errors that can be made from one of ours.
template <class E>
concept made_from_errc = requires(std::string detail) {
  { error_traits<E>::make(errc::timed_out, detail) } -> std::same_as<E>;
};

// -- functions ----------------------------------------------------------------

/// Whether `f` is a function pointer or wrapper that holds nothing.
template <class F>
bool is_null_function(const F& f) {
  if constexpr (!std::is_function_v<F> && requires { f == nullptr; })
    return f == nullptr;
  else
    return false;
}

} // namespace resilience
