// Places in the bulkhead that are given back, and the calls that begin then or
// after a pause. Members of `stack`, thread-safe; include stack.hpp.
#pragma once

#include "resilience/stack_core.hpp"

#include <utility>

namespace resilience {

template <class Types>
template <class H>
void stack<Types>::learn(H& host, const entry& e, outcome what,
                         time_point now) {
  auto& x = *armed_.get();
  // What overtakes slow attempts would hide them: their own time counts, up to
  // where they were overtaken.
  if (!x.machines.learns() || e.payload.is(phase::hedge))
    return;
  auto next = x.machines.learn(what, saturating_sub(now, e.opened), now);
  for (auto id : next)
    if (!promote(x, id))
      pass_place_on(x);
  // Rare, and the call that taught it goes on first.
  if (!next.empty())
    host.wake(now);
}

template <class Types>
void stack<Types>::give_back(journey& trip) {
  if (std::exchange(trip.has_place, false))
    pass_place_on(*armed_.get());
}

template <class Types>
void stack<Types>::pass_place_on(arms& x) {
  while (auto id = x.machines.leave())
    if (promote(x, *id))
      return;
}

template <class Types>
bool stack<Types>::promote(arms& x, uint64_t id) {
  auto next = ledger_.close(id);
  if (!next)
    return false;
  next->payload.trip->has_place = true;
  x.starts.push(std::move(next->payload));
  return true;
}

template <class Types>
template <class H>
void stack<Types>::drain(H& host) {
  auto* x = armed_.get();
  if (x == nullptr || x->starts.idle())
    return;
  // After the end there are few, and nobody else would come: what is left here
  // before it, `shut` takes.
  auto more = x->starts.drain([&](passage&& p) { begin(host, std::move(p)); },
                              [this] { return ledger_.is_shut(); });
  if (more)
    host.wake(host.now());
}

template <class Types>
template <class H>
void stack<Types>::begin(H& host, passage p) {
  [[maybe_unused]] auto alive = std::exchange(p.trip->alive, {});
  auto latest = p.trip->latest;
  auto what = host.pack(p.trip->request);
  attempt(host, std::move(p), std::move(what), host.now(), latest);
}

} // namespace resilience
