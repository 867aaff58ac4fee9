// Lists of errors as settings write them: a whole category, or one code of it.
//
//   "shop::errc"   every error of that category
//   "shop::errc:3"   "caf::sec:request_timeout"   "resilience:timed_out"
#pragma once

#include "resilience/validation.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// An error as such lists name it.
struct error_id {
  std::string_view category;
  int64_t code = 0;
  /// Name of the code; empty where none is known.
  std::string_view code_name{};
};

/// Whether one of `patterns` names `x`. A code may be given by its number or by
/// its name.
bool matches(const std::vector<std::string>& patterns,
             const error_id& x) noexcept;

/// Appends to `out` for each of `patterns` that is neither `category` nor
/// `category:code`. Whether such a category exists, only errors can tell.
void check_patterns(faults& out, std::string_view path,
                    const std::vector<std::string>& patterns);

} // namespace resilience
