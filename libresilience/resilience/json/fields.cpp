#include "resilience/json/fields.hpp"

namespace resilience::json {

namespace {

bool is_whole(const value& x) {
  return x.is_number_integer() || x.is_number_unsigned();
}

/// Saturates: a value beyond is out of every range.
int64_t whole(const value& x) {
  constexpr auto most = std::numeric_limits<int64_t>::max();
  if (x.is_number_unsigned() && x.get<uint64_t>() > static_cast<uint64_t>(most))
    return most;
  return x.get<int64_t>();
}

} // namespace

std::string format::found(const value& x) {
  // Long values would bury the message.
  constexpr size_t most = 40;
  auto text = x.dump(-1, ' ', true, value::error_handler_t::replace);
  return "is "
         + (text.size() > most ? std::string{x.type_name()} : std::move(text));
}

bool format::is_map(const value& x) {
  return x.is_object();
}

const value* format::find(const value& object, const std::string& key) {
  auto i = object.find(key);
  return i == object.end() ? nullptr : &*i;
}

std::optional<bool> format::as_switch(const value& x) {
  return x.is_null() ? std::optional{false} : std::nullopt;
}

std::optional<bool> format::as_bool(const value& x) {
  return x.is_boolean() ? std::optional{x.get<bool>()} : std::nullopt;
}

std::optional<std::string> format::as_text(const value& x) {
  return x.is_string() ? std::optional{x.get<std::string>()} : std::nullopt;
}

std::optional<std::vector<std::string>> format::as_texts(const value& x) {
  if (!x.is_array() || !std::all_of(x.begin(), x.end(), [](const value& y) {
        return y.is_string();
      }))
    return std::nullopt;
  return x.get<std::vector<std::string>>();
}

void format::read_number(faults& out, const std::string& path,
                         const value& from, int32_t& into) {
  using limits = std::numeric_limits<int32_t>;
  if (!is_whole(from))
    out.push_back(path + " must be a whole number, " + found(from));
  else if (whole(from) < limits::min() || whole(from) > limits::max())
    out.push_back(path + whole_bounds + found(from));
  else
    into = static_cast<int32_t>(whole(from));
}

void format::read_number(faults& out, const std::string& path,
                         const value& from, double& into) {
  if (from.is_number())
    into = from.get<double>();
  else
    out.push_back(path + " must be a number, " + found(from));
}

void format::read_number(faults& out, const std::string& path,
                         const value& from, duration& into) {
  if (!from.is_number()) {
    out.push_back(path + " must be a number of seconds, " + found(from));
    return;
  }
  // Beyond a hundred years nothing is valid, and nothing overflows below.
  constexpr auto most = int64_t{100} * 366 * 24 * 3600;
  if (is_whole(from)) {
    auto n = whole(from);
    into = n > most    ? duration::max()
           : n < -most ? duration::min()
                       : duration{std::chrono::seconds{n}};
    return;
  }
  auto n = from.get<double>();
  into = n > static_cast<double>(most)    ? duration::max()
         : n < -static_cast<double>(most) ? duration::min()
                                          : duration{std::llround(n * 1e9)};
}

} // namespace resilience::json
