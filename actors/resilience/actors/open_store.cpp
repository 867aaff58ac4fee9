#include "resilience/actors/open_store.hpp"

#include "resilience/store/memory_store.hpp"
#include "resilience/store/sqlite_store.hpp"

#include <algorithm>

namespace resilience {

std::unique_ptr<snapshot_store> open_store(const runtime_options& x) {
  if (x.database.empty()) {
    auto history = std::min(x.max_transitions, most_in_memory);
    return std::make_unique<memory_store>(
      memory_limits{.history = static_cast<size_t>(history),
                    .circuits = static_cast<size_t>(x.max_circuits)});
  }
  return std::make_unique<sqlite_store>(
    sqlite_options{.path = x.database, .synchronous = x.synchronous});
}

} // namespace resilience
