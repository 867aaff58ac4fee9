#include "resilience/actors/setting_sources.hpp"

#include "resilience/actors/caf_fields.hpp"

#include <algorithm>
#include <set>
#include <utility>

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
  std::vector<const char*> sources;
  for (auto i = entries_.rbegin(); i != entries_.rend(); ++i)
    if (std::find(sources.begin(), sources.end(), i->where) == sources.end())
      sources.push_back(i->where);
  std::vector<std::string> result;
  for (const auto* where : sources) {
    std::set<std::string> paths;
    for (const auto& x : entries_)
      if (x.where == where)
        paths.insert(x.path);
    auto& line = result.emplace_back(std::string{"from "} + where);
    auto separator = ": ";
    for (const auto& path : paths)
      line += std::exchange(separator, ", ") + path;
  }
  return result;
}

} // namespace resilience
