// Finds keys that an object of JSON names twice: only the parser sees them, and
// the last one would win without a word.
//
//   key_check twice{found};
//   parse(text, [&](int, auto event, auto& x) { return twice(event, x); });
#pragma once

#include "resilience/validation.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

namespace resilience::json {

class key_check {
public:
  /// @param out gets a line for each such key, with its path.
  explicit key_check(faults& out) : out_(out) {}

  /// What the parser has met. True: it shall go on.
  bool operator()(nlohmann::json::parse_event_t event, const nlohmann::json& x);

private:
  struct level {
    std::set<std::string> keys{};
    std::string last{};
  };

  std::string path() const;

  faults& out_;
  /// Objects and arrays around the parser's place.
  std::vector<level> open_;
};

} // namespace resilience::json
