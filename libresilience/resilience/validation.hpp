// Collects every fault of a configuration, so that a user mends them at once.
#pragma once

#include "resilience/time.hpp"

#include <cstddef>
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
void check_range(faults& out, std::string_view path, int32_t value,
                 int32_t lowest, int32_t highest);

/// Appends to `out` unless `lowest <= value <= highest`.
void check_range(faults& out, std::string_view path, duration value,
                 duration lowest, duration highest);

/// Appends to `out` unless `lowest <= value <= highest`; NaN is no such value.
void check_range(faults& out, std::string_view path, double value,
                 double lowest, double highest);

/// Appends to `out` if `value` has more than `most` bytes.
void check_text(faults& out, std::string_view path, std::string_view value,
                size_t most);

/// Appends to `out` if `values` has more than `most` entries, or an entry has
/// more than 256 bytes or none.
void check_texts(faults& out, std::string_view path,
                 const std::vector<std::string>& values, size_t most);

/// The shortest text that reads back as `value`.
std::string number_text(double value);

/// Thrown where a constructor or a factory cannot return an error. `what()`
/// names every fault.
class invalid_config_error : public std::invalid_argument {
public:
  using std::invalid_argument::invalid_argument;

  explicit invalid_config_error(const faults& xs)
    : std::invalid_argument(to_string(xs)) {}
};

} // namespace resilience
