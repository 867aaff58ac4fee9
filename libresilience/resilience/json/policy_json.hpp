// Policies as JSON, under the names of the settings in C++: durations are
// numbers of seconds under their name and `_seconds`, a part that is off is
// null, a part that is left out stays as it is.
//
//   {"name": "payments", "breaker": {"cooldown_seconds": 60}, "timeout": null}
//
// `preset` names a policy to begin with (`presets::start_from`); the other
// settings are set over it. Some settings may have other names (aliases.hpp).
#pragma once

#include "resilience/policy.hpp"

#include <nlohmann/json_fwd.hpp>

namespace resilience {

/// Sets in `into` what `from` says, field by field, and validates the whole.
/// Returns every fault with its path, and then leaves `into` as it was.
[[nodiscard]] faults read_json(const nlohmann::json& from, policy& into);

/// The same for a text; what is no JSON is a fault that says where, and so is a
/// setting that is given twice. It has a name of its own since a text is a JSON
/// value, too.
[[nodiscard]] faults parse_json(std::string_view text, policy& into);

/// Every setting of `x`; `read_json` makes the same policy of it, durations to
/// the microsecond.
nlohmann::json to_json_value(const policy& x);

} // namespace resilience
