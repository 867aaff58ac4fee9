#include "resilience/actors/open_store.hpp"

#include "resilience/store/memory_store.hpp"
#include "resilience/store/sqlite_store.hpp"

namespace resilience {

std::unique_ptr<snapshot_store> open_store(const runtime_options& x) {
  if (x.database.empty())
    return std::make_unique<memory_store>();
  return std::make_unique<sqlite_store>(
    sqlite_options{.path = x.database, .synchronous = x.synchronous});
}

} // namespace resilience
