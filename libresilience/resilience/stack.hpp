// The way of a call through the layers of a guard, outermost first:
//
//   fallback, timeout substitute > total timeout > rate limiter > bulkhead >
//   retry > breaker > attempt timeout > target
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
//   host.rejection(admission)  the same for what the circuit rejected
//   host.reported(failure, retry_report)  the same failure, with a report
//   host.keep(what)            the content of a request, for later
//   host.unpack(what)          the same, leaving nothing behind
//   host.pack(cargo)           the request again
//   host.repeatable(what)      whether this request may be sent twice
//   host.may_retry(failure)    likewise for a failure
//   host.id_of(failure), host.hint(failure), host.is_error(failure)
//   host.fallback_actor()      whom to ask; host.asks_fallback(): whether
//   host.fall_back(who, failure)      answers without an actor; false: failed
//   host.substitute(who, action)      the same for a timeout
//   host.note(failure), host.lease_ended()   remember why a call failed
#pragma once

#include "resilience/circuit.hpp"
#include "resilience/error.hpp"
#include "resilience/late_ptr.hpp"
#include "resilience/layers.hpp"
#include "resilience/ledger.hpp"
#include "resilience/policy.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace resilience {

/// @tparam Types `call` (who asks; knows `is_request()`), `cargo` (content of a
///         request, cheap to copy), `failure` (what its caller would get),
///         `anchor` (what `keep_alive` returns) and `hooks` (kept here for the
///         host).
template <class Types>
class stack {
public:
  // -- member types -----------------------------------------------------------

  using call = typename Types::call;
  using cargo = typename Types::cargo;
  using failure = typename Types::failure;
  using hooks = typename Types::hooks;

  enum class phase : uint8_t { attempt, queued, pause, fallback };

  /// What is known of a call where a layer follows it.
  struct journey {
    /// Kept where it may be sent later or again.
    cargo request{};
    /// Of the last attempt, while there is a pause or a fallback.
    failure last{};
    /// Set while the call waits here and nobody else need know the owner.
    typename Types::anchor alive{};
    /// When the whole call ends.
    time_point latest = time_point::max();
    /// The last pause.
    duration delay{};
    int32_t attempts = 0;
    phase at = phase::attempt;
    bool kept = false;
    bool repeatable = false;
    bool has_place = false;
    /// `last` is a timeout of this guard's.
    bool timed_out = false;
  };

  struct passage {
    call who{};
    std::unique_ptr<journey> trip{};

    bool is(phase x) const noexcept {
      return trip ? trip->at == x : x == phase::attempt;
    }
  };

  using calls = ledger<passage>;
  using entry = typename calls::entry;

  // -- constructors and settings ----------------------------------------------

  /// @param x empty for none, in the sense of its `operator bool`.
  /// @pre `validate(p).empty()`
  explicit stack(const policy& p, hooks x = {})
    : ledger_(static_cast<uint32_t>(p.max_in_flight)),
      limit_(limit_of(p).count()) {
    if (x || layers::wanted(p))
      arm(p, std::move(x));
  }

  /// Applies new settings in place: calls under way stay.
  /// @pre `validate(p).empty()`
  template <class H>
  void configure(H& host, const policy& p) {
    auto now = host.now();
    // Whose wait is over gets no place.
    if (ledger_.overdue(now))
      expire(host, now);
    limit_.store(limit_of(p).count(), std::memory_order_relaxed);
    ledger_.limit(static_cast<uint32_t>(p.max_in_flight));
    if (auto* x = armed_.get()) {
      for (auto id : x->machines.configure(p, now))
        if (!promote(*x, id))
          pass_place_on(*x);
      drain(host);
    } else if (layers::wanted(p)) {
      arm(p, {});
    }
  }

  /// Writes the settings in force into `into`.
  void describe_into(policy& into) const {
    into.max_in_flight = static_cast<int32_t>(ledger_.limit());
    into.timeout.reset();
    if (timed())
      into.timeout = timeout_config{.limit = limit()};
    if (auto* x = armed_.get())
      x->machines.describe_into(into);
  }

  layer_metrics metrics(time_point now) const {
    auto* x = armed_.get();
    return x != nullptr ? x->machines.metrics(now) : layer_metrics{};
  }

  /// Null where there are none.
  const hooks* extras() const noexcept {
    auto* x = armed_.get();
    return x != nullptr ? &x->extras : nullptr;
  }

  /// A hook of the host's threw.
  void count_hook_failure() noexcept {
    if (auto* x = armed_.get())
      x->machines.count_hook_failure();
  }

  calls& entries() noexcept {
    return ledger_;
  }

  const calls& entries() const noexcept {
    return ledger_;
  }

  // -- events -----------------------------------------------------------------

  /// A request arrives. @param latest when its caller gives up.
  template <class H, class Parcel>
  void arrive(H& host, call who, Parcel what, time_point now,
              time_point latest) {
    passage p{std::move(who), nullptr};
    if (auto* x = armed_.get())
      return arrive_at(*x, host, std::move(p), std::move(what), now, latest);
    attempt(host, std::move(p), std::move(what), now, latest);
  }

  /// The target, or the fallback, answers the attempt `id`.
  template <class H, class Answer>
  void answered(H& host, uint64_t id, Answer answer, time_point now) {
    auto found = ledger_.close_if(id, [](const entry& x) {
      return x.payload.who.is_request() && in_flight(x.payload);
    });
    if (!found)
      return host.machine().count_late_answer();
    auto& p = found->payload;
    if (p.is(phase::fallback))
      return fallback_answered(host, std::move(p), std::move(answer));
    auto what = host.judge(answer);
    host.machine().settle(found->pass, what, saturating_sub(now, found->opened),
                          now);
    if (!p.trip)
      return host.deliver(std::move(p.who), std::move(answer));
    if (what == outcome::failure)
      return failed(host, std::move(p), host.failure_of(answer), false, now);
    give_back(*p.trip);
    // What is delivered may be the last that holds the owner.
    if (armed_.get()->idle())
      return host.deliver(std::move(p.who), std::move(answer));
    [[maybe_unused]] auto alive = host.keep_alive();
    host.deliver(std::move(p.who), std::move(answer));
    drain(host);
  }

  /// Ends what is due: queues, attempts, pauses, fallbacks.
  template <class H>
  void expire(H& host, time_point now) {
    auto due = ledger_.expire(now);
    for (auto& x : due)
      expired(host, std::move(x), now);
    drain(host);
  }

  /// The target has ended: so does every attempt and, where no other target
  /// will come, every call but those that a fallback has. `under_lock()` makes
  /// the target gone, ordered with `host.target()`.
  template <class H, class F>
  void target_ended(H& host, const failure& why, time_point now, F&& under_lock,
                    bool for_good = true) {
    auto ended = ledger_.close_all(
      [for_good](const entry& x) {
        const auto& p = x.payload;
        return p.who.is_request()
               && (for_good ? !p.is(phase::fallback) : p.is(phase::attempt));
      },
      std::forward<F>(under_lock));
    for (auto& x : ended) {
      auto& p = x.payload;
      if (p.is(phase::attempt)) {
        host.machine().settle(x.pass, outcome::failure,
                              saturating_sub(now, x.opened), now);
        attempt_failed(host, std::move(p), why, false, now);
        continue;
      }
      if (p.is(phase::queued))
        armed_.get()->machines.abandon(x.id, false);
      end_early(host, std::move(p), why, retry_stop::target_down, now);
    }
  }

  /// The owner has ended: nobody is sent to, everybody is answered.
  template <class H, class F>
  void shut(H& host, const failure& why, time_point now, F&& under_lock) {
    for (auto& x : ledger_.shut(std::forward<F>(under_lock))) {
      auto& p = x.payload;
      if (p.is(phase::attempt))
        host.machine().settle(x.pass, outcome::neutral,
                              saturating_sub(now, x.opened), now);
      else if (p.is(phase::queued))
        armed_.get()->machines.abandon(x.id, false);
      if (p.who.is_request())
        cut_off(host, std::move(p), why);
    }
    // Nobody would come back for those whom no thread has begun yet.
    for (auto& p : take_starts())
      cut_off(host, std::move(p), why);
  }

  /// When an attempt that begins at `now` has lasted too long.
  template <class H>
  time_point deadline(H& host, time_point now) const noexcept {
    // Even with the timeout off a caller is answered: the lease ends the call.
    // Read once: it may be turned off meanwhile.
    auto set = limit();
    return saturating_add(now, set != duration::max() ? set
                                                      : host.machine().lease());
  }

private:
  struct arms {
    arms(const policy& p, hooks x) : machines(p), extras(std::move(x)) {}

    /// Nothing for `drain` to do. Who adds a start drains afterwards, so others
    /// may look without the lock.
    bool idle() const noexcept {
      return !waiting.load(std::memory_order_acquire);
    }

    layers machines;
    const hooks extras;
    /// Calls that are to begin an attempt, and whether a thread is at it.
    std::mutex mutex;
    std::vector<passage> starts;
    bool draining = false;
    /// Whether there are starts. Written under the lock.
    std::atomic<bool> waiting{false};
  };

  /// Starts by one thread in a row, before another one may take over.
  static constexpr size_t most_starts = 128;

  void arm(const policy& p, hooks x) {
    armed_.set(std::make_unique<arms>(p, std::move(x)));
  }

  static duration limit_of(const policy& p) noexcept {
    return p.timeout ? p.timeout->limit : duration::max();
  }

  static bool in_flight(const passage& p) noexcept {
    return p.is(phase::attempt) || p.is(phase::fallback);
  }

  /// Attempts of `p` that have failed.
  static int32_t finished_attempts(const passage& p) noexcept {
    if (!p.trip)
      return 0;
    return p.trip->attempts - (p.trip->at == phase::attempt ? 1 : 0);
  }

  duration limit() const noexcept {
    return duration{limit_.load(std::memory_order_relaxed)};
  }

  bool timed() const noexcept {
    return limit() != duration::max();
  }

  // -- arrival ----------------------------------------------------------------

  template <class H, class Parcel>
  void arrive_at(arms& x, H& host, passage p, Parcel what, time_point now,
                 time_point latest) {
    if (x.machines.follows_calls())
      p.trip = prepare(x, host, what, now, latest);
    if (auto token = x.machines.take_token(now); !token)
      return finish(host, std::move(p),
                    host.make(errc::rate_limited, token.retry_after), false,
                    now);
    if (!p.trip)
      return attempt(host, std::move(p), std::move(what), now, latest);
    take_place(x, host, std::move(p), std::move(what), now);
  }

  template <class H, class Parcel>
  std::unique_ptr<journey> prepare(arms& x, H& host, Parcel& what,
                                   time_point now, time_point latest) {
    auto trip = std::make_unique<journey>();
    trip->latest = std::min(latest, saturating_add(now, x.machines.total()));
    trip->repeatable = x.machines.retries() && host.repeatable(what);
    trip->kept =
      trip->repeatable || (x.machines.falls_back() && host.asks_fallback());
    if (trip->kept)
      trip->request = host.keep(what);
    return trip;
  }

  template <class H, class Parcel>
  void take_place(arms& x, H& host, passage p, Parcel what, time_point now) {
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

  static errc code_of(refusal x) noexcept {
    return x == refusal::closed ? errc::shutting_down : errc::overloaded;
  }

  // -- attempts ---------------------------------------------------------------

  template <class H, class Parcel>
  void attempt(H& host, passage p, Parcel what, time_point now,
               time_point latest) {
    if (latest <= now)
      return out_of_time(host, std::move(p), now);
    auto admission = host.machine().admit(now);
    if (!admission) {
      if (!p.trip)
        return host.bounce(std::move(p.who), std::move(what), admission);
      return not_admitted(host, std::move(p), admission, now);
    }
    if (p.trip) {
      p.trip->at = phase::attempt;
      if (p.trip->attempts++ == 0)
        armed_.get()->machines.on_call();
    }
    auto due = std::min(deadline(host, now), latest);
    decltype(host.target()) to{};
    auto opened =
      ledger_.open(p, admission.pass, now, due, [&] { to = host.target(); });
    if (opened.why != refusal::none) {
      host.machine().settle(admission.pass, outcome::neutral, duration::zero(),
                            now);
      return end_early(host, std::move(p), host.make(code_of(opened.why)),
                       retry_stop::guard, now);
    }
    // Also where nobody is there: the ledger counts on its alarm for others.
    if (opened.wake)
      host.wake(due);
    if (!to)
      return nobody_there(host, opened.id, now);
    host.send(std::move(to), std::move(what), opened.id, due);
  }

  template <class H>
  void nobody_there(H& host, uint64_t id, time_point now) {
    auto gone = ledger_.close(id);
    if (!gone)
      return;
    auto e = host.make(errc::target_down);
    host.note(e);
    host.machine().settle(gone->pass, outcome::failure, duration::zero(), now);
    attempt_failed(host, std::move(gone->payload), std::move(e), false, now);
  }

  template <class H>
  void not_admitted(H& host, passage p, const admission& why, time_point now) {
    auto& trip = *p.trip;
    if (trip.attempts == 0)
      return finish(host, std::move(p), host.rejection(why), false, now);
    retry_report report{trip.attempts, retry_stop::circuit, {}};
    if (why.reason == rejection::open)
      report.retry_after = why.retry_after;
    auto timed_out = trip.timed_out;
    auto e = host.reported(std::move(trip.last), report);
    finish(host, std::move(p), std::move(e), timed_out, now);
  }

  template <class H>
  void out_of_time(H& host, passage p, time_point now) {
    auto ran = p.trip ? p.trip->attempts : 0;
    if (ran == 0)
      return finish(host, std::move(p), host.make(errc::timed_out), true, now);
    auto e = host.reported(std::move(p.trip->last),
                           retry_report{ran, retry_stop::deadline, {}});
    auto timed_out = p.trip->timed_out;
    finish(host, std::move(p), std::move(e), timed_out, now);
  }

  // Ends a call because of what is no failure of an attempt of its own: with
  // the last real error where an attempt has failed before.
  template <class H>
  void end_early(H& host, passage p, failure why, retry_stop stop,
                 time_point now) {
    auto ran = finished_attempts(p);
    if (ran == 0)
      return finish(host, std::move(p), std::move(why), false, now);
    auto e =
      host.reported(std::move(p.trip->last), retry_report{ran, stop, {}});
    auto timed_out = p.trip->timed_out;
    finish(host, std::move(p), std::move(e), timed_out, now);
  }

  // -- failures and retries ---------------------------------------------------

  template <class H>
  void attempt_failed(H& host, passage p, failure e, bool timed_out,
                      time_point now) {
    if (p.trip)
      failed(host, std::move(p), std::move(e), timed_out, now);
    else
      host.fail(std::move(p.who), std::move(e));
  }

  template <class H>
  void failed(H& host, passage p, failure e, bool timed_out, time_point now) {
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

  template <class H>
  layers::retry_decision again(arms& x, H& host, const journey& trip,
                               const failure& e,
                               const std::optional<duration>& hint,
                               time_point now) {
    if (host.gone())
      return {retry_stop::target_down};
    if (!trip.repeatable || !x.machines.may_retry(host.id_of(e))
        || !host.may_retry(e))
      return {retry_stop::not_retryable};
    return x.machines.decide({trip.attempts, trip.delay, hint, trip.latest},
                             now);
  }

  // -- time -------------------------------------------------------------------

  template <class H>
  void expired(H& host, entry x, time_point now) {
    auto& p = x.payload;
    auto took = saturating_sub(x.deadline, x.opened);
    if (!p.who.is_request()) {
      host.lease_ended();
      host.machine().expire(x.pass, took, x.deadline);
    } else if (p.is(phase::attempt)) {
      attempt_timed_out(host, std::move(x), took, now);
    } else if (p.is(phase::queued)) {
      auto too_late = x.deadline >= p.trip->latest;
      armed_.get()->machines.abandon(x.id, !too_late);
      finish(host, std::move(p),
             host.make(too_late ? errc::timed_out : errc::bulkhead_full),
             too_late, now);
    } else if (p.is(phase::pause)) {
      start(*armed_.get(), std::move(p));
    } else {
      armed_.get()->machines.count_fallback(false);
      host.fail(std::move(p.who), std::move(p.trip->last));
    }
  }

  template <class H>
  void attempt_timed_out(H& host, entry x, duration took, time_point now) {
    auto e = host.make(errc::timed_out);
    host.note(e);
    if (timed())
      host.machine().settle(x.pass, outcome::failure, took, x.deadline);
    else
      host.machine().expire(x.pass, took, x.deadline);
    attempt_failed(host, std::move(x.payload), std::move(e), true, now);
  }

  // -- the end of a call ------------------------------------------------------

  template <class H>
  void finish(H& host, passage p, failure e, bool timed_out, time_point now) {
    auto* x = armed_.get();
    if (x == nullptr)
      return host.fail(std::move(p.who), std::move(e));
    [[maybe_unused]] auto alive = host.keep_alive();
    if (p.trip)
      give_back(*p.trip);
    conclude(*x, host, std::move(p), std::move(e), timed_out, now);
    drain(host);
  }

  template <class H>
  void conclude(arms& x, H& host, passage p, failure e, bool timed_out,
                time_point now) {
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

  template <class H>
  void ask_fallback(arms& x, H& host, passage p, failure e, time_point now) {
    auto due = saturating_add(now, x.machines.fallback_limit());
    auto kept = p.trip->kept;
    auto what = host.pack(p.trip->request);
    p.trip->last = std::move(e);
    p.trip->at = phase::fallback;
    auto opened = kept ? ledger_.open(p, permit{}, now, due)
                       : typename calls::opening{refusal::closed};
    if (opened.why != refusal::none) {
      x.machines.count_fallback(false);
      return host.fail(std::move(p.who), std::move(p.trip->last));
    }
    if (opened.wake)
      host.wake(due);
    host.send(host.fallback_actor(), std::move(what), opened.id, due);
  }

  // The guard has ended while `p` was under way.
  template <class H>
  void cut_off(H& host, passage p, const failure& why) {
    if (p.trip)
      give_back(*p.trip);
    if (p.is(phase::fallback))
      host.fail(std::move(p.who), std::move(p.trip->last));
    else if (auto ran = finished_attempts(p); ran > 0)
      host.fail(std::move(p.who),
                host.reported(std::move(p.trip->last),
                              retry_report{ran, retry_stop::guard, {}}));
    else
      host.fail(std::move(p.who), failure{why});
  }

  template <class H, class Answer>
  void fallback_answered(H& host, passage p, Answer answer) {
    auto good = !host.is_error(answer);
    armed_.get()->machines.count_fallback(good);
    if (good)
      host.deliver(std::move(p.who), std::move(answer));
    else
      host.fail(std::move(p.who), std::move(p.trip->last));
  }

  // -- places and starts ------------------------------------------------------

  void give_back(journey& trip) {
    if (std::exchange(trip.has_place, false))
      pass_place_on(*armed_.get());
  }

  void pass_place_on(arms& x) {
    while (auto id = x.machines.leave())
      if (promote(x, *id))
        return;
  }

  // False if the call is gone: it waited too long just now.
  bool promote(arms& x, uint64_t id) {
    auto next = ledger_.close(id);
    if (!next)
      return false;
    next->payload.trip->has_place = true;
    start(x, std::move(next->payload));
    return true;
  }

  void start(arms& x, passage p) {
    std::lock_guard<std::mutex> guard{x.mutex};
    x.starts.push_back(std::move(p));
    x.waiting.store(true, std::memory_order_release);
  }

  std::vector<passage> take_starts() {
    auto* x = armed_.get();
    if (x == nullptr)
      return {};
    std::lock_guard<std::mutex> guard{x->mutex};
    x->waiting.store(false, std::memory_order_release);
    return std::exchange(x->starts, {});
  }

  template <class H>
  void drain(H& host) {
    auto* x = armed_.get();
    if (x == nullptr || x->idle())
      return;
    std::unique_lock<std::mutex> guard{x->mutex};
    if (x->draining)
      return;
    x->draining = true;
    // Others may bring calls as fast as this thread starts them: nobody is held
    // here for long. After the end there are few, and nobody else would come:
    // what is left here before it, `shut` takes.
    for (size_t begun = 0;
         !x->starts.empty() && (begun < most_starts || ledger_.is_shut());) {
      auto batch = std::exchange(x->starts, {});
      begun += batch.size();
      guard.unlock();
      for (auto& p : batch)
        begin(host, std::move(p));
      guard.lock();
    }
    x->draining = false;
    auto more = !x->starts.empty();
    x->waiting.store(more, std::memory_order_release);
    guard.unlock();
    if (more)
      host.wake(host.now());
  }

  template <class H>
  void begin(H& host, passage p) {
    [[maybe_unused]] auto alive = std::exchange(p.trip->alive, {});
    auto latest = p.trip->latest;
    auto what = host.pack(p.trip->request);
    attempt(host, std::move(p), std::move(what), host.now(), latest);
  }

  calls ledger_;
  /// Limit of an attempt; `duration::max()` when off.
  std::atomic<duration::rep> limit_;
  late_ptr<arms> armed_;
};

} // namespace resilience
