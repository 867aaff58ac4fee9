// Typed handles of the actors of this library.
#pragma once

#include "resilience/actors/compat_handles.hpp"
#include "resilience/actors/health_messages.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/supervisor_messages.hpp"

#include <string>

namespace resilience {

/// What guards and breakers answer beside the target's messages. A typed
/// target's handle does not list these, so they go through this handle, which
/// `runtime::control` returns.
using control_actor = compat::typed_handle<
  circuit_status(get_status), circuit_metrics(get_metrics), policy(get_policy),
  circuit_status(reset), circuit_status(isolate), circuit_status(disable),
  circuit_status(restore), circuit_status(configure), circuit_status(subscribe),
  circuit_status(unsubscribe), std::string(describe_policy),
  call_permit(acquire), bool(report), keys_status(get_keys),
  circuit_status(get_key), circuit_status(reset_key)>;

/// What the supervisor answers; `runtime::supervisor` returns it. Subscribers
/// get `event_batch`.
using supervisor_actor = compat::typed_handle<
  caf::actor(ensure_breaker), caf::actor(find_circuit),
  circuit_names(list_circuits), all_status(get_all_status),
  all_metrics(get_all_metrics), uint64_t(reset_all),
  std::string(explain_circuit), supervisor_status(subscribe_events),
  supervisor_status(unsubscribe_events), circuit_history(get_history),
  supervisor_status(persist_now), supervisor_status(get_supervisor_status),
  health_summary(get_summary)>;

/// What health checkers answer (health_messages.hpp).
using health_actor = compat::typed_handle<
  health_report(get_health), health_report(check_now),
  health_report(pause_checks), health_report(resume_checks),
  health_report(subscribe_health), health_report(unsubscribe_health)>;

} // namespace resilience
