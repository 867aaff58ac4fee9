// The store that a runtime's options ask for.
#pragma once

#include "resilience/actors/runtime_options.hpp"
#include "resilience/store/snapshot_store.hpp"

#include <cstdint>
#include <memory>

namespace resilience {

/// Most transitions where the history is in memory, so that it stays small.
inline constexpr int32_t most_in_memory = 10'000;

/// @throws store_error if there is a database that cannot be used.
std::unique_ptr<snapshot_store> open_store(const runtime_options& x);

} // namespace resilience
