// The way of a call through the layers of a guard, outermost first:
//
//   fallback, timeout substitute > total timeout > shedding > rate limiter >
//   bulkhead > retry > hedge > breaker > attempt timeout > chaos > target
//
// Each phase of a call (waiting for a place, an attempt, the pause before the
// next one, the fallback) is an entry of the ledger with that phase's deadline.
// Between two phases the entry is closed and opened again under a new id, so
//
// 1. whoever closes an entry owns the call: it is answered exactly once;
// 2. the late answer of an earlier attempt finds nothing;
// 3. a ledger that was shut in between refuses the call, so it is answered.
//
// What is promoted from the queue or whose pause is over is started by a loop
// that one thread runs at a time: a dead target answers at once, and recursion
// would know no bound.
//
// Thread-safe but for `configure`, which belongs to the owner's own context.
// CAF-free: what can be done for a call is a parameter, the host.
//
//   host.machine()             the circuit
//   host.now()                 the time
//   host.wake(t)               an `expire` is wanted at t
//   host.keep_alive()          what keeps the stack alive in this scope
//   host.target()              the target; under the ledger's lock, short
//   host.gone()                whether the target has ended for good
//   host.send(to, what, id, t) sends an attempt that ends at t
//   host.deliver(who, answer)  the call's answer
//   host.fail(who, failure)    the same, where it failed
//   host.bounce(who, what, admission)  the same, where nothing ran or will run
//   host.judge(answer)         what an answer means
//   host.failure_of(answer)    a failed answer, to be kept
//   host.make(errc, duration)  a failure of our own; `duration::max()`: no hint
//   host.rejection(admission)  the same for what the circuit rejected, or
//   host.rejection(admission, circuit)   the circuit of a key
//   host.circuit_for(what, t)  the circuit of this request's key; null: machine
//   host.reported(failure, retry_report)  the same failure, with a report
//   host.keep(what)            the content of a request, for later
//   host.unpack(what)          the same, leaving nothing behind
//   host.pack(cargo)           the request again
//   host.copy(answer)          the same answer once more
//   host.repeatable(what)      whether this request may be sent twice
//   host.may_retry(failure)    likewise for a failure
//   host.id_of(failure), host.hint(failure), host.is_error(failure)
//   host.asks_fallback()       whether an actor is asked then, and
//   host.send_to_fallback(what, id, t)  does that; it has until t
//   host.fall_back(who, failure)      answers without an actor; false: failed
//   host.substitute(who, action)      the same for a timeout
//   host.note(failure), host.lease_ended()   remember why a call failed
//
// This header is what a host includes. The class stands in stack_core.hpp, its
// parts beside it, each by what they are about.
#pragma once

#include "resilience/stack_arrival.hpp"
#include "resilience/stack_attempt.hpp"
#include "resilience/stack_companion.hpp"
#include "resilience/stack_core.hpp"
#include "resilience/stack_end.hpp"
#include "resilience/stack_events.hpp"
#include "resilience/stack_places.hpp"
