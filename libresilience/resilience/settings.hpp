// One description of each config struct: its settings' names, ranges and
// meanings. Validation, codecs, messages, differences and the documented table
// all follow it, so that none can forget a setting.
//
//   template <>
//   struct settings_of<timeout_config> {
//     static constexpr auto name = "timeout_config";
//     static constexpr auto list = std::tuple{
//       setting{"limit", &timeout_config::limit, any_length,
//               "limit of one attempt"}};
//   };
//
// A setting is an `int32_t`, a `double`, a `duration`, a `bool`, a text, a list
// of texts, an enumeration with `names_of`, or another config, which may be
// optional.
#pragma once

#include "resilience/time.hpp"
#include "resilience/validation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace resilience {

// -- descriptions -------------------------------------------------------------

/// Both bounds are allowed.
template <class T>
struct range {
  T lowest;
  T highest;
};

template <class A, class B>
range(A, B) -> range<std::common_type_t<A, B>>;

/// The range of most durations.
inline constexpr range<duration> any_length{std::chrono::milliseconds{1},
                                            std::chrono::hours{24 * 365}};

/// The range of durations that may be zero: at once.
inline constexpr range<duration> any_wait{duration::zero(),
                                          std::chrono::hours{24 * 365}};

/// For what needs no range: flags, enumerations, configs.
struct any_value {};

/// Most bytes of a text.
struct max_bytes {
  size_t count;
};

/// Most entries of a list of texts, each with the bytes of a name.
struct max_entries {
  size_t count;
};

template <class Config, class T, class Limits>
struct setting {
  /// As in C++.
  const char* name;
  T Config::*member;
  Limits limits;
  /// For the documented table: starts in lower case, no full stop.
  const char* meaning;
};

template <class Config, class T, class Limits>
setting(const char*, T Config::*, Limits, const char*)
  -> setting<Config, T, Limits>;

/// Specialised beside each config struct.
template <class Config>
struct settings_of;

template <class T>
concept described = requires {
  settings_of<T>::list;
};

/// Specialised beside each enumeration that a setting may have:
/// `static constexpr std::pair<Enum, const char*> list[] = ...`.
template <class Enum>
struct names_of;

template <class T>
concept named_enum = std::is_enum_v<T> && requires {
  names_of<T>::list;
};

template <class T>
struct is_optional : std::false_type {};

template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

/// Calls `f(setting)` for each setting of `Config`, in their public order.
template <described Config, class F>
constexpr void for_each_setting(F&& f) {
  std::apply([&](const auto&... xs) { (f(xs), ...); },
             settings_of<Config>::list);
}

// -- enumerations -------------------------------------------------------------

template <named_enum Enum>
constexpr const char* name_of(Enum x) noexcept {
  for (const auto& [value, name] : names_of<Enum>::list)
    if (value == x)
      return name;
  return "invalid";
}

template <named_enum Enum>
constexpr const char* to_string(Enum x) noexcept {
  return name_of(x);
}

template <named_enum Enum>
constexpr std::optional<Enum> parse_name(std::string_view text) noexcept {
  for (const auto& [value, name] : names_of<Enum>::list)
    if (text == name)
      return value;
  return std::nullopt;
}

/// For messages: `constant, linear or exponential`.
template <named_enum Enum>
std::string known_names() {
  std::string result;
  constexpr auto n = std::size(names_of<Enum>::list);
  for (size_t i = 0; i < n; ++i) {
    if (i > 0)
      result += i + 1 == n ? " or " : ", ";
    result += names_of<Enum>::list[i].second;
  }
  return result;
}

// -- validation ---------------------------------------------------------------

/// Appends what is wrong with one value. A config has a `validate` of its own,
/// for what several settings say together.
template <class T, class Limits>
void check_setting(faults& out, const std::string& path, const T& value,
                   const Limits& limits) {
  if constexpr (is_optional<T>::value) {
    if (value)
      check_setting(out, path, *value, limits);
  } else if constexpr (described<T>) {
    for (auto& x : validate(value, path + "."))
      out.push_back(std::move(x));
  } else if constexpr (named_enum<T>) {
    if (name_of(value) == std::string_view{"invalid"})
      out.push_back(path + " must be " + known_names<T>());
  } else if constexpr (std::is_same_v<T, std::string>) {
    check_text(out, path, value, limits.count);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    check_texts(out, path, value, limits.count);
  } else if constexpr (!std::is_same_v<T, bool>) {
    check_range(out, path, value, T{limits.lowest}, T{limits.highest});
  }
}

/// Appends every fault of a single setting of `x`; what several settings say
/// together is for the config's own `validate`.
template <described Config>
void check_settings(faults& out, const Config& x, const std::string& prefix) {
  for_each_setting<Config>([&](const auto& s) {
    check_setting(out, prefix + s.name, x.*s.member, s.limits);
  });
}

// -- differences --------------------------------------------------------------

/// A value for people.
template <class T>
std::string value_text(const T& value) {
  if constexpr (is_optional<T>::value) {
    return value ? value_text(*value) : "off";
  } else if constexpr (described<T>) {
    return "on";
  } else if constexpr (named_enum<T>) {
    return name_of(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "\"" + value + "\"";
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string result;
    for (const auto& x : value)
      result += (result.empty() ? "" : ", ") + x;
    return "[" + result + "]";
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, double>) {
    return number_text(value);
  } else if constexpr (std::is_same_v<T, duration>) {
    return to_string(value);
  } else {
    return std::to_string(value);
  }
}

/// A line for each setting in which `a` and `b` differ.
template <class T>
void append_differences(faults& out, const std::string& path, const T& a,
                        const T& b) {
  if constexpr (is_optional<T>::value) {
    if (a && b)
      return append_differences(out, path, *a, *b);
  } else if constexpr (described<T>) {
    return for_each_setting<T>([&](const auto& s) {
      append_differences(out, path + "." + s.name, a.*s.member, b.*s.member);
    });
  }
  if (value_text(a) != value_text(b))
    out.push_back(path + " is " + value_text(a) + " there and " + value_text(b)
                  + " here");
}

} // namespace resilience
