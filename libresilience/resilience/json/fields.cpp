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

std::string found(const value& x) {
  // Long values would bury the message.
  constexpr size_t most = 40;
  auto text = x.dump(-1, ' ', true, value::error_handler_t::replace);
  return "is "
         + (text.size() > most ? std::string{x.type_name()} : std::move(text));
}

void read_number(faults& out, const std::string& path, const value& from,
                 int32_t& into) {
  using limits = std::numeric_limits<int32_t>;
  if (!is_whole(from) || whole(from) < limits::min()
      || whole(from) > limits::max()) {
    out.push_back(path + " must be a whole number, " + found(from));
    return;
  }
  into = static_cast<int32_t>(whole(from));
}

void read_number(faults& out, const std::string& path, const value& from,
                 double& into) {
  if (from.is_number())
    into = from.get<double>();
  else
    out.push_back(path + " must be a number, " + found(from));
}

void read_number(faults& out, const std::string& path, const value& from,
                 duration& into) {
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
