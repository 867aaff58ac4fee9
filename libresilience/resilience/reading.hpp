// Reads any described config out of a tree of values that somebody else has
// parsed. What such a tree looks like is said by a `Format`:
//
//   struct format {
//     using value = ...;
//     static constexpr auto map_text = "a map";      // for faults
//     static constexpr auto part_text = "a map, \"on\" or \"off\"";
//     static std::string key_of(const auto& setting);
//     static bool is_map(const value&);
//     static const value* find(const value& map, const std::string& key);
//     static void for_each_key(const value& map, auto f);
//     static bool is_note(const std::string& key);   // for people: skipped
//     static std::optional<bool> as_switch(const value&);  // on or off
//     static std::string found(const value&);   // `is 5`
//     static std::optional<bool> as_bool(const value&);
//     static std::optional<std::string> as_text(const value&);
//     static std::optional<std::vector<std::string>> as_texts(const value&);
//     static void read_number(faults&, const std::string& path, const value&,
//                             int32_t&);        // double&, duration&
//   };
//
// What is said is set, what is not said stays. All faults are told at once,
// each with its path.
#pragma once

#include "resilience/settings.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resilience {

/// The fault of a key that means nothing; names the one that may be meant.
std::string unknown_setting(const std::string& prefix, std::string_view key,
                            const std::vector<std::string>& known);

/// For faults: where whole numbers end.
inline constexpr auto whole_bounds =
  " must be between -2147483648 and 2147483647, ";

/// Stateless, thread-safe.
template <class Format>
class reader {
public:
  using value = typename Format::value;

  /// Sets what `from` says of `into` and appends what is wrong with it. `path`
  /// is that of `from`, empty for the root. `others` are keys that somebody
  /// else reads.
  template <described Config>
  static void read_config(faults& out, const std::string& path,
                          const value& from, Config& into,
                          std::vector<std::string> others = {}) {
    if (!Format::is_map(from)) {
      out.push_back((path.empty() ? "the settings" : path) + " must be "
                    + Format::map_text + ", " + Format::found(from));
      return;
    }
    auto inner = path.empty() ? std::string{} : path + ".";
    auto& known = others;
    for_each_setting<Config>([&](const auto& s) {
      known.push_back(Format::key_of(s));
      if (auto* x = Format::find(from, known.back()))
        read(out, inner + known.back(), *x, into.*s.member, s.limits);
    });
    Format::for_each_key(from, [&](const std::string& key) {
      if (!Format::is_note(key)
          && std::find(known.begin(), known.end(), key) == known.end())
        out.push_back(unknown_setting(inner, key, known));
    });
  }

  /// The same for a single value.
  template <class T, class Limits>
  static void read(faults& out, const std::string& path, const value& from,
                   T& into, const Limits& limits) {
    if constexpr (is_optional<T>::value) {
      read_optional(out, path, from, into, limits);
    } else if constexpr (described<T>) {
      read_config(out, path, from, into);
    } else if constexpr (named_enum<T>) {
      auto text = Format::as_text(from);
      auto x = text ? parse_name<T>(*text) : std::nullopt;
      take(out, path, from, x, into, limits, known_names<T>().c_str());
    } else if constexpr (std::is_same_v<T, bool>) {
      take(out, path, from, Format::as_bool(from), into, limits,
           "true or false");
    } else if constexpr (std::is_same_v<T, std::string>) {
      take(out, path, from, Format::as_text(from), into, limits, "a text");
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      take(out, path, from, Format::as_texts(from), into, limits,
           "a list of texts");
    } else {
      auto before = out.size();
      Format::read_number(out, path, from, into);
      if (out.size() == before)
        check_setting(out, path, into, limits);
    }
  }

private:
  template <class T, class Limits>
  static void read_optional(faults& out, const std::string& path,
                            const value& from, std::optional<T>& into,
                            const Limits& limits) {
    auto on = Format::as_switch(from);
    if (on && !*on) {
      into.reset();
      return;
    }
    auto next = into.value_or(T{});
    if constexpr (described<T>) {
      if (!on && !Format::is_map(from)) {
        out.push_back(path + " must be " + Format::part_text + ", "
                      + Format::found(from));
        return;
      }
      if (!on)
        read_config(out, path, from, next);
    } else {
      // There is no default that `on` could mean.
      read(out, path, from, next, limits);
    }
    into = std::move(next);
  }

  template <class T, class Limits>
  static void take(faults& out, const std::string& path, const value& from,
                   std::optional<T> x, T& into, const Limits& limits,
                   const char* rule) {
    if (!x) {
      out.push_back(path + " must be " + rule + ", " + Format::found(from));
      return;
    }
    into = std::move(*x);
    check_setting(out, path, into, limits);
  }
};

} // namespace resilience
