// Policies for usual kinds of upstream, to start from and to change field by
// field:
//
//   auto p = presets::database("orders");
//   p.timeout->limit = 2s;
//
// Each arms retry: what is sent through such a guard may be sent twice.
#pragma once

#include "resilience/policy.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace resilience::presets {

/// Opens after 5 failures for 30 s; 3 attempts.
policy external_api(std::string name = {});

/// Opens after 3 failures for 10 s; 2 attempts.
policy database(std::string name = {});

/// Opens after 5 failures for 15 s; 3 attempts.
policy message_queue(std::string name = {});

/// Opens after 3 failures for 60 s; 2 attempts.
policy ai_provider(std::string name = {});

/// The preset called that, in settings: `external_api`, `database`,
/// `message_queue` or `ai_provider`; a `-` counts as `_`.
std::optional<policy> find(std::string_view name);

/// Makes `into` the preset called that: all but its names, and what goes with
/// code beside the policy and not with a kind of upstream: fallback, keys and
/// restart. False: there is none.
bool start_from(std::string_view name, policy& into);

/// For messages: all names.
std::string known();

} // namespace resilience::presets
