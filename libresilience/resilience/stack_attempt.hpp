// Attempts, what can be wrong before one is sent, and what follows one that has
// failed: a pause before the next one, or the end. Members of `stack`,
// thread-safe; include stack.hpp.
#pragma once

#include "resilience/stack_core.hpp"

#include <algorithm>

namespace resilience {

template <class Types>
template <class H, class Parcel>
void stack<Types>::attempt(H& host, passage&& p, Parcel&& what, time_point now,
                           time_point latest) {
  if (latest <= now)
    return out_of_time(host, std::move(p), now);
  auto& machine = circuit_of(host, p);
  auto admission = machine.admit(now);
  if (!admission) {
    if (!p.trip)
      return host.bounce(std::move(p.who), std::move(what), admission);
    return not_admitted(host, std::move(p), admission, now);
  }
  care more;
  if (p.trip) {
    auto& x = *armed_.get();
    p.trip->at = phase::attempt;
    if (p.trip->attempts++ == 0)
      x.machines.on_call();
    if (x.machines.attends_attempts())
      more = care_for(x, host, *p.trip);
  }
  auto due = std::min(deadline(host, now), latest);
  decltype(host.target()) to{};
  auto opened =
    ledger_.open(p, admission.pass, now, due, [&] { to = host.target(); });
  if (opened.why != refusal::none) {
    machine.settle(admission.pass, outcome::neutral, duration::zero(), now);
    return end_early(host, std::move(p), host.make(code_of(opened.why)),
                     retry_stop::guard, now);
  }
  // Also where nobody is there: the ledger counts on its alarm for others.
  if (opened.wake)
    host.wake(due);
  if (!to)
    return fail_at_once(host, opened.id, errc::target_down, now);
  if (more)
    return send_attended(host, std::move(to), std::move(what), std::move(more),
                         opened.id, now, due);
  host.send(std::move(to), std::move(what), opened.id, due);
}

template <class Types>
template <class H>
void stack<Types>::fail_at_once(H& host, uint64_t id, errc why,
                                time_point now) {
  auto gone = ledger_.close(id);
  if (!gone)
    return;
  auto e = host.make(why);
  host.note(e);
  settle(host, *gone, outcome::failure, now);
  attempt_failed(host, std::move(gone->payload), std::move(e), false, now);
}

template <class Types>
template <class H>
void stack<Types>::not_admitted(H& host, passage p, const admission& why,
                                time_point now) {
  auto& trip = *p.trip;
  if (trip.attempts == 0) {
    auto e = trip.own_circuit ? host.rejection(why, *trip.own_circuit)
                              : host.rejection(why);
    return finish(host, std::move(p), std::move(e), false, now);
  }
  retry_report report{trip.attempts, retry_stop::circuit, {}};
  if (why.reason == rejection::open)
    report.retry_after = why.retry_after;
  auto timed_out = trip.timed_out;
  auto e = host.reported(std::move(trip.last), report);
  finish(host, std::move(p), std::move(e), timed_out, now);
}

template <class Types>
template <class H>
void stack<Types>::out_of_time(H& host, passage p, time_point now) {
  auto ran = p.trip ? p.trip->attempts : 0;
  if (ran == 0)
    return finish(host, std::move(p), host.make(errc::timed_out), true, now);
  auto e = host.reported(std::move(p.trip->last),
                         retry_report{ran, retry_stop::deadline, {}});
  auto timed_out = p.trip->timed_out;
  finish(host, std::move(p), std::move(e), timed_out, now);
}

template <class Types>
template <class H>
void stack<Types>::attempt_failed(H& host, passage p, failure e, bool timed_out,
                                  time_point now) {
  if (!p.trip)
    return host.fail(std::move(p.who), std::move(e));
  if (p.is(phase::hedge))
    return forget_companion(p.trip->partner);
  if (!hand_over(p))
    failed(host, std::move(p), std::move(e), timed_out, now);
}

template <class Types>
template <class H>
void stack<Types>::failed(H& host, passage p, failure e, bool timed_out,
                          time_point now) {
  auto& x = *armed_.get();
  auto& trip = *p.trip;
  if (!x.machines.retries() && trip.attempts == 1)
    return finish(host, std::move(p), std::move(e), timed_out, now);
  auto hint = host.hint(e);
  auto next = again(x, host, trip, e, hint, now);
  if (!next.stop) {
    auto due = saturating_add(now, next.delay);
    trip.last = e;
    trip.timed_out = timed_out;
    trip.delay = next.delay;
    trip.at = phase::pause;
    trip.alive = host.keep_alive();
    auto opened = ledger_.open(p, permit{}, now, due);
    if (opened.why == refusal::none) {
      if (opened.wake)
        host.wake(due);
      return;
    }
    next.stop = retry_stop::guard;
  }
  retry_report report{trip.attempts, *next.stop, hint};
  finish(host, std::move(p), host.reported(std::move(e), report), timed_out,
         now);
}

template <class Types>
template <class H>
layers::retry_decision
stack<Types>::again(arms& x, H& host, const journey& trip, const failure& e,
                    const std::optional<duration>& hint, time_point now) {
  if (host.gone())
    return {retry_stop::target_down};
  if (!trip.repeatable || !x.machines.may_retry(host.id_of(e))
      || !host.may_retry(e))
    return {retry_stop::not_retryable};
  return x.machines.decide({trip.attempts, trip.delay, hint, trip.latest}, now);
}

} // namespace resilience
