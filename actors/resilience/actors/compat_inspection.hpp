// How a type shows its fields to CAF, once for both generations:
//
//   template <class Inspector>
//   auto inspect(Inspector& f, point& x) {
//     return compat::fields(f, x, "point", compat::field("x", x.x));
//   }
//
// Part of the seam (compat.hpp). Without state.
#pragma once

#include "resilience/actors/compat_version.hpp"

#if RESILIENCE_CAF_017
#  include <caf/meta/type_name.hpp>
#endif

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace resilience::compat {

/// A field and its name. Refers to the field: for one call of `inspect`.
template <class T>
struct field_ref {
  const char* name;
  T& value;
};

template <class T>
field_ref<T> field(const char* name, T& value) {
  return {name, value};
}

#if RESILIENCE_CAF_017
template <class T>
struct optional_ref {
  std::optional<T>& value;
};

// 0.17 knows no std::optional: a flag, then the value or a default one.
template <class Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, optional_ref<T>& x) {
  bool present = x.value.has_value();
  T value = present ? *x.value : T{};
  if constexpr (std::is_void_v<typename Inspector::result_type>) {
    f(present, value); // renders for people
  } else {
    if (auto err = f(present, value))
      return err;
    if (Inspector::writes_state) {
      x.value.reset();
      if (present)
        x.value = std::move(value);
    }
    return {};
  }
}

template <class T>
T& unwrap(field_ref<T>& x) {
  return x.value;
}

template <class T>
optional_ref<T> unwrap(field_ref<std::optional<T>>& x) {
  return {x.value};
}

/// Shows fields to `f`, in this order, as those of the type with that name.
template <class Inspector, class T, class... Fields>
auto fields(Inspector& f, T&, const char* type, Fields... xs) {
  return [&](auto&&... values) {
    return f(caf::meta::type_name(type), values...);
  }(unwrap(xs)...);
}

// 0.17 needs nothing for enumerations.
#  define RESILIENCE_INSPECT_ENUM(type)
#else
/// Shows the fields of `x` to `f`, in this order. The name of the type counts
/// on 0.17 alone: 1.x has it from the type id.
template <class Inspector, class T, class... Fields>
bool fields(Inspector& f, T& x, const char*, Fields... xs) {
  return f.object(x).fields(f.field(xs.name, xs.value)...);
}

// Enumerations travel as their underlying integer. Goes into the enumeration's
// namespace, which has a `to_string` for it.
#  define RESILIENCE_INSPECT_ENUM(type) \
    template <class Inspector> \
    bool inspect(Inspector& f, type& x) { \
      using underlying = std::underlying_type_t<type>; \
      if (f.has_human_readable_format()) { \
        auto get = [&x] { return std::string{to_string(x)}; }; \
        auto set = [](std::string_view) { return false; }; \
        return f.apply(get, set); \
      } \
      auto get = [&x] { return static_cast<underlying>(x); }; \
      auto set = [&x](underlying v) { \
        x = static_cast<type>(v); \
        return true; \
      }; \
      return f.apply(get, set); \
    }
#endif

} // namespace resilience::compat
