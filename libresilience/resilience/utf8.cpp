#include "resilience/utf8.hpp"

#include <cstdint>

namespace resilience {

namespace {

/// Bytes of the character that `x` begins with; 0 if that is none.
size_t length_of_first(std::string_view x) noexcept {
  auto byte = [&](size_t i) {
    return i < x.size() ? static_cast<uint8_t>(x[i]) : uint8_t{0};
  };
  auto follows = [&](size_t i, uint8_t lowest = 0x80, uint8_t highest = 0xBF) {
    return byte(i) >= lowest && byte(i) <= highest;
  };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF)
    return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    // E0 would be overlong below A0, ED a surrogate above 9F.
    auto second = first == 0xE0   ? follows(1, 0xA0)
                  : first == 0xED ? follows(1, 0x80, 0x9F)
                                  : follows(1);
    return second && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    auto second = first == 0xF0   ? follows(1, 0x90)
                  : first == 0xF4 ? follows(1, 0x80, 0x8F)
                                  : follows(1);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

} // namespace

bool is_utf8(std::string_view x) noexcept {
  while (!x.empty()) {
    auto n = length_of_first(x);
    if (n == 0)
      return false;
    x.remove_prefix(n);
  }
  return true;
}

std::string clean_text(std::string_view x, size_t most) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string result;
  while (!x.empty()) {
    auto n = length_of_first(x);
    auto next = n > 0 ? x.substr(0, n) : replacement;
    if (result.size() + next.size() > most)
      break;
    result += next;
    x.remove_prefix(n > 0 ? n : 1);
  }
  return result;
}

} // namespace resilience
