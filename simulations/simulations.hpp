// The simulations that `simulate` runs, a file each.
#pragma once

#include "report.hpp"

namespace resilience::simulation {

/// A limit of calls at once that follows latency: does it find the knee, follow
/// it, and stay there?
void simulate_adaptive(report& out);

} // namespace resilience::simulation
