#include "resilience/error_filter.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace resilience {

namespace {

struct pattern {
  std::string_view category;
  std::string_view code;
  bool has_code;
};

// Splits at the last colon, unless that is half of a `::`.
pattern split(std::string_view text) noexcept {
  auto at = text.rfind(':');
  if (at == std::string_view::npos || text.substr(0, at).ends_with(':'))
    return {text, {}, false};
  return {text.substr(0, at), text.substr(at + 1), true};
}

std::optional<int64_t> number_in(std::string_view text) noexcept {
  int64_t result{};
  auto end = text.data() + text.size();
  auto [ptr, failure] = std::from_chars(text.data(), end, result);
  return failure == std::errc{} && ptr == end ? std::optional{result}
                                              : std::nullopt;
}

bool names(std::string_view code, const error_id& x) noexcept {
  return (!x.code_name.empty() && code == x.code_name)
         || number_in(code) == x.code;
}

/// Names with `::` between them.
bool is_category(std::string_view text) noexcept {
  auto at = text.find(':');
  if (at == std::string_view::npos)
    return !text.empty();
  return at > 0 && text.substr(at).starts_with("::")
         && is_category(text.substr(at + 2));
}

/// A number or a name. What begins as a number must be one that errors can
/// have: it would match nothing, and nobody would be told.
bool is_code(std::string_view text) noexcept {
  constexpr std::string_view number_starts = "+-0123456789";
  return !text.empty()
         && (number_starts.find(text.front()) == std::string_view::npos
             || number_in(text));
}

bool is_blank_or_control(char c) noexcept {
  auto code = static_cast<unsigned char>(c);
  return code <= 0x20 || code == 0x7f;
}

bool well_formed(std::string_view text) noexcept {
  auto x = split(text);
  return std::none_of(text.begin(), text.end(), is_blank_or_control)
         && is_category(x.category) && (!x.has_code || is_code(x.code));
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
