// The calls of the guide's chapters "Using the Registry", "Monitoring and
// Metrics" and "Persistence", under its names. Each is one call of the runtime,
// which stands where the guide has a global registry.
//
// Thread-safe, but for `init_circuit_breaker_persistence`, which is a value.
#pragma once

#include "resilience/actors/runtime.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resilience {

// -- registry -----------------------------------------------------------------

/// Gets the breaker of `p.name`, made if need be. @throws invalid_config_error
/// naming the difference, where it exists with other settings.
inline control_actor get_circuit_breaker(runtime& rt, const policy& p) {
  return rt.ensure_breaker(p);
}

/// Closes all; returns their number.
inline uint64_t reset_all_circuit_breakers(runtime& rt) {
  return rt.reset_all();
}

// -- monitoring ---------------------------------------------------------------

/// @throws invalid_config_error if there is none of that name.
inline circuit_status get_circuit_breaker_status(runtime& rt,
                                                 std::string_view name) {
  return rt.status_of(name);
}

/// @throws invalid_config_error if there is none of that name.
inline circuit_metrics get_circuit_breaker_metrics(runtime& rt,
                                                   std::string_view name) {
  return rt.metrics_of(name);
}

inline std::vector<circuit_status>
get_all_circuit_breakers_status(const runtime& rt) {
  return rt.all_status();
}

inline void set_metrics_callback(runtime& rt, metrics_callback f) {
  rt.set_metrics_callback(std::move(f));
}

// -- persistence --------------------------------------------------------------

/// Options for a runtime that remembers circuits in the SQLite file `db_path`:
/// `runtime rt{sys, init_circuit_breaker_persistence("circuits.db")}`.
inline runtime_options init_circuit_breaker_persistence(std::string db_path) {
  runtime_options result;
  result.database = std::move(db_path);
  return result;
}

/// The runtime has loaded them when it was made; returns how the circuits are
/// that were not closed, and those that were asked for since.
inline std::vector<circuit_status> load_circuit_breakers(const runtime& rt) {
  return rt.all_status();
}

/// Returns when all is durable. False: the store failed, and goes on trying.
inline bool persist_all_circuit_breakers(runtime& rt) {
  return rt.persist();
}

} // namespace resilience
