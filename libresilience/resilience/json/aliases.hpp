// Other names that settings may have in JSON, as other libraries call them.
// Read only: what is written has the names of the settings in C++.
//
//   {"retry": {"initial_delay": 0.5, "jitter": true}, "timeout": {"seconds":
//   5}}
#pragma once

#include "resilience/validation.hpp"

#include <nlohmann/json.hpp>

namespace resilience::json {

/// Renames the settings of a policy that have another name; `of` keeps the rest
/// as it is. A setting given under two names is a fault that names both.
void rename_aliases(faults& out, nlohmann::json& of);

} // namespace resilience::json
