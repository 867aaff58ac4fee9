// Makes message types known to CAF: ours and the application's.
//
//   resilience::init<caf::id_block::shop>();   // first of all
//   caf::actor_system_config cfg;
//   resilience::init<caf::id_block::shop>(cfg);
//   caf::actor_system sys{cfg};
//
// or, with CAF's own macro, CAF_MAIN(caf::id_block::resilience,
// caf::id_block::shop).
#pragma once

#include "resilience/actors/arena_messages.hpp"
#include "resilience/actors/compat_types.hpp"
#include "resilience/actors/health_messages.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/opaque_value.hpp"
#include "resilience/actors/supervisor_messages.hpp"
#include "resilience/actors/team_messages.hpp"

namespace resilience {

/// Call before the configuration is made. Does nothing on CAF 0.17.
template <class... Blocks>
void init() {
  compat::init_types<caf::id_block::resilience, Blocks...>();
}

/// Call before the actor system is made. Does nothing on CAF 1.x.
template <class... Blocks>
void init(caf::actor_system_config& cfg) {
  compat::add_types<caf::id_block::resilience, Blocks...>(cfg);
}

} // namespace resilience
