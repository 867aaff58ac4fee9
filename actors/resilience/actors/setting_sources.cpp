#include "resilience/actors/setting_sources.hpp"

#include "resilience/actors/caf_fields.hpp"

namespace resilience {

namespace {

using caf::config_value;

/// Whether `path` is `other` or a part of it.
bool is_within(const std::string& path, const std::string& other) {
  return path.compare(0, other.size(), other) == 0
         && (path.size() == other.size() || path[other.size()] == '.');
}

} // namespace

void setting_sources::add(const char* where, const config_value& values) {
  if (!caf_format::is_map(values))
    return;
  if (caf_format::find(values, "preset")) {
    entries_.clear(); // it sets everything
    entries_.push_back({where, "preset"});
  }
  add_map(where, {}, caf::get<config_value::dictionary>(values));
}

void setting_sources::add_map(const char* where, const std::string& prefix,
                              const config_value::dictionary& map) {
  for (const auto& [key, value] : map) {
    if (caf_format::is_note(key) || (prefix.empty() && key == "name")
        || (prefix.empty() && key == "preset"))
      continue;
    auto path = prefix + key;
    auto* inner = caf::get_if<config_value::dictionary>(&value);
    if (inner && !inner->empty())
      add_map(where, path + ".", *inner);
    else
      // What turns a part on leaves its settings as they are.
      add_value(where, path, !inner && caf_format::as_switch(value) != true);
  }
}

void setting_sources::add_value(const char* where, const std::string& path,
                                bool replaces_all) {
  std::erase_if(entries_, [&](const entry& x) {
    // The whole was switched before, and that is now said by its part.
    return is_within(path, x.path) || (replaces_all && is_within(x.path, path));
  });
  entries_.push_back({where, path});
}

std::vector<std::string> setting_sources::lines() const {
  std::vector<std::string> result;
  std::vector<const char*> seen;
  for (auto i = entries_.rbegin(); i != entries_.rend(); ++i) {
    if (std::find(seen.begin(), seen.end(), i->where) != seen.end())
      continue;
    seen.push_back(i->where);
    auto line = std::string{"from "} + i->where + ":";
    auto separator = " ";
    for (const auto& x : entries_)
      if (x.where == i->where) {
        line += separator + x.path;
        separator = ", ";
      }
    result.push_back(std::move(line));
  }
  return result;
}

} // namespace resilience
