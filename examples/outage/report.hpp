// The runs side by side, for people and as JSON.
#pragma once

#include "options.hpp"
#include "restart.hpp"
#include "summary.hpp"

#include <ostream>

namespace outage {

void write_table(std::ostream& out, const summaries& runs);

/// @param missing what was expected and not seen.
void write_json(std::ostream& out, const options& opts, const summaries& runs,
                const restart_summary& last,
                const std::vector<std::string>& missing);

} // namespace outage
