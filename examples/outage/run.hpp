// One run: callers, nginx, and what is done to it.
#pragma once

#include "nginx.hpp"
#include "options.hpp"
#include "screen.hpp"
#include "summary.hpp"

#include <caf/actor_system.hpp>

#include <optional>

namespace outage {

// The same in all runs.
inline constexpr auto up_before = std::chrono::seconds{3};
inline constexpr auto hung_for = std::chrono::seconds{4};
inline constexpr auto refused_for = std::chrono::seconds{2};
inline constexpr auto up_after = std::chrono::seconds{3};

/// What the guarded run has and the bare run has not.
resilience::policy guard_policy();

/// The same with retry; the guard of the third run also has a fallback.
resilience::policy armed_policy();

/// Runs once. Nothing if a signal has ended it.
/// @throws std::runtime_error if nginx does not start.
std::optional<summary> run_once(caf::actor_system& sys, nginx& upstream,
                                const options& opts, run_kind kind,
                                screen& out);

} // namespace outage
