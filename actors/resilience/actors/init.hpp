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

#include "resilience/actors/compat_types.hpp"

namespace resilience {

/// Makes our own types known; what `init` does with them. Here alone is their
/// code, once in the library instead of once in every file that calls `init`.
void init_own_types();
void init_own_types(caf::actor_system_config& cfg);

/// Call before the configuration is made. Does nothing on CAF 0.17.
template <class... Blocks>
void init() {
  init_own_types();
  compat::init_types<Blocks...>();
}

/// Call before the actor system is made. Does nothing on CAF 1.x.
template <class... Blocks>
void init(caf::actor_system_config& cfg) {
  init_own_types(cfg);
  compat::add_types<Blocks...>(cfg);
}

} // namespace resilience
