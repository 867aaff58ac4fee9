#include "resilience/validation.hpp"

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

void check_range(faults& out, std::string_view path, int64_t value,
                 int64_t lowest, int64_t highest) {
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

} // namespace resilience
