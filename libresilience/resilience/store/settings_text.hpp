// The settings of a breaker as the text that stores keep once and people read:
// JSON as in policy_json.hpp. Pure functions.
#pragma once

#include "resilience/circuit_breaker.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace resilience::store {

/// Equal settings give equal texts.
std::string settings_text(const breaker_config& x);

/// `std::nullopt` for what is no JSON, or no valid settings; `fault` says why.
std::optional<breaker_config> read_settings(std::string_view text,
                                            std::string& fault);

/// Equal settings have equal hashes.
struct settings_hash {
  size_t operator()(const breaker_config& x) const noexcept;
};

} // namespace resilience::store
