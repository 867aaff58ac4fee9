// From the arrival of a request to its first attempt: shedding, rate limiter,
// what is kept of the request, a place in the bulkhead. Members of `stack`,
// thread-safe; include stack.hpp.
#pragma once

#include "resilience/stack_core.hpp"

#include <algorithm>

namespace resilience {

template <class Types>
template <class H, class Parcel>
void stack<Types>::arrive_at(arms& x, H& host, passage&& p, Parcel&& what,
                             time_point now, time_point latest) {
  if (x.machines.follows_calls())
    p.trip = prepare(x, host, what, now, latest);
  if (x.machines.sheds() && is_stuck(x, now)) {
    x.machines.count_shed();
    return finish(host, std::move(p), host.make(errc::target_stuck), false,
                  now);
  }
  if (auto token = x.machines.take_token(now); !token)
    return finish(host, std::move(p),
                  host.make(errc::rate_limited, token.retry_after), false, now);
  if (!p.trip)
    return attempt(host, std::move(p), std::move(what), now, latest);
  // Whom an outer layer turns away leaves no key behind. What is done by hand
  // to the owner's circuit holds for every key.
  if (x.machines.keyed() && !is_by_hand(host.machine().state()))
    p.trip->own_circuit = host.circuit_for(what, now);
  take_place(x, host, std::move(p), std::move(what), now);
}

template <class Types>
template <class H, class Parcel>
std::unique_ptr<journey<Types>> stack<Types>::prepare(arms& x, H& host,
                                                      Parcel& what,
                                                      time_point now,
                                                      time_point latest) {
  auto trip = std::make_unique<journey>();
  trip->wanted_until = latest;
  trip->latest = std::min(latest, saturating_add(now, x.machines.total()));
  trip->repeatable =
    (x.machines.retries() || x.machines.hedges()) && host.repeatable(what);
  trip->kept =
    trip->repeatable || (x.machines.falls_back() && host.asks_fallback());
  if (trip->kept)
    trip->request = host.keep(what);
  return trip;
}

template <class Types>
template <class H, class Parcel>
void stack<Types>::take_place(arms& x, H& host, passage&& p, Parcel&& what,
                              time_point now) {
  using result = layers::entry;
  auto due =
    std::min(p.trip->latest, saturating_add(now, x.machines.max_wait()));
  typename calls::opening opened;
  auto wait = [&] {
    p.trip->at = phase::queued;
    p.trip->alive = host.keep_alive();
    opened = ledger_.open(p, permit{}, now, due);
    return opened.id;
  };
  auto where = x.machines.enter(p.trip->kept, wait);
  auto unpacked = where == result::not_ready;
  if (unpacked) {
    p.trip->request = host.unpack(what);
    p.trip->kept = true;
    where = x.machines.enter(true, wait);
  }
  switch (where) {
    case result::queued:
      if (opened.wake)
        host.wake(due);
      break;
    case result::full:
      finish(host, std::move(p), host.make(errc::bulkhead_full), false, now);
      break;
    case result::refused:
      finish(host, std::move(p), host.make(code_of(opened.why)), false, now);
      break;
    default: {
      auto latest = p.trip->latest;
      p.trip->has_place = where == result::granted;
      if (unpacked)
        what = host.pack(p.trip->request);
      attempt(host, std::move(p), std::move(what), now, latest);
    }
  }
}

template <class Types>
bool stack<Types>::is_stuck(arms& x, time_point now) {
  auto oldest =
    x.ages.oldest([this](uint64_t id) { return ledger_.contains(id); });
  return oldest && saturating_sub(now, *oldest) > x.machines.max_age();
}

} // namespace resilience
