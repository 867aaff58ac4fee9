// What the database has of the last act: a list and a bar for people, and JSON.
#pragma once

#include "restart.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace outage {

/// At most 80 columns wide.
void write_history(std::ostream& out, const restart_summary& x);

nlohmann::ordered_json to_json(const restart_summary& x);

} // namespace outage
