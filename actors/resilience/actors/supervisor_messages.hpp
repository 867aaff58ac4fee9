// Every message that the supervisor understands, with one sentence each, and
// what it answers and sends.
//
// Send them to what `runtime::supervisor` returns (interfaces.hpp).
#pragma once

#include "resilience/actors/health_messages.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/health_board.hpp"
#include "resilience/store/snapshot_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace resilience {

// -- circuits -----------------------------------------------------------------

/// Asks for the breaker of the policy's name, made if need be; answered by its
/// handle (a `control_actor`, as a plain `caf::actor`), or by `invalid_config`
/// that names the difference where the circuit has other settings, unless those
/// shall be replaced, in place.
struct ensure_breaker {
  policy value{};
  bool replace = false;
};

/// Asks for the handle of a circuit; answered like `ensure_breaker`, or by
/// `unknown_circuit`, or, where only the store can know it, by `limit_reached`
/// if there is no room and by `store_failed` if the store cannot be read.
struct find_circuit {
  std::string name;
};

/// Asks for the names of all circuits in memory; answered by `circuit_names`.
struct list_circuits {};

struct circuit_names {
  /// Sorted.
  std::vector<std::string> names{};
};

/// Asks how all circuits with a name are; answered by `all_status`.
struct get_all_status {};

struct all_status {
  /// Sorted by name.
  std::vector<circuit_status> circuits{};
};

/// Asks for the totals of all circuits with a name; answered by `all_metrics`.
struct get_all_metrics {};

/// The totals of one circuit.
struct named_metrics {
  std::string name;
  circuit_metrics totals{};

  friend bool operator==(const named_metrics&, const named_metrics&) = default;
};

struct all_metrics {
  /// Sorted by name.
  std::vector<named_metrics> circuits{};
};

/// Closes every circuit with a name, as `reset` does; answered by their number.
struct reset_all {};

/// Asks why a circuit is as it is; answered by a text for people, or by
/// `unknown_circuit`.
struct explain_circuit {
  std::string name;
};

// -- events -------------------------------------------------------------------

/// A set of states, for `event_filter`: `into(circuit_state::open)`.
template <class... States>
constexpr uint8_t into(States... xs) noexcept {
  return static_cast<uint8_t>((0u | ... | (1u << static_cast<unsigned>(xs))));
}

/// What a subscriber wants.
struct event_filter {
  /// Of these circuits and health checks; empty: of all. At most 1,024.
  std::vector<std::string> names{};
  /// Into these states, a bit each as `into` sets them; 0: into any.
  uint8_t to = 0;
  /// Transitions of circuits; changes of health checks.
  bool transitions = true;
  bool health = false;

  friend bool operator==(const event_filter&, const event_filter&) = default;
};

/// From now on sends the sender an `event_batch` for what happens; answered by
/// the `supervisor_status`, or by `limit_reached`. Subscribing again replaces
/// the filter; what waits already stays.
struct subscribe_events {
  event_filter filter{};
  /// Most events that wait while the subscriber handles a batch; newer ones are
  /// dropped and counted. 1 to 1,000,000.
  uint32_t capacity = 4'096;
  /// Transitions only once they are durable: with a database they survive the
  /// death of the process.
  bool durable_only = false;
};

/// Ends what `subscribe_events` began; answered by the `supervisor_status`.
struct unsubscribe_events {};

/// Sent to subscribers as a request: the next one comes when this one is
/// answered, which CAF does after the handler by itself. So a slow subscriber
/// has one batch in its mailbox, never more.
struct event_batch {
  /// Oldest first; those of one circuit in its order.
  std::vector<transition_event> events{};
  /// Likewise, of health checks; of no order with the transitions.
  std::vector<health_changed> health{};
  /// Events before this batch that the subscriber did not get: it was slow.
  uint64_t dropped = 0;
};

// -- history ------------------------------------------------------------------

/// Asks for transitions of the past; answered by `circuit_history`, or by
/// `store_failed`.
struct get_history {
  /// Of this circuit; empty: of all.
  std::string name{};
  /// At this instant or later.
  wall_time since = wall_time::min();
  /// With a greater id, oldest first: to go on after a page; 0: from the start.
  std::optional<int64_t> after{};
  /// The newest that many, oldest first; with `after`, the first that many.
  /// 1 to 100,000.
  uint32_t limit = 1'000;
};

struct circuit_history {
  std::vector<history_entry> entries{};
};

/// Saves everything; answered by the `supervisor_status` when it is durable, or
/// by `store_failed`.
struct persist_now {};

// -- health -------------------------------------------------------------------

/// Asks how the whole is: every health checker, every circuit with a name that
/// is not closed, and the store; answered by a `health_summary`
/// (health_board.hpp).
struct get_summary {
  /// Empty: all; `live`, `ready`, or any other tag of a checker, such as
  /// `startup`. What is no checker's tag is unknown.
  std::string view{};
};

// -- the supervisor itself ----------------------------------------------------

/// Asks how the supervisor is; answered by `supervisor_status`.
struct get_supervisor_status {};

/// What the supervisor knows about the runtime.
struct supervisor_status {
  /// Circuits with a name in memory, by state.
  uint64_t closed = 0;
  uint64_t open = 0;
  uint64_t half_open = 0;
  uint64_t isolated = 0;
  uint64_t disabled = 0;
  /// Who is subscribed to events.
  uint64_t subscribers = 0;
  /// Transitions seen since the start.
  uint64_t events = 0;
  /// Transitions that the supervisor did not see because it was stuck.
  uint64_t events_dropped = 0;
  /// Transitions in the history since the start; those that wait for it; those
  /// that it lacks because the store or the supervisor was too slow.
  uint64_t written = 0;
  uint64_t waiting = 0;
  uint64_t lost = 0;
  /// Where the history is: a path, or `memory`.
  std::string store;
  /// What the store said last; empty while it works.
  std::string store_fault;
  /// Rows of the store that could not be read since the start, and a sentence
  /// for the last of them. A circuit that is lost so begins anew, closed.
  uint64_t damaged = 0;
  std::string last_damage;

  friend bool operator==(const supervisor_status&,
                         const supervisor_status&) = default;
};

// -- internal -----------------------------------------------------------------

/// From the event log: there is something to take.
struct events_waiting {};

/// To the writer: write what waits; answered by the number of the last
/// transition that is durable.
struct flush_journal {};

/// To the writer: the same, and the circuits that have changed.
struct save_circuits {};

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
RESILIENCE_INSPECT_EMPTY(persist_now)
RESILIENCE_INSPECT_EMPTY(events_waiting)
RESILIENCE_INSPECT_EMPTY(flush_journal)
RESILIENCE_INSPECT_EMPTY(save_circuits)

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
                        field("names", x.names), field("to", x.to),
                        field("transitions", x.transitions),
                        field("health", x.health));
}

template <class Inspector>
auto inspect(Inspector& f, subscribe_events& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::subscribe_events", field("filter", x.filter),
    field("capacity", x.capacity), field("durable_only", x.durable_only));
}

template <class Inspector>
auto inspect(Inspector& f, event_batch& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::event_batch",
                        field("events", x.events), field("health", x.health),
                        field("dropped", x.dropped));
}

template <class Inspector>
auto inspect(Inspector& f, get_summary& x) {
  return compat::fields(f, x, "resilience::get_summary",
                        compat::field("view", x.view));
}

template <class Inspector>
auto inspect(Inspector& f, health_summary& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::health_summary",
                        field("view", x.view), field("status", x.status),
                        field("message", x.message), field("parts", x.parts));
}

template <class Inspector>
auto inspect(Inspector& f, circuit_names& x) {
  return compat::fields(f, x, "resilience::circuit_names",
                        compat::field("names", x.names));
}

template <class Inspector>
auto inspect(Inspector& f, all_status& x) {
  return compat::fields(f, x, "resilience::all_status",
                        compat::field("circuits", x.circuits));
}

template <class Inspector>
auto inspect(Inspector& f, all_metrics& x) {
  return compat::fields(f, x, "resilience::all_metrics",
                        compat::field("circuits", x.circuits));
}

template <class Inspector>
auto inspect(Inspector& f, get_history& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::get_history", field("name", x.name),
                        field("since", x.since), field("after", x.after),
                        field("limit", x.limit));
}

template <class Inspector>
auto inspect(Inspector& f, history_entry& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::history_entry", field("id", x.id),
                        field("event", x.event), field("settings", x.settings));
}

template <class Inspector>
auto inspect(Inspector& f, circuit_history& x) {
  return compat::fields(f, x, "resilience::circuit_history",
                        compat::field("entries", x.entries));
}

template <class Inspector>
auto inspect(Inspector& f, supervisor_status& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::supervisor_status", field("closed", x.closed),
    field("open", x.open), field("half_open", x.half_open),
    field("isolated", x.isolated), field("disabled", x.disabled),
    field("subscribers", x.subscribers), field("events", x.events),
    field("events_dropped", x.events_dropped), field("written", x.written),
    field("waiting", x.waiting), field("lost", x.lost), field("store", x.store),
    field("store_fault", x.store_fault), field("damaged", x.damaged),
    field("last_damage", x.last_damage));
}

} // namespace resilience
