#include "resilience/actors/open_store.hpp"

#include "resilience/store/memory_store.hpp"

namespace resilience {

std::unique_ptr<snapshot_store> open_store(const runtime_options&) {
  return std::make_unique<memory_store>();
}

} // namespace resilience
