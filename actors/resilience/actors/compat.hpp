// The seam: with the files beside it that are named compat_*, the one place
// that knows CAF 0.17.6 from CAF 1.x.
//
// Sources are written once, in the spirit of 1.x; what the two generations
// spell differently goes through the names in namespace `compat`. Nothing else
// in the library may test a version of CAF. This header brings the whole seam.
#pragma once

#include "resilience/actors/compat_actors.hpp"
#include "resilience/actors/compat_config.hpp"
#include "resilience/actors/compat_elements.hpp"
#include "resilience/actors/compat_errors.hpp"
#include "resilience/actors/compat_handles.hpp"
#include "resilience/actors/compat_inspection.hpp"
#include "resilience/actors/compat_sending.hpp"
#include "resilience/actors/compat_types.hpp"
#include "resilience/actors/compat_version.hpp"

// What programs with guards are made of, beside.
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <caf/timespan.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
