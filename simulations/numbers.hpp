// Numbers as texts, the same on every machine.
#pragma once

#include <array>
#include <charconv>
#include <string>

namespace resilience::simulation {

/// With so many digits after the point.
inline std::string fixed(double x, int digits) {
  std::array<char, 400> buf{};
  auto end = std::to_chars(buf.data(), buf.data() + buf.size(), x,
                           std::chars_format::fixed, digits);
  return {buf.data(), end.ptr};
}

/// As few digits as it takes, from 0 to a million with at most three after the
/// point.
inline std::string shortest(double x) {
  auto result = fixed(x, 3);
  result.erase(result.find_last_not_of('0') + 1);
  if (result.back() == '.')
    result.pop_back();
  return result;
}

/// A share above or below: `+12 %`.
inline std::string signed_percent(double share) {
  auto text = fixed(share * 100, 0);
  if (text == "-0")
    text = "0";
  return (text[0] == '-' ? "" : "+") + text + " %";
}

} // namespace resilience::simulation
