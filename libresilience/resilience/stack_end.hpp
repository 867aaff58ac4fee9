// The end of a call that has failed: what stands in for an answer, a fallback,
// else the failure, with a report where attempts have failed before. Members of
// `stack`, thread-safe; include stack.hpp.
#pragma once

#include "resilience/stack_core.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

template <class Types>
template <class H>
void stack<Types>::end_early(H& host, passage p, failure why, retry_stop stop,
                             time_point now) {
  auto ran = p.finished_attempts();
  if (ran == 0)
    return finish(host, std::move(p), std::move(why), false, now);
  auto e = host.reported(std::move(p.trip->last), retry_report{ran, stop, {}});
  auto timed_out = p.trip->timed_out;
  finish(host, std::move(p), std::move(e), timed_out, now);
}

template <class Types>
template <class H>
void stack<Types>::finish(H& host, passage p, failure e, bool timed_out,
                          time_point now) {
  auto* x = armed_.get();
  if (x == nullptr)
    return host.fail(std::move(p.who), std::move(e));
  [[maybe_unused]] auto alive = host.keep_alive();
  if (p.trip)
    give_back(*p.trip);
  conclude(*x, host, std::move(p), std::move(e), timed_out, now);
  drain(host);
}

template <class Types>
template <class H>
void stack<Types>::conclude(arms& x, H& host, passage p, failure e,
                            bool timed_out, time_point now) {
  auto action = x.machines.on_timeout();
  if (timed_out && action != timeout_action::raise
      && host.substitute(p.who, action))
    return x.machines.count_substitute();
  if (!p.trip || !x.machines.falls_back() || !host.is_error(e)
      || !x.machines.covers(host.id_of(e)))
    return host.fail(std::move(p.who), std::move(e));
  if (host.asks_fallback())
    return ask_fallback(x, host, std::move(p), std::move(e), now);
  auto answered = host.fall_back(p.who, e);
  x.machines.count_fallback(answered);
  if (!answered)
    host.fail(std::move(p.who), std::move(e));
}

template <class Types>
template <class H>
void stack<Types>::ask_fallback(arms& x, H& host, passage p, failure e,
                                time_point now) {
  auto due = std::min(p.trip->wanted_until,
                      saturating_add(now, x.machines.fallback_limit()));
  auto worth_it = p.trip->kept && due > now;
  auto what = host.pack(p.trip->request);
  p.trip->last = std::move(e);
  p.trip->at = phase::fallback;
  auto opened = worth_it ? ledger_.open(p, permit{}, now, due)
                         : typename calls::opening{refusal::closed};
  if (opened.why != refusal::none) {
    x.machines.count_fallback(false);
    return host.fail(std::move(p.who), std::move(p.trip->last));
  }
  if (opened.wake)
    host.wake(due);
  host.send_to_fallback(std::move(what), opened.id, due);
}

template <class Types>
template <class H>
void stack<Types>::cut_off(H& host, passage p, const failure& why) {
  if (p.trip)
    give_back(*p.trip);
  if (p.is(phase::fallback))
    host.fail(std::move(p.who), std::move(p.trip->last));
  else if (auto ran = p.finished_attempts(); ran > 0)
    host.fail(std::move(p.who),
              host.reported(std::move(p.trip->last),
                            retry_report{ran, retry_stop::guard, {}}));
  else
    host.fail(std::move(p.who), failure{why});
}

} // namespace resilience
