// Texts that others will read: whether they are UTF-8, and how to make them so.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace resilience {

/// Whether `x` is UTF-8 throughout: no overlong forms, no surrogates.
bool is_utf8(std::string_view x) noexcept;

/// `x` with each byte that is no UTF-8 replaced by U+FFFD, cut to at most
/// `most` bytes between two characters.
std::string clean_text(std::string_view x, size_t most);

} // namespace resilience
