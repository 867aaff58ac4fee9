// Collects every fault of a configuration, so that a user mends them at once.
#pragma once

#include "resilience/time.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// Faults of a configuration, a line each: the setting's path, the rule, and
/// the value found. Empty means valid.
using faults = std::vector<std::string>;

/// All faults in one line, separated by `; `.
std::string to_string(const faults& xs);

/// Appends to `out` unless `lowest <= value <= highest`.
void check_range(faults& out, std::string_view path, int64_t value,
                 int64_t lowest, int64_t highest);

/// Appends to `out` unless `lowest <= value <= highest`.
void check_range(faults& out, std::string_view path, duration value,
                 duration lowest, duration highest);

/// Thrown where a constructor or a factory cannot return an error. `what()`
/// names every fault.
class invalid_config_error : public std::invalid_argument {
public:
  using std::invalid_argument::invalid_argument;

  explicit invalid_config_error(const faults& xs)
    : std::invalid_argument(to_string(xs)) {}
};

} // namespace resilience
