// The ids of all our message types, in one block. A type need only be declared
// here; its definition and `inspect` stand in the header that its section
// names.
#pragma once

#include "resilience/actors/compat_errors.hpp"
#include "resilience/actors/compat_inspection.hpp"

#include <caf/type_id.hpp>

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
struct get_keys;
struct get_key;
struct reset_key;
struct tick;
struct actor_ended;
struct call_permit;
struct circuit_metrics;
struct circuit_status;
struct keys_status;
enum class errc : uint8_t;
struct policy;
struct retry_report;
struct transition_event;

// supervisor_messages.hpp
struct ensure_breaker;
struct find_circuit;
struct list_circuits;
struct circuit_names;
struct get_all_status;
struct all_status;
struct get_all_metrics;
struct all_metrics;
struct reset_all;
struct explain_circuit;
struct subscribe_events;
struct unsubscribe_events;
struct event_batch;
struct get_history;
struct circuit_history;
struct persist_now;
struct get_supervisor_status;
struct supervisor_status;
struct events_waiting;
struct flush_journal;
struct save_circuits;
struct get_summary;
struct health_summary;

// health_messages.hpp
struct get_health;
struct check_now;
struct pause_checks;
struct resume_checks;
struct subscribe_health;
struct unsubscribe_health;
struct health_changed;
struct check_done;
struct health_report;

// team_messages.hpp
struct child_ended;
struct get_child;
struct get_team_status;
struct team_status;

// arena_messages.hpp
struct join_arena;
struct leave_arena;
struct start_round;
struct round_result;
struct get_arena_status;
struct arena_status;

// opaque_value.hpp
class opaque_value;

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
CAF_ADD_TYPE_ID(resilience, (resilience::get_keys))
CAF_ADD_TYPE_ID(resilience, (resilience::get_key))
CAF_ADD_TYPE_ID(resilience, (resilience::reset_key))
CAF_ADD_TYPE_ID(resilience, (resilience::tick))
CAF_ADD_TYPE_ID(resilience, (resilience::actor_ended))

CAF_ADD_TYPE_ID(resilience, (resilience::call_permit))
CAF_ADD_TYPE_ID(resilience, (resilience::circuit_metrics))
CAF_ADD_TYPE_ID(resilience, (resilience::circuit_status))
CAF_ADD_TYPE_ID(resilience, (resilience::keys_status))
CAF_ADD_TYPE_ID(resilience, (resilience::errc))
CAF_ADD_TYPE_ID(resilience, (resilience::policy))
CAF_ADD_TYPE_ID(resilience, (resilience::retry_report))
CAF_ADD_TYPE_ID(resilience, (resilience::transition_event))

// supervisor_messages.hpp
CAF_ADD_TYPE_ID(resilience, (resilience::ensure_breaker))
CAF_ADD_TYPE_ID(resilience, (resilience::find_circuit))
CAF_ADD_TYPE_ID(resilience, (resilience::list_circuits))
CAF_ADD_TYPE_ID(resilience, (resilience::circuit_names))
CAF_ADD_TYPE_ID(resilience, (resilience::get_all_status))
CAF_ADD_TYPE_ID(resilience, (resilience::all_status))
CAF_ADD_TYPE_ID(resilience, (resilience::get_all_metrics))
CAF_ADD_TYPE_ID(resilience, (resilience::all_metrics))
CAF_ADD_TYPE_ID(resilience, (resilience::reset_all))
CAF_ADD_TYPE_ID(resilience, (resilience::explain_circuit))
CAF_ADD_TYPE_ID(resilience, (resilience::subscribe_events))
CAF_ADD_TYPE_ID(resilience, (resilience::unsubscribe_events))
CAF_ADD_TYPE_ID(resilience, (resilience::event_batch))
CAF_ADD_TYPE_ID(resilience, (resilience::get_history))
CAF_ADD_TYPE_ID(resilience, (resilience::circuit_history))
CAF_ADD_TYPE_ID(resilience, (resilience::persist_now))
CAF_ADD_TYPE_ID(resilience, (resilience::get_supervisor_status))
CAF_ADD_TYPE_ID(resilience, (resilience::supervisor_status))
CAF_ADD_TYPE_ID(resilience, (resilience::events_waiting))
CAF_ADD_TYPE_ID(resilience, (resilience::flush_journal))
CAF_ADD_TYPE_ID(resilience, (resilience::save_circuits))
CAF_ADD_TYPE_ID(resilience, (resilience::get_summary))
CAF_ADD_TYPE_ID(resilience, (resilience::health_summary))

// health_messages.hpp
CAF_ADD_TYPE_ID(resilience, (resilience::get_health))
CAF_ADD_TYPE_ID(resilience, (resilience::check_now))
CAF_ADD_TYPE_ID(resilience, (resilience::pause_checks))
CAF_ADD_TYPE_ID(resilience, (resilience::resume_checks))
CAF_ADD_TYPE_ID(resilience, (resilience::subscribe_health))
CAF_ADD_TYPE_ID(resilience, (resilience::unsubscribe_health))
CAF_ADD_TYPE_ID(resilience, (resilience::health_changed))
CAF_ADD_TYPE_ID(resilience, (resilience::check_done))
CAF_ADD_TYPE_ID(resilience, (resilience::health_report))

// team_messages.hpp
CAF_ADD_TYPE_ID(resilience, (resilience::child_ended))
CAF_ADD_TYPE_ID(resilience, (resilience::get_child))
CAF_ADD_TYPE_ID(resilience, (resilience::get_team_status))
CAF_ADD_TYPE_ID(resilience, (resilience::team_status))

// arena_messages.hpp
CAF_ADD_TYPE_ID(resilience, (resilience::join_arena))
CAF_ADD_TYPE_ID(resilience, (resilience::leave_arena))
CAF_ADD_TYPE_ID(resilience, (resilience::start_round))
CAF_ADD_TYPE_ID(resilience, (resilience::round_result))
CAF_ADD_TYPE_ID(resilience, (resilience::get_arena_status))
CAF_ADD_TYPE_ID(resilience, (resilience::arena_status))

// opaque_value.hpp
CAF_ADD_TYPE_ID(resilience, (resilience::opaque_value))

CAF_END_TYPE_ID_BLOCK(resilience)

RESILIENCE_ERROR_ENUM(resilience::errc)
