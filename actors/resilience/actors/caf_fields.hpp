// How CAF's configuration looks to a `reader`: kebab-case names, CAF's
// durations, `false` or "off" for a part that is off, `true` or "on" for one
// with what it has by default.
//
// The generations of CAF disagree about comments in a file (`;` or `#`). A key
// `note` is skipped in every map, so one file can explain itself to both.
#pragma once

#include "resilience/reading.hpp"

#include <caf/config_value.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

/// `failure_threshold` as `failure-threshold`.
std::string kebab_case(std::string name);

/// Stateless, thread-safe.
struct caf_format {
  using value = caf::config_value;

  static constexpr auto map_text = "a map";
  static constexpr auto part_text = "a map, \"on\" or \"off\"";

  template <class Setting>
  static std::string key_of(const Setting& x) {
    return kebab_case(x.name);
  }

  template <class F>
  static void for_each_key(const value& map, F f) {
    for (const auto& kvp : caf::get<value::dictionary>(map))
      f(kvp.first);
  }

  static bool is_note(const std::string& key) {
    return key == "note";
  }

  static bool is_map(const value& x);
  static const value* find(const value& map, const std::string& key);
  /// What was found where something else was wanted.
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

using caf_reader = reader<caf_format>;

} // namespace resilience
