// Reads and writes any described config as JSON; see policy_json.hpp for what
// users call. A duration is a number of seconds, under its name and `_seconds`.
#pragma once

#include "resilience/settings.hpp"

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

/// `is <what was found>`, for faults.
std::string found(const value& x);

void read_number(faults& out, const std::string& path, const value& from,
                 int32_t& into);
void read_number(faults& out, const std::string& path, const value& from,
                 double& into);
void read_number(faults& out, const std::string& path, const value& from,
                 duration& into);

/// Appends what is wrong with `from` as a value for `into`.
template <class T, class Limits>
void read(faults& out, const std::string& path, const value& from, T& into,
          const Limits& limits);

template <described Config>
void read_config(faults& out, const std::string& path, const value& from,
                 Config& into) {
  if (!from.is_object()) {
    out.push_back((path.empty() ? "the settings" : path)
                  + " must be an object, " + found(from));
    return;
  }
  auto inner = path.empty() ? std::string{} : path + ".";
  auto known = value::object();
  for_each_setting<Config>([&](const auto& s) {
    auto key = key_of(s);
    known[key] = true;
    if (auto i = from.find(key); i != from.end())
      read(out, inner + key, *i, into.*s.member, s.limits);
  });
  for (const auto& [key, ignored] : from.items())
    if (!known.contains(key))
      out.push_back(inner + key + " is no setting");
}

template <class T, class Limits>
void read(faults& out, const std::string& path, const value& from, T& into,
          const Limits& limits) {
  if constexpr (is_optional<T>::value) {
    if (from.is_null()) {
      into.reset();
      return;
    }
    auto next = into.value_or(typename T::value_type{});
    read(out, path, from, next, limits);
    into = std::move(next);
  } else if constexpr (described<T>) {
    read_config(out, path, from, into);
  } else if constexpr (named_enum<T>) {
    auto name = from.is_string()
                  ? parse_name<T>(from.template get<std::string>())
                  : std::nullopt;
    if (name)
      into = *name;
    else
      out.push_back(path + " must be " + known_names<T>() + ", " + found(from));
  } else if constexpr (std::is_same_v<T, bool>) {
    if (from.is_boolean())
      into = from.template get<bool>();
    else
      out.push_back(path + " must be true or false, " + found(from));
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!from.is_string()) {
      out.push_back(path + " must be a text, " + found(from));
      return;
    }
    into = from.template get<std::string>();
    check_setting(out, path, into, limits);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    auto texts = from.is_array();
    for (const auto& x : from)
      texts = texts && x.is_string();
    if (!texts) {
      out.push_back(path + " must be a list of texts, " + found(from));
      return;
    }
    into = from.template get<T>();
    check_setting(out, path, into, limits);
  } else {
    auto before = out.size();
    read_number(out, path, from, into);
    if (out.size() == before)
      check_setting(out, path, into, limits);
  }
}

} // namespace resilience::json
