// What came back for a request of a test: nothing yet, a value, or an error.
//
// Thread-safe. A handle: copies speak of the same request, and share what came
// back with the actor that asked (requester.hpp).
#pragma once

#include "resilience/actors/compat_errors.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/time.hpp"

#include <caf/error.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace resilience::test {

namespace detail {

/// How an answer is taken that is expected to be a `T`: the handler that CAF
/// wants, and what is kept.
template <class T>
struct answer_types {
  using stored = T;

  template <class F>
  static auto handler(F store) {
    return [store](const T& x) { store(x); };
  }
};

template <>
struct answer_types<void> {
  using stored = std::tuple<>;

  template <class F>
  static auto handler(F store) {
    return [store] { store(std::tuple<>{}); };
  }
};

template <class... Ts>
struct answer_types<std::tuple<Ts...>> {
  using stored = std::tuple<Ts...>;

  template <class F>
  static auto handler(F store) {
    return [store](const Ts&... xs) { store(std::tuple<Ts...>{xs...}); };
  }
};

template <class T>
struct answer_slot {
  std::mutex mutex;
  time_point asked_at{};
  std::optional<time_point> answered_at{};
  std::optional<typename answer_types<T>::stored> value{};
  caf::error error{};
};

inline std::string describe(const caf::error& e) {
  if (!compat::failed(e))
    return "no error";
  auto result = compat::category_name(e) + ":";
  auto code = compat::code_name(e);
  result += code.empty() ? std::to_string(e.code()) : code;
  if (auto detail = detail_of(e); !detail.empty())
    result += " (" + detail + ")";
  return result;
}

} // namespace detail

/// @tparam T what is expected: a type, `void` for an answer without content, a
///         `std::tuple` for one of several values. An answer of other types is
///         the error `caf::sec::unexpected_response`.
template <class T>
class answer {
public:
  using slot = detail::answer_slot<T>;

  explicit answer(std::shared_ptr<slot> x) : slot_(std::move(x)) {}

  /// Nothing has come back yet.
  bool pending() const {
    return !answered_at();
  }

  /// A value has come back.
  bool ok() const {
    std::lock_guard<std::mutex> guard{slot_->mutex};
    return slot_->value.has_value();
  }

  /// What has come back.
  /// @throws std::logic_error saying what is there instead.
  T value() const {
    {
      std::lock_guard<std::mutex> guard{slot_->mutex};
      if (slot_->value) {
        if constexpr (std::is_void_v<T>)
          return;
        else
          return *slot_->value;
      }
    }
    throw std::logic_error("there is no value: " + text());
  }

  /// The error that has come back; the empty one while there is none.
  caf::error error() const {
    std::lock_guard<std::mutex> guard{slot_->mutex};
    return slot_->error;
  }

  /// Whether the error `x` has come back, e.g. `errc::circuit_open`.
  template <class Code>
  bool is(Code x) const {
    return error() == x;
  }

  /// When it came, on the system's clock.
  std::optional<time_point> answered_at() const {
    std::lock_guard<std::mutex> guard{slot_->mutex};
    return slot_->answered_at;
  }

  /// Time from asking to the answer; none while it is pending.
  std::optional<duration> took() const {
    std::lock_guard<std::mutex> guard{slot_->mutex};
    if (!slot_->answered_at)
      return std::nullopt;
    return saturating_sub(*slot_->answered_at, slot_->asked_at);
  }

  /// For a failed expectation: `pending`, `a value`, or the error.
  std::string text() const {
    if (pending())
      return "pending";
    return ok() ? "a value" : detail::describe(error());
  }

private:
  std::shared_ptr<slot> slot_;
};

} // namespace resilience::test
