// An actor system on real threads and CAF's real clock.
#pragma once

#include "resilience/actors/init.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace resilience::test {

struct real_system {
  real_system() : sys((init(cfg), cfg)) {}

  caf::actor_system_config cfg;
  caf::actor_system sys;
};

} // namespace resilience::test
