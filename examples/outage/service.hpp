// What the process that is killed does (`outage --child DATABASE`): callers ask
// nginx through a guard whose circuit is remembered in a database. It tells how
// it is on standard output, a JSON object a line.
//
// Main thread only. It ends itself on SIGTERM, and after `service_limit`.
#pragma once

#include "options.hpp"

#include <resilience/policy.hpp>

#include <chrono>

namespace outage {

inline constexpr auto service_limit = std::chrono::seconds{30};

/// That of the guarded run, with time enough to die and come back.
resilience::policy service_policy();

/// The lines, by their member `is`:
/// - `start`: how the circuit is before anybody asks: `state`,
///   `retry_after_ms`, `at_ns` (wall time);
/// - `first`: what the first caller got: `error` (empty: a page), `wait_ms`,
///   `retry_after_ms`;
/// - `change`: a transition that is durable: `from`, `to`, `cause`;
/// - `stand`: `ok`, `failed`, `rejected`, `in_flight`, `median_ms` of the last
///   second; -1: none;
/// - `end`: after SIGTERM: `saved`, `unanswered`, `median_rejected_ms`.
///
/// @returns the exit code: 0, or 1 if not all could be saved and answered.
/// @throws resilience::store_error if the database cannot be used.
int serve(const options& opts);

} // namespace outage
