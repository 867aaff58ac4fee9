// The command line.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace outage {

struct options {
  std::filesystem::path nginx;
  /// An empty folder for nginx.
  std::filesystem::path prefix;
  /// The last act alone.
  bool last = false;
  /// One JSON document instead of a table.
  bool json = false;
  /// Requests per second, of all callers together. 1 to 1000.
  int rate = 80;
  /// How long the HTTP client waits, in all runs. 100 ms to 10 s.
  std::chrono::milliseconds client_timeout{2'000};
  /// The database of the process that this one is (service.hpp); empty: none.
  std::filesystem::path child;
  /// The page that it asks for.
  std::string url;
};

/// Says on standard error what is wrong, or what can be said.
std::optional<options> parse(int argc, char** argv);

} // namespace outage
