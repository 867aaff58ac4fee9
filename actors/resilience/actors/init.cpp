#include "resilience/actors/init.hpp"

#include "resilience/actors/arena_messages.hpp"
#include "resilience/actors/health_messages.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/opaque_value.hpp"
#include "resilience/actors/supervisor_messages.hpp"
#include "resilience/actors/team_messages.hpp"

namespace resilience {

void init_own_types() {
  compat::init_types<caf::id_block::resilience>();
}

void init_own_types(caf::actor_system_config& cfg) {
  compat::add_types<caf::id_block::resilience>(cfg);
}

} // namespace resilience
