// The simulations that `simulate` runs, a file each.
#pragma once

#include "report.hpp"

namespace resilience::simulation {

/// A limit of calls at once that follows latency: does it find the knee, follow
/// it, and stay there?
void simulate_adaptive(report& out);

/// Second attempts where latency has a long tail: what do they take off it, and
/// what do they cost?
void simulate_hedging(report& out);

} // namespace resilience::simulation
