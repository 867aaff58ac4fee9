// Reads and writes any described config as JSON; see policy_json.hpp for what
// users call. A duration is a number of seconds, under its name and `_seconds`.
#pragma once

#include "resilience/reading.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace resilience::json {

using value = nlohmann::json;

template <class T>
struct without_optional {
  using type = T;
};

template <class T>
struct without_optional<std::optional<T>> {
  using type = T;
};

/// The key of a setting.
template <class Config, class T, class Limits>
std::string key_of(const setting<Config, T, Limits>& x) {
  std::string result = x.name;
  if (std::is_same_v<typename without_optional<T>::type, duration>)
    result += "_seconds";
  return result;
}

// -- writing ------------------------------------------------------------------

template <class T>
value write(const T& x) {
  if constexpr (is_optional<T>::value) {
    return x ? write(*x) : value(nullptr);
  } else if constexpr (described<T>) {
    auto result = value::object();
    for_each_setting<T>(
      [&](const auto& s) { result[key_of(s)] = write(x.*s.member); });
    return result;
  } else if constexpr (named_enum<T>) {
    return name_of(x);
  } else if constexpr (std::is_same_v<T, duration>) {
    constexpr auto second = duration{std::chrono::seconds{1}};
    if (x % second == duration::zero())
      return x / second;
    return std::chrono::duration<double>{x}.count();
  } else {
    return x;
  }
}

// -- reading ------------------------------------------------------------------

/// How JSON looks to a `reader`: null turns a part off.
struct format {
  using value = json::value;

  static constexpr auto map_text = "an object";
  static constexpr auto part_text = "an object";

  template <class Setting>
  static std::string key_of(const Setting& x) {
    return json::key_of(x);
  }

  template <class F>
  static void for_each_key(const value& object, F f) {
    for (const auto& [key, ignored] : object.items())
      f(key);
  }

  static bool is_note(const std::string&) {
    return false;
  }

  static bool is_map(const value& x);
  static const value* find(const value& object, const std::string& key);
  static std::string found(const value& x);
  static std::optional<bool> as_switch(const value& x);
  static std::optional<bool> as_bool(const value& x);
  static std::optional<std::string> as_text(const value& x);
  static std::optional<std::vector<std::string>> as_texts(const value& x);
  static void read_number(faults& out, const std::string& path,
                          const value& from, int32_t& into);
  static void read_number(faults& out, const std::string& path,
                          const value& from, double& into);
  static void read_number(faults& out, const std::string& path,
                          const value& from, duration& into);
};

} // namespace resilience::json
