#include "resilience/actors/caf_fields.hpp"

#include "resilience/actors/compat_config.hpp"

#include <limits>

namespace resilience {

namespace {

using value = caf::config_value;

// Long values would bury the message.
std::string quoted(const std::string& x) {
  constexpr size_t most = 40;
  return x.size() > most ? "a text of " + std::to_string(x.size()) + " bytes"
                         : "\"" + x + "\"";
}

} // namespace

std::string kebab_case(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool caf_format::is_map(const value& x) {
  return caf::holds_alternative<value::dictionary>(x);
}

const value* caf_format::find(const value& map, const std::string& key) {
  const auto& entries = caf::get<value::dictionary>(map);
  auto i = entries.find(key);
  return i == entries.end() ? nullptr : &i->second;
}

std::string caf_format::found(const value& x) {
  if (auto text = as_text(x))
    return "is " + quoted(*text);
  if (auto* whole = caf::get_if<int64_t>(&x))
    return "is " + std::to_string(*whole);
  if (auto* real = caf::get_if<double>(&x))
    return "is " + number_text(*real);
  if (auto* flag = caf::get_if<bool>(&x))
    return *flag ? "is true" : "is false";
  if (auto* length = caf::get_if<caf::timespan>(&x))
    return "is " + to_string(duration{*length});
  if (is_map(x))
    return "is a map";
  if (caf::holds_alternative<value::list>(x))
    return "is a list";
  return "is of another type";
}

std::optional<bool> caf_format::as_switch(const value& x) {
  if (auto flag = as_bool(x))
    return flag;
  auto text = as_text(x);
  if (text == "on")
    return true;
  if (text == "off")
    return false;
  return std::nullopt;
}

std::optional<bool> caf_format::as_bool(const value& x) {
  auto* flag = caf::get_if<bool>(&x);
  return flag ? std::optional{*flag} : std::nullopt;
}

std::optional<std::string> caf_format::as_text(const value& x) {
  return compat::text_of(x);
}

std::optional<std::vector<std::string>> caf_format::as_texts(const value& x) {
  auto* list = caf::get_if<value::list>(&x);
  if (!list)
    return std::nullopt;
  std::vector<std::string> result;
  for (const auto& entry : *list) {
    auto text = as_text(entry);
    if (!text)
      return std::nullopt;
    result.push_back(std::move(*text));
  }
  return result;
}

void caf_format::read_number(faults& out, const std::string& path,
                             const value& from, int32_t& into) {
  using limits = std::numeric_limits<int32_t>;
  auto* whole = caf::get_if<int64_t>(&from);
  if (!whole)
    out.push_back(path + " must be a whole number, " + found(from));
  else if (*whole < limits::min() || *whole > limits::max())
    out.push_back(path + whole_bounds + found(from));
  else
    into = static_cast<int32_t>(*whole);
}

void caf_format::read_number(faults& out, const std::string& path,
                             const value& from, double& into) {
  if (auto* real = caf::get_if<double>(&from))
    into = *real;
  else if (auto* whole = caf::get_if<int64_t>(&from))
    into = static_cast<double>(*whole);
  else
    out.push_back(path + " must be a number, " + found(from));
}

void caf_format::read_number(faults& out, const std::string& path,
                             const value& from, duration& into) {
  // A number without a unit would be seconds to some and milliseconds to
  // others.
  if (auto* length = caf::get_if<caf::timespan>(&from))
    into = *length;
  else
    out.push_back(path + " must be a duration such as 60s or 250ms, "
                  + found(from));
}

} // namespace resilience
