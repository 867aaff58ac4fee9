// replay_vectors FILE...: replays recorded cases against the real policies.
//
// A file is {kind, scenarios: [...]}; the kind says which policy answers. Exit
// code 0: all as recorded; 1: something differs; 2: a file cannot be read or
// has another structure than its kind. The last line holds the totals.
#include "support/replay.hpp"

#include <fstream>
#include <iostream>
#include <optional>

namespace {

using namespace resilience::test;

struct kind {
  std::string_view name;
  void (*replay)(const node& scenario, report& out);
};

constexpr kind kinds[] = {
  {"circuit_breaker", replay_circuit_breaker},
  {"sliding_window", replay_sliding_window},
  {"backoff", replay_backoff},
  {"health", replay_health},
};

json parse(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    throw malformed{"cannot be opened"};
  // Reading a folder opens, and fails only here.
  if (in.peek() == std::ifstream::traits_type::eof())
    throw malformed{"is empty or cannot be read"};
  return json::parse(in);
}

const kind& kind_of(const node& file) {
  auto name = file.at("kind").text();
  for (const auto& x : kinds)
    if (x.name == name)
      return x;
  file.at("kind").fail("is an unknown kind: '" + name + "'");
}

void check_unit(const node& file) {
  if (file.has("time_unit") && file.at("time_unit").text() != "ms")
    file.at("time_unit").fail("must be 'ms'");
}

std::optional<double> tolerance_of(const node& file) {
  if (!file.has("tolerance_ms"))
    return std::nullopt;
  return file.at("tolerance_ms").number(0, 1000);
}

void replay(const std::string& path, report& out) {
  const auto data = parse(path);
  node file{data, ""};
  auto& found = kind_of(file);
  check_unit(file);
  out.tolerance(tolerance_of(file));
  auto scenarios = file.at("scenarios");
  auto n = scenarios.size();
  for (size_t i = 0; i < n; ++i)
    found.replay(scenarios.at(i), out);
}

bool replay_or_tell(const std::string& path, report& out) {
  try {
    replay(path, out);
    return true;
  } catch (const std::exception& x) {
    std::cerr << "error: " << path << ": " << x.what() << std::endl;
    return false;
  }
}

} // namespace

int main(int argc, char** argv) {
  report out{std::cout};
  auto readable = argc > 1;
  if (!readable)
    std::cerr << "usage: replay_vectors FILE..." << std::endl;
  for (int i = 1; i < argc; ++i)
    readable = replay_or_tell(argv[i], out) && readable;
  std::cout << out.summary() << std::endl;
  if (!readable)
    return 2;
  return out.mismatches() > 0 ? 1 : 0;
}
