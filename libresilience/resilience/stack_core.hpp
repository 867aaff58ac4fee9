// The class whose calls go the way that stack.hpp tells: its settings, its
// parts, and what can happen to it. What then happens to a call stands in
// stack_arrival.hpp (to its first attempt), stack_attempt.hpp (attempts, their
// failures, pauses), stack_companion.hpp (second attempts, faults made on
// purpose), stack_end.hpp (its answer), stack_places.hpp (who waits and who is
// next) and stack_events.hpp (answers, time, the end of an actor).
//
// Thread-safe but for `configure`, which belongs to the owner's own context.
// Owned by one guard or breaker. To use it include stack.hpp.
#pragma once

#include "resilience/age_list.hpp"
#include "resilience/circuit.hpp"
#include "resilience/error.hpp"
#include "resilience/journey.hpp"
#include "resilience/late_ptr.hpp"
#include "resilience/layers.hpp"
#include "resilience/ledger.hpp"
#include "resilience/policy.hpp"
#include "resilience/start_queue.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

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
  using failure = typename Types::failure;
  using hooks = typename Types::hooks;
  using phase = call_phase;
  using journey = resilience::journey<Types>;
  using passage = resilience::passage<Types>;
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
  void answered(H& host, uint64_t id, Answer answer, time_point now);

  /// Ends what is due: queues, attempts, pauses, fallbacks.
  template <class H>
  void expire(H& host, time_point now);

  /// The target has ended: so does every attempt and, where no other target
  /// will come, every call but those that a fallback has. `under_lock()` makes
  /// the target gone, ordered with `host.target()`.
  template <class H, class F>
  void target_ended(H& host, const failure& why, time_point now, F&& under_lock,
                    bool for_good = true);

  /// The owner has ended: nobody is sent to, everybody is answered.
  /// `under_lock()` is ordered with `host.target()`.
  template <class H, class F>
  void shut(H& host, const failure& why, time_point now, F&& under_lock);

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
  /// What only a guard with layers has, or with hooks.
  struct arms {
    arms(const policy& p, hooks x) : machines(p), extras(std::move(x)) {}

    layers machines;
    const hooks extras;
    start_queue<passage> starts;
    age_list ages;
  };

  void arm(const policy& p, hooks x) {
    armed_.set(std::make_unique<arms>(p, std::move(x)));
  }

  static duration limit_of(const policy& p) noexcept {
    return p.timeout ? p.timeout->limit : duration::max();
  }

  duration limit() const noexcept {
    return duration{limit_.load(std::memory_order_relaxed)};
  }

  bool timed() const noexcept {
    return limit() != duration::max();
  }

  /// Where the attempts of a call are admitted and counted.
  template <class H>
  static circuit& circuit_of(H& host, const journey& trip) noexcept {
    return trip.own_circuit ? *trip.own_circuit : host.machine();
  }

  static bool is_by_hand(circuit_state x) noexcept {
    return x == circuit_state::isolated || x == circuit_state::disabled;
  }

  template <class H>
  static circuit& circuit_of(H& host, const passage& p) noexcept {
    return p.trip ? circuit_of(host, *p.trip) : host.machine();
  }

  /// Settles the attempt that `x` was, at `now`.
  template <class H>
  static void settle(H& host, const entry& x, outcome what, time_point now) {
    circuit_of(host, x.payload)
      .settle(x.pass, what, saturating_sub(now, x.opened), now);
  }

  static errc code_of(refusal x) noexcept {
    return x == refusal::closed ? errc::shutting_down : errc::overloaded;
  }

  // -- arrival (stack_arrival.hpp) --------------------------------------------

  template <class H, class Parcel>
  void arrive_at(arms& x, H& host, passage&& p, Parcel&& what, time_point now,
                 time_point latest);
  template <class H, class Parcel>
  std::unique_ptr<journey> prepare(arms& x, H& host, Parcel& what,
                                   time_point now, time_point latest);
  template <class H, class Parcel>
  void take_place(arms& x, H& host, passage&& p, Parcel&& what, time_point now);
  /// Whether the target has left an attempt unanswered for too long.
  bool is_stuck(arms& x, time_point now);

  // -- attempts (stack_attempt.hpp) -------------------------------------------

  /// Sends `what`, or ends the call; the circuit decides.
  template <class H, class Parcel>
  void attempt(H& host, passage&& p, Parcel&& what, time_point now,
               time_point latest);
  /// What became of the attempt `id` before anybody was sent it.
  template <class H>
  void fail_at_once(H& host, uint64_t id, errc why, time_point now);
  template <class H>
  void not_admitted(H& host, passage p, const admission& why, time_point now);
  template <class H>
  void out_of_time(H& host, passage p, time_point now);
  /// An attempt that was settled has failed, of a call that no layer need
  /// follow.
  template <class H>
  void attempt_failed(H& host, passage p, failure e, bool timed_out,
                      time_point now);
  /// The same of a call with a journey: pauses for the next one, or ends it.
  template <class H>
  void failed(H& host, passage p, failure e, bool timed_out, time_point now);
  template <class H>
  layers::retry_decision again(arms& x, H& host, const journey& trip,
                               const failure& e,
                               const std::optional<duration>& hint,
                               time_point now);

  // -- companions (stack_companion.hpp) ---------------------------------------

  /// What is to be done with an attempt beside sending it.
  struct care {
    injected fault = injected::nothing;
    /// Whether its age counts.
    bool aged = false;
    /// What its companion is to be; null for none.
    std::unique_ptr<journey> hedge{};

    explicit operator bool() const noexcept {
      return fault != injected::nothing || aged || hedge;
    }
  };

  template <class H>
  care care_for(arms& x, H& host, journey& trip);
  template <class H, class Target, class Parcel>
  void send_attended(H& host, Target to, Parcel&& what, care y, uint64_t id,
                     time_point now, time_point due);
  template <class H>
  void pair_up(H& host, passage companion, uint64_t id, time_point now,
               time_point due);
  template <class H, class Parcel>
  void delay(H& host, Parcel&& what, uint64_t id, time_point now,
             time_point latest);
  template <class H>
  void send_delayed(H& host, passage p);
  template <class H>
  void send_hedge(H& host, passage p, time_point now);
  template <class H, class Answer>
  void hedge_answered(H& host, passage&& p, Answer answer, outcome what,
                      time_point now);
  bool hand_over(passage& p);
  template <class H>
  void dismiss(H& host, journey& trip, time_point now);
  void forget_companion(uint64_t first);

  // -- events (stack_events.hpp) ----------------------------------------------

  template <class H, class Answer>
  void followed_answered(H& host, entry&& x, Answer answer, time_point now);
  template <class H, class Answer>
  void deliver(H& host, passage&& p, Answer answer);
  template <class H, class Answer>
  void fallback_answered(H& host, passage p, Answer answer);
  template <class H>
  void expired(H& host, entry x, time_point now);
  template <class H>
  void attempt_timed_out(H& host, entry x, duration took, time_point now);

  // -- the end of a call (stack_end.hpp) --------------------------------------

  /// Ends a call that has failed: gives its place back, answers by what stands
  /// in for a failure, else by `e`.
  template <class H>
  void finish(H& host, passage p, failure e, bool timed_out, time_point now);
  /// Ends a call because of what is no failure of an attempt of its own: with
  /// the last real error where an attempt has failed before.
  template <class H>
  void end_early(H& host, passage p, failure why, retry_stop stop,
                 time_point now);
  /// The owner has ended while `p` was under way.
  template <class H>
  void cut_off(H& host, passage p, const failure& why);
  template <class H>
  void conclude(arms& x, H& host, passage p, failure e, bool timed_out,
                time_point now);
  template <class H>
  void ask_fallback(arms& x, H& host, passage p, failure e, time_point now);

  // -- places and starts (stack_places.hpp) -----------------------------------

  /// Tells the layers how an attempt has ended.
  template <class H>
  void learn(H& host, const entry& e, outcome what, time_point now);
  void give_back(journey& trip);
  void pass_place_on(arms& x);
  /// False if the call is gone: it waited too long just now.
  bool promote(arms& x, uint64_t id);
  /// Begins whoever was promoted or has paused.
  template <class H>
  void drain(H& host);
  template <class H>
  void begin(H& host, passage p);

  calls ledger_;
  /// Limit of an attempt; `duration::max()` when off.
  std::atomic<duration::rep> limit_;
  late_ptr<arms> armed_;
};

} // namespace resilience
