// Every message that the supervisor understands, with one sentence each, and
// what it answers and sends.
//
// Send them to what `runtime::supervisor` returns (interfaces.hpp).
#pragma once

#include "resilience/actors/messages.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace resilience {

// -- circuits -----------------------------------------------------------------

/// Asks for the breaker of the policy's name, made if need be; answered by its
/// handle (`control_actor`, as a plain `caf::actor`), or by `invalid_config`
/// that names the difference where the circuit has other settings, unless they
/// shall be replaced.
struct ensure_breaker {
  policy value{};
  bool replace = false;
};

/// Asks for the handle of a circuit; answered like `ensure_breaker`, or by
/// `unknown_circuit`.
struct find_circuit {
  std::string name;
};

/// Asks for the names of all circuits; answered by a sorted list.
struct list_circuits {};

/// Asks how all circuits with a name are; answered by a list of
/// `circuit_status`, sorted by name.
struct get_all_status {};

/// Asks for the totals of all circuits with a name; answered by a list of
/// `named_metrics`, sorted by name.
struct get_all_metrics {};

/// Closes every circuit with a name, as `reset` does; answered by their number.
struct reset_all {};

/// The totals of one circuit.
struct named_metrics {
  std::string name;
  circuit_metrics totals{};

  friend bool operator==(const named_metrics&, const named_metrics&) = default;
};

/// Asks why a circuit is as it is; answered by a text for people, or by
/// `unknown_circuit`.
struct explain_circuit {
  std::string name;
};

// -- events -------------------------------------------------------------------

/// Which transitions a subscriber wants.
struct event_filter {
  /// Of these circuits; empty: of all. At most 1,024.
  std::vector<std::string> names{};
  /// Into these states; empty: into any.
  std::vector<circuit_state> to{};

  friend bool operator==(const event_filter&, const event_filter&) = default;
};

/// From now on sends the sender an `event_batch` for transitions; answered by
/// the `supervisor_status`, or by `limit_reached`. Subscribing again replaces
/// the filter.
struct subscribe_events {
  event_filter filter{};
  /// Most events that wait while the subscriber handles a batch; newer ones are
  /// dropped and counted. 1 to 1,000,000.
  uint32_t capacity = 4'096;
};

/// Ends what `subscribe_events` began; answered by the `supervisor_status`.
struct unsubscribe_events {};

/// Sent to subscribers as a request: the next one comes when this one is
/// answered, which CAF does after the handler by itself. So a slow subscriber
/// has one batch in its mailbox, never more.
struct event_batch {
  /// Oldest first; those of one circuit in its order.
  std::vector<transition_event> events{};
  /// Events before this batch that the subscriber did not get: it was slow.
  uint64_t dropped = 0;
};

// -- the supervisor itself ----------------------------------------------------

/// Asks how the supervisor is; answered by `supervisor_status`.
struct get_supervisor_status {};

/// What the supervisor knows about the runtime.
struct supervisor_status {
  /// Circuits with a name, by state.
  uint64_t closed = 0;
  uint64_t open = 0;
  uint64_t half_open = 0;
  uint64_t isolated = 0;
  uint64_t disabled = 0;
  /// Who is subscribed to events.
  uint64_t subscribers = 0;
  /// Transitions seen since the start.
  uint64_t events = 0;
  /// Transitions that nobody saw because the supervisor was stuck.
  uint64_t events_dropped = 0;

  friend bool operator==(const supervisor_status&,
                         const supervisor_status&) = default;
};

// -- internal -----------------------------------------------------------------

/// From the event log: there is something to take.
struct events_waiting {};

// -- inspection ---------------------------------------------------------------

#define RESILIENCE_INSPECT_EMPTY(type) \
  template <class Inspector> \
  auto inspect(Inspector& f, type& x) { \
    return compat::fields(f, x, "resilience::" #type); \
  }

RESILIENCE_INSPECT_EMPTY(list_circuits)
RESILIENCE_INSPECT_EMPTY(get_all_status)
RESILIENCE_INSPECT_EMPTY(get_all_metrics)
RESILIENCE_INSPECT_EMPTY(reset_all)
RESILIENCE_INSPECT_EMPTY(unsubscribe_events)
RESILIENCE_INSPECT_EMPTY(get_supervisor_status)
RESILIENCE_INSPECT_EMPTY(events_waiting)

#undef RESILIENCE_INSPECT_EMPTY

template <class Inspector>
auto inspect(Inspector& f, ensure_breaker& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::ensure_breaker",
                        field("value", x.value), field("replace", x.replace));
}

template <class Inspector>
auto inspect(Inspector& f, find_circuit& x) {
  return compat::fields(f, x, "resilience::find_circuit",
                        compat::field("name", x.name));
}

template <class Inspector>
auto inspect(Inspector& f, named_metrics& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::named_metrics",
                        field("name", x.name), field("totals", x.totals));
}

template <class Inspector>
auto inspect(Inspector& f, explain_circuit& x) {
  return compat::fields(f, x, "resilience::explain_circuit",
                        compat::field("name", x.name));
}

template <class Inspector>
auto inspect(Inspector& f, event_filter& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::event_filter",
                        field("names", x.names), field("to", x.to));
}

template <class Inspector>
auto inspect(Inspector& f, subscribe_events& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::subscribe_events",
                        field("filter", x.filter),
                        field("capacity", x.capacity));
}

template <class Inspector>
auto inspect(Inspector& f, event_batch& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::event_batch",
                        field("events", x.events), field("dropped", x.dropped));
}

template <class Inspector>
auto inspect(Inspector& f, supervisor_status& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::supervisor_status", field("closed", x.closed),
    field("open", x.open), field("half_open", x.half_open),
    field("isolated", x.isolated), field("disabled", x.disabled),
    field("subscribers", x.subscribers), field("events", x.events),
    field("events_dropped", x.events_dropped));
}

} // namespace resilience
