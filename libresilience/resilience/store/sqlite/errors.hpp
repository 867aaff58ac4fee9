// What SQLite has against a call, in the words of the port. Pure functions.
#pragma once

#include "resilience/store/snapshot_store.hpp"

#include <string>

namespace resilience::store {

/// The code of SQLite's (extended) result; `errno_value` is that of the system
/// call that failed, where one did.
store_errc errc_of(int result, int errno_value) noexcept;

/// `path: text`, and what the system said.
store_error error_of(int result, int errno_value, const std::string& path,
                     const std::string& text);

} // namespace resilience::store
