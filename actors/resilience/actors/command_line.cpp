#include "resilience/actors/command_line.hpp"

#include "resilience/actors/caf_fields.hpp"
#include "resilience/actors/compat_config.hpp"
#include "resilience/actors/runtime_options.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/config_option_set.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace resilience {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view x) {
  x.remove_prefix(std::min(x.find_first_not_of(blanks), x.size()));
  return x.substr(0, x.find_last_not_of(blanks) + 1);
}

/// Takes the name and its colon off `text`; none if there is no such thing.
std::optional<std::string> take_name(std::string_view& text) {
  auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  std::string result{trimmed(text.substr(0, colon))};
  text.remove_prefix(colon + 1);
  return result;
}

/// The same for a name in quotes.
std::optional<std::string> take_quoted_name(std::string_view& text) {
  std::string result;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text = trimmed(text.substr(i + 1));
      if (text.empty() || text.front() != ':')
        return std::nullopt;
      text.remove_prefix(1);
      return result;
    }
    if (text[i] == '\\' && ++i == text.size())
      return std::nullopt;
    result += text[i];
  }
  return std::nullopt;
}

/// Words of letters, digits, dashes and underscores between dots.
bool is_path(std::string_view text) {
  auto in_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  auto dot = true;
  for (auto c : text) {
    if (c == '.' ? dot : !in_word(c))
      return false;
    dot = c == '.';
  }
  return !dot;
}

/// Whether a length of time is longer than CAF can tell, whose parser goes on
/// from below zero then.
bool is_endless(const std::string& text) {
  constexpr std::pair<std::string_view, double> units[] = {
    {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 6e10}, {"h", 3.6e12}};
  char* end = nullptr;
  auto count = std::strtod(text.c_str(), &end);
  auto unit = std::find_if(std::begin(units), std::end(units),
                           [end](const auto& x) { return x.first == end; });
  return unit != std::end(units)
         && std::abs(count) * unit->second
              >= static_cast<double>(caf::timespan::max().count());
}

/// What CAF cannot read is a text, even if it begins like a number: where that
/// will not do, the fault shows it.
caf::config_value parse_value(std::string_view text) {
  std::string copy{text};
  auto result = caf::config_value::parse(copy);
  return result && !is_endless(copy) ? std::move(*result)
                                     : caf::config_value{std::move(copy)};
}

} // namespace

void declare_options(caf::config_option_set& options,
                     std::vector<std::string>& given) {
  options.add(compat::repeatable_option(
    given, "resilience", "set",
    "a setting of a guard, e.g. 'payments: breaker.cooldown = 60s'"));
  for_each_setting<runtime_options>([&](const auto& x) {
    using type = std::decay_t<decltype(runtime_options{}.*x.member)>;
    using given_type = std::conditional_t<named_enum<type>, std::string, type>;
    options.add<given_type>("resilience", kebab_case(x.name), x.meaning);
  });
}

system_config::system_config() {
  declare_options(custom_options_, given_);
}

std::optional<assignment> parse_assignment(std::string_view text) {
  text = trimmed(text);
  auto in_quotes = !text.empty() && text.front() == '"';
  auto name = in_quotes ? take_quoted_name(text) : take_name(text);
  auto equals = text.find('=');
  if (!name || name->empty() || equals == std::string_view::npos)
    return std::nullopt;
  auto path = trimmed(text.substr(0, equals));
  if (!is_path(path))
    return std::nullopt;
  if (!in_quotes && *name == "*")
    name.reset();
  return assignment{std::move(name), std::string{path},
                    parse_value(trimmed(text.substr(equals + 1)))};
}

} // namespace resilience
