// When message types become known to CAF: before the configuration is made
// (1.x) or with it (0.17.6). Part of the seam (compat.hpp). For the thread that
// starts the program, before the actor system.
#pragma once

#include "resilience/actors/compat_version.hpp"

#include <caf/actor_system_config.hpp>

#if !RESILIENCE_CAF_017
#  include <caf/init_global_meta_objects.hpp>
#endif

namespace resilience::compat {

/// Makes the types of `Blocks` known where that comes before the configuration.
template <class... Blocks>
void init_types() {
#if !RESILIENCE_CAF_017
  (caf::init_global_meta_objects<Blocks>(), ...);
  caf::core::init_global_meta_objects();
#endif
}

/// Makes the types of one of CAF's modules known, e.g. `caf::io::middleman`.
template <class Module>
void init_module() {
#if !RESILIENCE_CAF_017
  Module::init_global_meta_objects();
#endif
}

/// Makes the types of `Blocks` known where that comes with the configuration.
template <class... Blocks>
void add_types([[maybe_unused]] caf::actor_system_config& cfg) {
#if RESILIENCE_CAF_017
  (cfg.add_message_types<Blocks>(), ...);
#endif
}

} // namespace resilience::compat
