#include "resilience/reading.hpp"

#include <numeric>

namespace resilience {

namespace {

/// Characters to insert, drop or replace to turn `a` into `b`.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

} // namespace

std::string unknown_setting(const std::string& prefix, std::string_view key,
                            const std::vector<std::string>& known) {
  // Keys come from outside: a long one is no slip of the finger.
  constexpr size_t longest = 64;
  auto result = prefix + std::string{key.substr(0, longest)} + " is no setting";
  if (key.size() > longest)
    return result;
  const std::string* nearest = nullptr;
  auto least = key.size() / 3 + 1;
  for (const auto& x : known)
    if (auto d = distance(key, x); d < least) {
      least = d;
      nearest = &x;
    }
  if (nearest != nullptr)
    result += ", did you mean " + *nearest + "?";
  return result;
}

} // namespace resilience
