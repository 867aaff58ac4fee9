// Carries a value of a type that CAF does not know through messages of this
// process: functions behind a guard take and return what they like
// (protect.hpp), while layers keep, repeat and answer messages as ever.
//
// CAF 1.x refuses types without an id at compile time, and 0.17 those that it
// cannot inspect. Values travel as they are where CAF knows their type
// (`wire`); only the others take this way.
//
// A value; copies share what they carry, which nobody changes. Thread-safe like
// a `std::shared_ptr`.
#pragma once

#include "resilience/actors/compat_opaque.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/type_ids.hpp"

#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/system_messages.hpp>

#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace resilience {

class opaque_value {
public:
  /// Carries nothing.
  opaque_value() = default;

  template <class T>
  static opaque_value of(T x) {
    opaque_value result;
    result.value_ = std::make_shared<const T>(std::move(x));
    result.type_ = &typeid(T);
    return result;
  }

  /// Null if it carries something else.
  template <class T>
  const T* get_if() const noexcept {
    return type_ != nullptr && *type_ == typeid(T)
             ? static_cast<const T*>(value_.get())
             : nullptr;
  }

private:
  std::shared_ptr<const void> value_;
  const std::type_info* type_ = nullptr;
};

/// Types that mean something where they are all of a message: to CAF, or to
/// the guard on the way.
template <class T, class Ours = compat::control_messages>
inline constexpr bool is_a_word = false;

template <class T, class... Ours>
inline constexpr bool is_a_word<T, compat::type_list<Ours...>> =
  (std::is_same_v<T, Ours> || ...)
  || std::is_same_v<
    T,
    caf::
      message> || std::is_same_v<T, caf::error> || std::is_same_v<T, caf::exit_msg> || std::is_same_v<T, caf::down_msg>;

/// How a `T` travels: as itself, or opaque.
template <class T>
using wire =
  std::conditional_t<compat::knows_type<T>() && !is_a_word<T>, T, opaque_value>;

/// The value as it travels, e.g. for `fallback::value`.
template <class T>
wire<T> to_wire(T x) {
  if constexpr (std::is_same_v<wire<T>, T>)
    return x;
  else
    return opaque_value::of(std::move(x));
}

/// The value that travelled as `x`; null if it is of another type.
template <class T>
const T* from_wire(const wire<T>& x) noexcept {
  if constexpr (std::is_same_v<wire<T>, T>)
    return &x;
  else
    return x.template get_if<T>();
}

} // namespace resilience

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(resilience::opaque_value)
