// The process that is killed: breakers under random outcomes, whose durable
// transitions it announces.
#pragma once

#include "resilience/time.hpp"

#include <cstdint>
#include <string>

namespace resilience::crash {

inline constexpr int breakers = 50;
inline constexpr auto cooldown = std::chrono::milliseconds{150};

/// Runs until it is killed, or 30 s. Writes a line per durable transition to
/// the standard output: `name generation state`.
int run_child(const std::string& database, uint64_t seed);

} // namespace resilience::crash
