// The ids of all our message types, in one block. A type need only be declared
// here; its definition and `inspect` stand in the header that its section
// names.
#pragma once

#include "resilience/actors/compat.hpp"

#include <cstdint>

/// Where our ids begin. They leave `first_custom_type_id` to the application.
/// The library and the application must agree: set the CMake variable of this
/// name when the library is built.
#ifndef RESILIENCE_FIRST_TYPE_ID
#  define RESILIENCE_FIRST_TYPE_ID (::caf::first_custom_type_id + 1000)
#endif

namespace resilience {

// messages.hpp
struct get_status;
struct get_metrics;
struct get_policy;
struct reset;
struct isolate;
struct disable;
struct restore;
struct configure;
struct subscribe;
struct unsubscribe;
struct describe_policy;
struct acquire;
struct report;
struct tick;
struct actor_ended;
struct call_permit;
struct circuit_metrics;
struct circuit_status;
enum class errc : uint8_t;
struct policy;
struct retry_report;
struct transition_event;

// team_messages.hpp
struct child_ended;
struct get_child;
struct get_team_status;
struct team_status;

} // namespace resilience

CAF_BEGIN_TYPE_ID_BLOCK(resilience, RESILIENCE_FIRST_TYPE_ID)

// messages.hpp; the order of compat::control_messages.
CAF_ADD_TYPE_ID(resilience, (resilience::get_status))
CAF_ADD_TYPE_ID(resilience, (resilience::get_metrics))
CAF_ADD_TYPE_ID(resilience, (resilience::get_policy))
CAF_ADD_TYPE_ID(resilience, (resilience::reset))
CAF_ADD_TYPE_ID(resilience, (resilience::isolate))
CAF_ADD_TYPE_ID(resilience, (resilience::disable))
CAF_ADD_TYPE_ID(resilience, (resilience::restore))
CAF_ADD_TYPE_ID(resilience, (resilience::configure))
CAF_ADD_TYPE_ID(resilience, (resilience::subscribe))
CAF_ADD_TYPE_ID(resilience, (resilience::unsubscribe))
CAF_ADD_TYPE_ID(resilience, (resilience::describe_policy))
CAF_ADD_TYPE_ID(resilience, (resilience::acquire))
CAF_ADD_TYPE_ID(resilience, (resilience::report))
CAF_ADD_TYPE_ID(resilience, (resilience::tick))
CAF_ADD_TYPE_ID(resilience, (resilience::actor_ended))

CAF_ADD_TYPE_ID(resilience, (resilience::call_permit))
CAF_ADD_TYPE_ID(resilience, (resilience::circuit_metrics))
CAF_ADD_TYPE_ID(resilience, (resilience::circuit_status))
CAF_ADD_TYPE_ID(resilience, (resilience::errc))
CAF_ADD_TYPE_ID(resilience, (resilience::policy))
CAF_ADD_TYPE_ID(resilience, (resilience::retry_report))
CAF_ADD_TYPE_ID(resilience, (resilience::transition_event))

// team_messages.hpp
CAF_ADD_TYPE_ID(resilience, (resilience::child_ended))
CAF_ADD_TYPE_ID(resilience, (resilience::get_child))
CAF_ADD_TYPE_ID(resilience, (resilience::get_team_status))
CAF_ADD_TYPE_ID(resilience, (resilience::team_status))

CAF_END_TYPE_ID_BLOCK(resilience)

RESILIENCE_ERROR_ENUM(resilience::errc)
