// Why a circuit is as it is, in words for whoever is woken at night.
#pragma once

#include "resilience/snapshot.hpp"

#include <span>
#include <string>

namespace resilience {

/// What state the circuit is in, since when, why, and what would change it.
/// @param x the circuit now.
/// @param latest its latest transitions, oldest first; may be empty.
std::string explain(const circuit_snapshot& x,
                    std::span<const transition_event> latest);

} // namespace resilience
