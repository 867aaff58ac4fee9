// The store that a runtime's options ask for.
#pragma once

#include "resilience/actors/runtime_options.hpp"
#include "resilience/store/snapshot_store.hpp"

#include <memory>

namespace resilience {

/// @throws store_error if there is a database that cannot be used.
std::unique_ptr<snapshot_store> open_store(const runtime_options& x);

} // namespace resilience
