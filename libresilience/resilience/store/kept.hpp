// What every store makes of what it is given, so that all of them answer alike:
// rules 3, 5 and 6 of the port (snapshot_store.hpp). Pure functions.
#pragma once

#include "resilience/store/snapshot_store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace resilience::store {

/// Most bytes of a name and of a provider.
inline constexpr size_t max_name_bytes = 256;
/// Most bytes of what a failure said.
inline constexpr size_t max_reason_bytes = 1024;
/// Most buckets of latencies.
inline constexpr size_t max_buckets = 64;
/// Most entries of one answer from the history.
inline constexpr uint32_t max_page = 100'000;
/// Most rows that one call drops, so that none takes long.
inline constexpr uint64_t max_pruned = 10'000;

bool can_keep_name(std::string_view name) noexcept;

/// All but the config, which each store checks where it keeps it.
bool can_keep(const circuit_snapshot& x);

bool can_keep(const transition_event& x) noexcept;

bool can_keep(const restart_record& x) noexcept;

/// `x` as it will be loaded, but for the config. @pre `can_keep(x)`
circuit_snapshot as_kept(circuit_snapshot x);

transition_event as_kept(transition_event x);

restart_record as_kept(restart_record x);

/// Successes over all that were settled; 1.0 when there were none.
/// @pre neither is above 2^63 - 1
double success_rate(uint64_t successes, uint64_t failures) noexcept;

/// Whether `next` takes the place of `old`.
bool replaces(const circuit_snapshot& next,
              const circuit_snapshot& old) noexcept;

/// Whether `a` is loaded before `b`.
bool loads_before(const circuit_snapshot& a,
                  const circuit_snapshot& b) noexcept;

/// The instant `age` before `now`: what is older than that is past its time.
wall_time oldest_kept(duration age, wall_time now) noexcept;

/// Whether a circuit is forgotten when what is older than `oldest` is.
bool is_past_its_time(const circuit_snapshot& x, wall_time oldest) noexcept;

} // namespace resilience::store
