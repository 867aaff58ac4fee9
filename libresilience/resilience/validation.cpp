#include "resilience/validation.hpp"

#include "resilience/utf8.hpp"

#include <array>
#include <charconv>

namespace resilience {

namespace {

std::string fault(std::string_view path, const std::string& lowest,
                  const std::string& highest, const std::string& value) {
  std::string result{path};
  result += " must be between " + lowest + " and " + highest + ", is " + value;
  return result;
}

} // namespace

std::string to_string(const faults& xs) {
  std::string result;
  for (const auto& x : xs) {
    if (!result.empty())
      result += "; ";
    result += x;
  }
  return result;
}

void check_range(faults& out, std::string_view path, int32_t value,
                 int32_t lowest, int32_t highest) {
  if (value < lowest || value > highest)
    out.push_back(fault(path, std::to_string(lowest), std::to_string(highest),
                        std::to_string(value)));
}

void check_range(faults& out, std::string_view path, duration value,
                 duration lowest, duration highest) {
  if (value < lowest || value > highest)
    out.push_back(
      fault(path, to_string(lowest), to_string(highest), to_string(value)));
}

void check_range(faults& out, std::string_view path, double value,
                 double lowest, double highest) {
  if (!(value >= lowest && value <= highest))
    out.push_back(fault(path, number_text(lowest), number_text(highest),
                        number_text(value)));
}

void check_text(faults& out, std::string_view path, std::string_view value,
                size_t most) {
  if (value.size() > most)
    out.push_back(std::string{path} + " must have at most "
                  + std::to_string(most) + " bytes, has "
                  + std::to_string(value.size()));
  if (!is_utf8(value))
    out.push_back(std::string{path} + " must be UTF-8");
}

void check_texts(faults& out, std::string_view path,
                 const std::vector<std::string>& values, size_t most) {
  if (values.size() > most)
    out.push_back(std::string{path} + " must have at most "
                  + std::to_string(most) + " entries, has "
                  + std::to_string(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    auto entry = std::string{path} + "[" + std::to_string(i) + "]";
    if (values[i].empty())
      out.push_back(entry + " must not be empty");
    check_text(out, entry, values[i], 256);
  }
}

std::string number_text(double value) {
  std::array<char, 32> buf{};
  auto end = std::to_chars(buf.data(), buf.data() + buf.size(), value).ptr;
  return {buf.data(), end};
}

} // namespace resilience
