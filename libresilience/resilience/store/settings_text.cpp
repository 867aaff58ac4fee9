#include "resilience/store/settings_text.hpp"

#include "resilience/json/fields.hpp"

#include <functional>

namespace resilience::store {

namespace {

template <class T>
size_t hash_of(const T& x) noexcept {
  if constexpr (is_optional<T>::value) {
    return x ? hash_of(*x) + 1 : 0;
  } else if constexpr (described<T>) {
    size_t result = 0;
    for_each_setting<T>([&](const auto& s) {
      result = result * 0x9E3779B97F4A7C15u + hash_of(x.*s.member);
    });
    return result;
  } else if constexpr (std::is_same_v<T, duration>) {
    return std::hash<duration::rep>{}(x.count());
  } else {
    return std::hash<T>{}(x);
  }
}

} // namespace

std::string settings_text(const breaker_config& x) {
  return json::write(x).dump();
}

std::optional<breaker_config> read_settings(std::string_view text,
                                            std::string& fault) {
  faults found;
  breaker_config result;
  try {
    reader<json::format>::read_config(found, {}, json::value::parse(text),
                                      result);
  } catch (const json::value::exception& e) {
    found.push_back(e.what());
  }
  if (found.empty())
    found = validate(result);
  if (found.empty())
    return result;
  fault = to_string(found);
  return std::nullopt;
}

size_t settings_hash::operator()(const breaker_config& x) const noexcept {
  return hash_of(x);
}

} // namespace resilience::store
