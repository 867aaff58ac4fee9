// HTTP's way to say when to come back.
#pragma once

#include "resilience/time.hpp"

#include <optional>
#include <string_view>

namespace resilience {

/// The delay that a `Retry-After` header asks for (RFC 9110, 10.2.3): a number
/// of seconds, or a date in one of the three forms of 5.6.7, seen at `now`.
/// Rounded up to the second; a date of the past is zero; what is too long
/// saturates. None for anything else. In no locale.
std::optional<duration> parse_retry_after(std::string_view text,
                                          wall_time now) noexcept;

} // namespace resilience
