// An actor system on real threads and CAF's real clock, and what plain threads
// get from it.
#pragma once

#include "resilience/actors/init.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>

namespace resilience::test {

/// The error of a result; none if it is a value.
template <class T>
caf::error fault(const caf::expected<T>& x) {
  return x ? caf::error{} : x.error();
}

struct real_system {
  real_system() : sys((init(cfg), cfg)) {}

  caf::actor_system_config cfg;
  caf::actor_system sys;
};

} // namespace resilience::test
