// The runs side by side, for people and as JSON.
#pragma once

#include "options.hpp"
#include "summary.hpp"

#include <ostream>

namespace outage {

void write_table(std::ostream& out, const summaries& runs);

void write_json(std::ostream& out, const options& opts, const summaries& runs);

} // namespace outage
