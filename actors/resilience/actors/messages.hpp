// Every message that guards and breakers understand beside the target's own,
// with one sentence each. All are small inspectable structs, never bare atoms:
// in CAF 0.17 equal atoms of two libraries are one type.
//
// Send them to what `runtime::control` returns (interfaces.hpp).
#pragma once

#include "resilience/actors/compat_errors.hpp"
#include "resilience/actors/compat_inspection.hpp"
#include "resilience/actors/type_ids.hpp"
#include "resilience/circuit_state.hpp"
#include "resilience/error.hpp"
#include "resilience/outcome.hpp"
#include "resilience/policy.hpp"
#include "resilience/snapshot.hpp"
#include "resilience/status.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace resilience {

// -- requests -----------------------------------------------------------------

/// Asks how the circuit is; answered by `circuit_status`.
struct get_status {};

/// Asks for the circuit's totals; answered by `circuit_metrics`.
struct get_metrics {};

/// Asks for the settings in force, e.g. to change one and `configure`; answered
/// by a `policy`.
struct get_policy {};

/// Closes the circuit and ends what was set by hand; a guard whose target is
/// down and may be restarted does so at once, with nothing counted. Answered by
/// the new `circuit_status`, as are the next four.
struct reset {};

/// Forces the circuit open until `who` restores it.
struct isolate {
  owner who = owner::hand;
};

/// Lets everything pass, whatever happens, until restored.
struct disable {};

/// Takes back what `who` set.
struct restore {
  owner who = owner::hand;
};

/// Applies new settings in place, or answers `invalid_config` with every fault
/// and changes nothing. The whole policy is replaced. The breaker's part holds
/// for all users of the circuit, timeout and limit in flight for the actor that
/// is asked alone. Name and provider are those of the circuit: they may be
/// empty here, but not different.
struct configure {
  policy value{};
};

/// From now on sends the sender a `transition_event` (snapshot.hpp) for each
/// transition, in order; answered by the `circuit_status`. Events of a
/// generation that the status shows already are to be ignored: none is missed,
/// one may come twice.
struct subscribe {};

/// Ends what `subscribe` began; answered by the `circuit_status`.
struct unsubscribe {};

/// Asks what happens to a request, layer by layer, and which settings
/// come from a user; answered by a text.
struct describe_policy {};

/// Asks for a permit for work that is no actor; answered by a `call_permit` or
/// by the error that says why not. The sender holds it: when it dies, the
/// permit settles as neutral.
struct acquire {};

/// The right to one call, to be reported once.
struct call_permit {
  uint64_t id = 0;
  /// Proves that the permit was granted here.
  uint64_t token = 0;
  /// Time after which the permit counts as a failure.
  duration lease{};
};

/// Says what became of the work; answered by whether it counted for the
/// circuit's present state (false: it came late), or by `unknown_permit`.
struct report {
  call_permit permit{};
  outcome what = outcome::neutral;
};

/// Asks a guard how its circuits by key are; answered by `keys_status`, or by
/// `unknown_circuit` where it has none.
struct get_keys {
  /// Those that are not closed come first.
  uint64_t offset = 0;
  /// Most circuits in the answer, up to 1,000.
  uint64_t limit = 100;
};

/// Asks for the circuit of one key; answered by a `circuit_status` whose name
/// is the key, or by `unknown_circuit`. To ask is no use of it.
struct get_key {
  std::string key{};
};

/// Closes the circuit of one key; answered likewise.
struct reset_key {
  std::string key{};
};

/// What a guard knows of its keys.
struct keys_status {
  /// Keys with a circuit of their own, and those of them that are not closed.
  uint64_t keys = 0;
  uint64_t not_closed = 0;
  /// Circuits forgotten: idle ones, and those that made room.
  uint64_t evicted = 0;
  /// Calls whose key found no room; the guard's own circuit had them.
  uint64_t overflowed = 0;
  /// Calls without a key, or with one that is too long or not UTF-8; likewise.
  uint64_t unfit = 0;
  std::vector<circuit_status> circuits{};
};

// -- internal -----------------------------------------------------------------

/// From the ticker: a deadline may have come.
struct tick {
  /// The time it was asked for, as nanoseconds of `clock`; 0 for none.
  int64_t due = 0;
};

/// From the runtime: an actor that is watched has ended.
struct actor_ended {
  caf::actor_addr who{};
  caf::error reason{};
};

// -- what the seam needs ------------------------------------------------------

namespace compat {

template <class...>
struct type_list {};

/// What a guard answers itself instead of passing it on, in the order of the
/// id block.
using control_messages =
  type_list<get_status, get_metrics, get_policy, reset, isolate, disable,
            restore, configure, subscribe, unsubscribe, describe_policy,
            acquire, report, get_keys, get_key, reset_key, tick, actor_ended>;

using first_control_message = get_status;
using last_control_message = actor_ended;

} // namespace compat

// -- inspection ---------------------------------------------------------------

RESILIENCE_INSPECT_ENUM(errc)
RESILIENCE_INSPECT_ENUM(outcome)
RESILIENCE_INSPECT_ENUM(owner)
RESILIENCE_INSPECT_ENUM(cause)
RESILIENCE_INSPECT_ENUM(circuit_state)
RESILIENCE_INSPECT_ENUM(window_kind)
RESILIENCE_INSPECT_ENUM(backoff_kind)
RESILIENCE_INSPECT_ENUM(jitter_kind)
RESILIENCE_INSPECT_ENUM(timeout_action)
RESILIENCE_INSPECT_ENUM(retry_stop)
RESILIENCE_INSPECT_ENUM(restart_when)

#define RESILIENCE_INSPECT_EMPTY(type) \
  template <class Inspector> \
  auto inspect(Inspector& f, type& x) { \
    return compat::fields(f, x, "resilience::" #type); \
  }

RESILIENCE_INSPECT_EMPTY(get_status)
RESILIENCE_INSPECT_EMPTY(get_metrics)
RESILIENCE_INSPECT_EMPTY(get_policy)
RESILIENCE_INSPECT_EMPTY(reset)
RESILIENCE_INSPECT_EMPTY(disable)
RESILIENCE_INSPECT_EMPTY(subscribe)
RESILIENCE_INSPECT_EMPTY(unsubscribe)
RESILIENCE_INSPECT_EMPTY(describe_policy)
RESILIENCE_INSPECT_EMPTY(acquire)

#undef RESILIENCE_INSPECT_EMPTY

template <class Inspector>
auto inspect(Inspector& f, tick& x) {
  return compat::fields(f, x, "resilience::tick", compat::field("due", x.due));
}

template <class Inspector>
auto inspect(Inspector& f, actor_ended& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::actor_ended", field("who", x.who),
                        field("reason", x.reason));
}

template <class Inspector>
auto inspect(Inspector& f, isolate& x) {
  return compat::fields(f, x, "resilience::isolate",
                        compat::field("who", x.who));
}

template <class Inspector>
auto inspect(Inspector& f, restore& x) {
  return compat::fields(f, x, "resilience::restore",
                        compat::field("who", x.who));
}

/// Policies and their parts: by their description.
template <class Inspector, described Config>
auto inspect(Inspector& f, Config& x) {
  return std::apply(
    [&](const auto&... s) {
      return compat::fields(f, x, settings_of<Config>::name,
                            compat::field(s.name, x.*s.member)...);
    },
    settings_of<Config>::list);
}

template <class Inspector>
auto inspect(Inspector& f, configure& x) {
  return compat::fields(f, x, "resilience::configure",
                        compat::field("value", x.value));
}

template <class Inspector>
auto inspect(Inspector& f, call_permit& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::call_permit", field("id", x.id),
                        field("token", x.token), field("lease", x.lease));
}

template <class Inspector>
auto inspect(Inspector& f, report& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::report", field("permit", x.permit),
                        field("what", x.what));
}

template <class Inspector>
auto inspect(Inspector& f, failure_info& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::failure_info", field("at", x.at),
                        field("reason", x.reason));
}

template <class Inspector>
auto inspect(Inspector& f, circuit_status& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::circuit_status", field("name", x.name),
    field("provider", x.provider), field("state", x.state),
    field("generation", x.generation),
    field("consecutive_failures", x.consecutive_failures),
    field("consecutive_successes", x.consecutive_successes),
    field("permits_in_use", x.permits_in_use),
    field("retry_after", x.retry_after), field("last_failure", x.last_failure),
    field("opened_at", x.opened_at), field("failure_rate", x.failure_rate),
    field("slow_call_rate", x.slow_call_rate),
    field("chaotic_guards", x.chaotic_guards));
}

template <class Inspector>
auto inspect(Inspector& f, get_keys& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::get_keys", field("offset", x.offset),
                        field("limit", x.limit));
}

template <class Inspector>
auto inspect(Inspector& f, get_key& x) {
  return compat::fields(f, x, "resilience::get_key",
                        compat::field("key", x.key));
}

template <class Inspector>
auto inspect(Inspector& f, reset_key& x) {
  return compat::fields(f, x, "resilience::reset_key",
                        compat::field("key", x.key));
}

template <class Inspector>
auto inspect(Inspector& f, keys_status& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::keys_status", field("keys", x.keys),
                        field("not_closed", x.not_closed),
                        field("evicted", x.evicted),
                        field("overflowed", x.overflowed),
                        field("unfit", x.unfit), field("circuits", x.circuits));
}

template <class Inspector>
auto inspect(Inspector& f, retry_report& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::retry_report",
                        field("attempts", x.attempts), field("why", x.why),
                        field("retry_after", x.retry_after));
}

template <class Inspector>
auto inspect(Inspector& f, layer_metrics& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::layer_metrics", field("rate_limited", x.rate_limited),
    field("bulkhead_full", x.bulkhead_full), field("retries", x.retries),
    field("fallbacks", x.fallbacks),
    field("fallback_failures", x.fallback_failures),
    field("substituted", x.substituted),
    field("hook_failures", x.hook_failures), field("running", x.running),
    field("queued", x.queued), field("retry_budget", x.retry_budget),
    field("restarts", x.restarts), field("down", x.down),
    field("hedges", x.hedges), field("hedges_won", x.hedges_won),
    field("shed", x.shed), field("injected", x.injected),
    field("chaos", x.chaos), field("concurrency_limit", x.concurrency_limit));
}

template <class Inspector>
auto inspect(Inspector& f, circuit_metrics& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::circuit_metrics", field("total_calls", x.total_calls),
    field("successes", x.successes), field("failures", x.failures),
    field("rejected", x.rejected), field("neutral", x.neutral),
    field("late", x.late), field("expired", x.expired),
    field("late_answers", x.late_answers), field("dropped", x.dropped),
    field("success_rate", x.success_rate),
    field("times_opened", x.times_opened), field("transitions", x.transitions),
    field("latency", x.latency), field("slow_calls", x.slow_calls),
    field("layers", x.layers));
}

template <class Inspector>
auto inspect(Inspector& f, transition_event& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::transition_event", field("name", x.name),
    field("from", x.from), field("to", x.to), field("why", x.why),
    field("generation", x.generation), field("failures", x.failures),
    field("at", x.at), field("last_failure", x.last_failure));
}

} // namespace resilience
