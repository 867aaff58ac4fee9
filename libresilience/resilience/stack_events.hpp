// What ends an entry of the ledger: its answer, its deadline, the end of the
// target or of the owner. Members of `stack`, thread-safe; include stack.hpp.
#pragma once

#include "resilience/stack_core.hpp"

#include <utility>

namespace resilience {

template <class Types>
template <class H, class Answer>
void stack<Types>::answered(H& host, uint64_t id, Answer answer,
                            time_point now) {
  auto found =
    ledger_.close_if(id, [](const entry& x) { return x.payload.in_flight(); });
  if (!found)
    return host.machine().count_late_answer();
  auto& p = found->payload;
  if (p.trip)
    return followed_answered(host, std::move(*found), std::move(answer), now);
  auto what = host.judge(answer);
  host.machine().settle(found->pass, what, saturating_sub(now, found->opened),
                        now);
  host.deliver(std::move(p.who), std::move(answer));
}

template <class Types>
template <class H, class Answer>
void stack<Types>::followed_answered(H& host, entry&& x, Answer answer,
                                     time_point now) {
  auto& p = x.payload;
  if (p.is(phase::fallback))
    return fallback_answered(host, std::move(p), std::move(answer));
  // The second finds nothing, as it should.
  if (p.trip->doubled)
    answered(host, x.id, host.copy(answer), now);
  auto what = host.judge(answer);
  settle(host, x, what, now);
  learn(host, x, what, now);
  if (p.is(phase::hedge))
    return hedge_answered(host, std::move(p), std::move(answer), what, now);
  if (what == outcome::failure)
    return attempt_failed(host, std::move(p), host.failure_of(answer), false,
                          now);
  dismiss(host, *p.trip, now);
  deliver(host, std::move(p), std::move(answer));
}

template <class Types>
template <class H, class Answer>
void stack<Types>::deliver(H& host, passage&& p, Answer answer) {
  give_back(*p.trip);
  // What is delivered may be the last that holds the owner.
  if (armed_.get()->starts.idle())
    return host.deliver(std::move(p.who), std::move(answer));
  [[maybe_unused]] auto alive = host.keep_alive();
  host.deliver(std::move(p.who), std::move(answer));
  drain(host);
}

template <class Types>
template <class H, class Answer>
void stack<Types>::fallback_answered(H& host, passage p, Answer answer) {
  auto good = !host.is_error(answer);
  armed_.get()->machines.count_fallback(good);
  if (good)
    host.deliver(std::move(p.who), std::move(answer));
  else
    host.fail(std::move(p.who), std::move(p.trip->last));
}

template <class Types>
template <class H>
void stack<Types>::expire(H& host, time_point now) {
  auto due = ledger_.expire(now);
  // Before anything is sent: a second attempt that is answered meanwhile would
  // find no call to answer.
  for (auto& x : due)
    if (x.payload.trip && x.payload.is(phase::attempt))
      hand_over(x.payload);
  for (auto& x : due)
    expired(host, std::move(x), now);
  drain(host);
}

template <class Types>
template <class H>
void stack<Types>::expired(H& host, entry x, time_point now) {
  auto& p = x.payload;
  auto took = saturating_sub(x.deadline, x.opened);
  if (p.is(phase::hedge_wait)) {
    send_hedge(host, std::move(p), now);
  } else if (p.is(phase::delay)) {
    send_delayed(host, std::move(p));
  } else if (p.is(phase::hedge)
             || (p.is(phase::attempt) && p.who.is_request())) {
    attempt_timed_out(host, std::move(x), took, now);
  } else if (!p.trip) {
    host.lease_ended();
    host.machine().expire(x.pass, took, x.deadline);
  } else if (p.is(phase::queued)) {
    auto too_late = x.deadline >= p.trip->latest;
    armed_.get()->machines.abandon(x.id, !too_late);
    finish(host, std::move(p),
           host.make(too_late ? errc::timed_out : errc::bulkhead_full),
           too_late, now);
  } else if (p.is(phase::pause)) {
    armed_.get()->starts.push(std::move(p));
  } else {
    armed_.get()->machines.count_fallback(false);
    host.fail(std::move(p.who), std::move(p.trip->last));
  }
}

template <class Types>
template <class H>
void stack<Types>::attempt_timed_out(H& host, entry x, duration took,
                                     time_point now) {
  auto e = host.make(errc::timed_out);
  host.note(e);
  auto& machine = circuit_of(host, x.payload);
  if (timed())
    machine.settle(x.pass, outcome::failure, took, x.deadline);
  else
    machine.expire(x.pass, took, x.deadline);
  if (x.payload.trip)
    learn(host, x, outcome::failure, now);
  attempt_failed(host, std::move(x.payload), std::move(e), true, now);
}

template <class Types>
template <class H, class F>
void stack<Types>::target_ended(H& host, const failure& why, time_point now,
                                F&& under_lock, bool for_good) {
  auto ended = ledger_.close_all(
    [for_good](const entry& x) {
      const auto& p = x.payload;
      if (p.is_companion())
        return true;
      return p.who.is_request()
             && (for_good ? !p.is(phase::fallback) : p.is(phase::attempt));
    },
    std::forward<F>(under_lock));
  for (auto& x : ended) {
    auto& p = x.payload;
    if (p.is(phase::attempt) || p.is(phase::hedge)) {
      settle(host, x, outcome::failure, now);
      attempt_failed(host, std::move(p), why, false, now);
      continue;
    }
    if (p.is_companion())
      continue;
    if (p.is(phase::queued))
      armed_.get()->machines.abandon(x.id, false);
    end_early(host, std::move(p), why, retry_stop::target_down, now);
  }
}

template <class Types>
template <class H, class F>
void stack<Types>::shut(H& host, const failure& why, time_point now,
                        F&& under_lock) {
  for (auto& x : ledger_.shut(std::forward<F>(under_lock))) {
    auto& p = x.payload;
    if (p.is(phase::attempt) || p.is(phase::hedge))
      settle(host, x, outcome::neutral, now);
    else if (p.is(phase::queued))
      armed_.get()->machines.abandon(x.id, false);
    if (p.who.is_request() && !p.is_companion())
      cut_off(host, std::move(p), why);
  }
  // Nobody would come back for those whom no thread has begun yet.
  if (auto* x = armed_.get())
    for (auto& p : x->starts.take())
      cut_off(host, std::move(p), why);
}

} // namespace resilience
