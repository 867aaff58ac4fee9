// Which settings came from where, the last word winning.
#pragma once

#include <caf/config_value.hpp>

#include <string>
#include <vector>

namespace resilience {

/// Not thread-safe.
class setting_sources {
public:
  /// Everything that the map `values` says is from `where`.
  /// @param where lives as long as this object.
  void add(const char* where, const caf::config_value& values);

  /// A line for each source, the last first, with its settings sorted:
  /// `from the file: breaker.cooldown, timeout.limit`.
  std::vector<std::string> lines() const;

private:
  struct entry {
    const char* where;
    std::string path;
  };

  void add_map(const char* where, const std::string& prefix,
               const caf::config_value::dictionary& map);
  void add_value(const char* where, const std::string& path, bool replaces_all);

  std::vector<entry> entries_;
};

} // namespace resilience
