#include "resilience/error_filter.hpp"

#include <algorithm>
#include <charconv>

namespace resilience {

namespace {

struct pattern {
  std::string_view category;
  std::string_view code;
  bool has_code = false;
};

// Splits at the last colon, unless that is half of a `::`.
pattern split(std::string_view text) noexcept {
  auto at = text.rfind(':');
  if (at == std::string_view::npos || (at > 0 && text[at - 1] == ':'))
    return {text, {}, false};
  return {text.substr(0, at), text.substr(at + 1), true};
}

bool names(std::string_view code, const error_id& x) noexcept {
  if (!x.code_name.empty() && code == x.code_name)
    return true;
  int64_t number = 0;
  auto end = code.data() + code.size();
  auto [ptr, failure] = std::from_chars(code.data(), end, number);
  return failure == std::errc{} && ptr == end && number == x.code;
}

bool well_formed(std::string_view text) noexcept {
  auto x = split(text);
  auto blank = text.find_first_of(" \t\r\n") != std::string_view::npos;
  return !blank && !x.category.empty() && x.category.front() != ':'
         && x.category.back() != ':' && (!x.has_code || !x.code.empty());
}

} // namespace

bool matches(const std::vector<std::string>& patterns,
             const error_id& x) noexcept {
  return std::any_of(
    patterns.begin(), patterns.end(), [&](const std::string& text) {
      auto p = split(text);
      return p.category == x.category && (!p.has_code || names(p.code, x));
    });
}

void check_patterns(faults& out, std::string_view path,
                    const std::vector<std::string>& patterns) {
  for (size_t i = 0; i < patterns.size(); ++i)
    // What is empty or too long is told by `check_texts`.
    if (!patterns[i].empty() && !well_formed(patterns[i]))
      out.push_back(std::string{path} + "[" + std::to_string(i)
                    + "] must be category or category:code, is \""
                    + patterns[i].substr(0, 64) + "\"");
}

} // namespace resilience
