// Attempts that are more than sent: hedged by a second one, or hit by a fault
// made on purpose. Members of `stack`, thread-safe; include stack.hpp.
//
// A companion is an entry of its own, so that it has a deadline. The call's own
// entry keeps the caller; whoever closes that one answers. A second attempt
// takes over the call when the first fails before it.
#pragma once

#include "resilience/stack_core.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

template <class Types>
template <class H>
typename stack<Types>::care stack<Types>::care_for(arms& x, H& host,
                                                   journey& trip) {
  care result;
  if (x.machines.makes_faults())
    result.fault = x.machines.draw_fault();
  trip.doubled = result.fault == injected::duplicate;
  result.aged = x.machines.sheds();
  // What is being probed is not asked twice.
  if (x.machines.hedges() && trip.repeatable && !trip.hedged
      && circuit_of(host, trip).passes()) {
    result.hedge = std::make_unique<journey>();
    result.hedge->request = trip.request;
    result.hedge->latest = trip.latest;
    result.hedge->own_circuit = trip.own_circuit;
    result.hedge->at = phase::hedge_wait;
  }
  return result;
}

template <class Types>
template <class H, class Target, class Parcel>
void stack<Types>::send_attended(H& host, Target to, Parcel&& what, care y,
                                 uint64_t id, time_point now, time_point due) {
  auto& x = *armed_.get();
  if (y.aged)
    x.ages.add(id, now, ledger_.size(),
               [this](uint64_t i) { return ledger_.contains(i); });
  if (y.fault == injected::error)
    return fail_at_once(host, id, errc::injected_fault, now);
  if (y.hedge) {
    auto ready = saturating_add(now, x.machines.hedge_delay(now));
    if (ready < due)
      pair_up(host, passage{call{}, std::move(y.hedge)}, id, now, ready);
  }
  if (y.fault == injected::drop)
    return;
  if (y.fault == injected::delay)
    return delay(host, std::forward<Parcel>(what), id, now, due);
  host.send(std::move(to), std::forward<Parcel>(what), id, due);
}

/// Enters `companion` until `due` and makes it known to the attempt `id`.
template <class Types>
template <class H>
void stack<Types>::pair_up(H& host, passage companion, uint64_t id,
                           time_point now, time_point due) {
  companion.trip->partner = id;
  auto opened = ledger_.open(companion, permit{}, now, due);
  // Without room for it the attempt has none.
  if (opened.why != refusal::none)
    return;
  if (opened.wake)
    host.wake(due);
  auto there = ledger_.visit(id, [&](entry& e) {
    // Its time may have come already, and a second attempt be under way.
    if (!e.payload.trip->hedged)
      e.payload.trip->partner = opened.id;
  });
  if (!there)
    ledger_.close(opened.id);
}

// -- faults -------------------------------------------------------------------

template <class Types>
template <class H, class Parcel>
void stack<Types>::delay(H& host, Parcel&& what, uint64_t id, time_point now,
                         time_point latest) {
  passage companion{call{}, std::make_unique<journey>()};
  auto& trip = *companion.trip;
  trip.at = phase::delay;
  trip.partner = id;
  trip.request = host.unpack(what);
  // No longer than there is an attempt.
  auto due =
    std::min(saturating_add(now, armed_.get()->machines.fault_delay()), latest);
  auto opened = ledger_.open(companion, permit{}, now, due);
  if (opened.why != refusal::none)
    return send_delayed(host, std::move(companion));
  if (opened.wake)
    host.wake(due);
}

template <class Types>
template <class H>
void stack<Types>::send_delayed(H& host, passage p) {
  auto id = p.trip->partner;
  time_point due;
  decltype(host.target()) to{};
  auto there = ledger_.visit(id, [&](const entry& e) {
    due = e.deadline;
    to = host.target();
  });
  // Where the target has ended, so has the attempt.
  if (there && to)
    host.send(std::move(to), host.pack(p.trip->request), id, due);
}

// -- second attempts ----------------------------------------------------------

/// The attempt beside `p` takes long.
template <class Types>
template <class H>
void stack<Types>::send_hedge(H& host, passage p, time_point now) {
  auto& x = *armed_.get();
  auto first = p.trip->partner;
  auto& machine = circuit_of(host, *p.trip);
  if (!ledger_.contains(first) || !machine.passes()
      || !x.machines.take_hedge(now))
    return;
  auto admission = machine.admit(now);
  if (!admission)
    return;
  auto what = host.pack(p.trip->request);
  auto due = std::min(deadline(host, now), p.trip->latest);
  care more;
  // It may be the one that goes on.
  more.aged = x.machines.sheds();
  if (x.machines.makes_faults())
    more.fault = x.machines.draw_fault();
  p.trip->doubled = more.fault == injected::duplicate;
  p.trip->at = phase::hedge;
  decltype(host.target()) to{};
  auto opened =
    ledger_.open(p, admission.pass, now, due, [&] { to = host.target(); });
  if (opened.why != refusal::none) {
    machine.settle(admission.pass, outcome::neutral, duration::zero(), now);
    return;
  }
  if (opened.wake)
    host.wake(due);
  auto there = to && ledger_.visit(first, [&](entry& e) {
    e.payload.trip->partner = opened.id;
    e.payload.trip->hedged = true;
  });
  if (there)
    return send_attended(host, std::move(to), std::move(what), std::move(more),
                         opened.id, now, due);
  // The first one has just ended.
  if (auto gone = ledger_.close(opened.id))
    settle(host, *gone, outcome::neutral, now);
}

/// A second attempt, settled by now, has been answered.
template <class Types>
template <class H, class Answer>
void stack<Types>::hedge_answered(H& host, passage&& p, Answer answer,
                                  outcome what, time_point now) {
  // A failure, or a guard further in that turned it away: the first may do
  // better.
  if (what != outcome::success)
    return forget_companion(p.trip->partner);
  auto first = ledger_.close(p.trip->partner);
  if (!first)
    return host.machine().count_late_answer();
  settle(host, *first, outcome::neutral, now);
  learn(host, *first, outcome::success, now);
  armed_.get()->machines.count_hedge_won();
  deliver(host, std::move(first->payload), std::move(answer));
}

/// The attempt `p` has failed. True: a second one is under way and goes on in
/// its place.
template <class Types>
bool stack<Types>::hand_over(passage& p) {
  auto id = std::exchange(p.trip->partner, 0);
  if (id == 0)
    return false;
  auto handed = false;
  ledger_.visit(id, [&](entry& e) {
    handed = e.payload.is(phase::hedge);
    if (handed)
      std::swap(e.payload, p);
  });
  // Else its time has not come.
  if (!handed)
    ledger_.close(id);
  return handed;
}

/// A call has its answer: whoever still works for it, is late.
template <class Types>
template <class H>
void stack<Types>::dismiss(H& host, journey& trip, time_point now) {
  auto id = std::exchange(trip.partner, 0);
  if (id == 0)
    return;
  auto gone = ledger_.close(id);
  if (gone && gone->payload.is(phase::hedge))
    settle(host, *gone, outcome::neutral, now);
}

/// The companion of the attempt `first` is no more.
template <class Types>
void stack<Types>::forget_companion(uint64_t first) {
  ledger_.visit(first, [](entry& e) { e.payload.trip->partner = 0; });
}

} // namespace resilience
