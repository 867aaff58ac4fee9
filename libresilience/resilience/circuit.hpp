// A circuit breaker that many threads share: the machine behind a mutex, with
// an atomic word that answers the usual cases without it.
//
// - closed: a permit is the generation, one load and a counter;
// - a success with nothing to reset writes its latency bucket and nothing else,
//   unless a window wants to know of it: that costs the mutex;
// - open: a rejection is two loads and a counter.
//
// Thread-safe. Owned by whoever shares it (the runtime's registry, guards).
// The listener runs outside the lock, one transition at a time, in order.
#pragma once

#include "resilience/brief_mutex.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/latency_histogram.hpp"
#include "resilience/random.hpp"
#include "resilience/snapshot.hpp"
#include "resilience/status.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

class circuit {
public:
  /// Must not throw. Called by the thread that caused the transition or by one
  /// that was publishing already; may call back into the circuit.
  using listener = std::function<void(const transition&)>;

  /// @param cfg `std::nullopt` for a breaker that is off.
  /// @param seed of the cooldown's jitter.
  /// @throws invalid_config_error naming every fault of `cfg`.
  circuit(std::string name, std::string provider,
          const std::optional<breaker_config>& cfg, listener on_transition = {},
          uint64_t seed = random_seed());

  circuit(const circuit&) = delete;
  circuit& operator=(const circuit&) = delete;

  // -- calls ------------------------------------------------------------------

  /// Asks for a permit. Whoever gets one settles it exactly once.
  admission admit(time_point now) {
    auto word = word_.load(std::memory_order_acquire);
    switch (state_of(word)) {
      case circuit_state::closed:
      case circuit_state::disabled:
        admitted_.fetch_add(1, std::memory_order_relaxed);
        return {rejection::none, {generation_of(word), 0}, {}};
      case circuit_state::open:
        if (auto until = open_until(); now < until) {
          rejected_.fetch_add(1, std::memory_order_relaxed);
          return {rejection::open, {}, saturating_sub(until, now)};
        }
        [[fallthrough]];
      default:
        return admit_slowly(now);
    }
  }

  /// Settles a permit after a call that took `took`. A permit that cannot be
  /// out is not `known` and changes nothing.
  settlement settle(const permit& pass, outcome what, duration took,
                    time_point now) {
    if (what == outcome::success && pass.probe == 0) {
      auto w = word_.load(std::memory_order_acquire);
      // Closed, nothing to reset or to record, and of this generation.
      if (w == word(circuit_state::closed, generation_of(w), false)
          && generation_of(w) == pass.generation) {
        latency_.record(took);
        return {true, false};
      }
    }
    return settle_slowly(pass, what, took, now, false);
  }

  /// Settles a permit whose lease ended at `deadline`, as a failure.
  settlement expire(const permit& pass, duration took, time_point deadline) {
    return settle_slowly(pass, outcome::failure, took, deadline, true);
  }

  /// Whether messages that want no answer may pass: they never probe.
  bool passes() const noexcept {
    auto s = state_of(word_.load(std::memory_order_acquire));
    return s == circuit_state::closed || s == circuit_state::disabled;
  }

  /// Applies what time alone causes.
  void advance(time_point now);

  /// Counts an answer that came after its call had been settled.
  void count_late_answer() noexcept {
    late_answers_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Counts a message without an answer that was not let through.
  void count_dropped() noexcept {
    dropped_.fetch_add(1, std::memory_order_relaxed);
  }

  // -- by hand (see circuit_breaker) ------------------------------------------

  void reset(time_point now);
  void isolate(owner who, time_point now);
  void disable(time_point now);
  void restore(owner who, time_point now);

  /// Replaces the settings in place, or returns every fault and changes
  /// nothing. `std::nullopt` turns the breaker off.
  [[nodiscard]] faults configure(const std::optional<breaker_config>& cfg,
                                 time_point now);

  // -- properties -------------------------------------------------------------

  const std::string& name() const noexcept {
    return name_;
  }

  const std::string& provider() const noexcept {
    return provider_;
  }

  /// The settings; none while the breaker is off.
  std::optional<breaker_config> config() const;

  /// Without applying what time alone causes.
  circuit_state state() const noexcept {
    return state_of(word_.load(std::memory_order_acquire));
  }

  /// The lease alone, without the lock: every call needs it.
  duration lease() const noexcept {
    return duration{lease_.load(std::memory_order_relaxed)};
  }

  /// End of the latest cooldown.
  time_point open_until() const noexcept {
    return time_point{duration{open_until_.load(std::memory_order_relaxed)}};
  }

  /// `at` and `wall` are the same instant on both clocks. The reason of the
  /// last failure is left empty: circuits know no texts.
  circuit_status status(time_point at, wall_time wall);

  circuit_metrics metrics(time_point at);

  // -- over a restart ---------------------------------------------------------

  /// Everything that should outlive the process; `at` and `wall` are the same
  /// instant. The reason of the last failure is left empty.
  circuit_snapshot snapshot(time_point at, wall_time wall) const;

  /// Another number than before if a snapshot would show another circuit, but
  /// for the passing of time. Never zero.
  uint64_t activity() const;

  /// Goes on where the circuit of `from` stopped, under this one's settings: as
  /// if it had been reconfigured in place. Calls that were under way then are
  /// forgotten. Publishes what the downtime or the settings have changed.
  /// @pre no call was made yet; `from` is valid
  void recall(const circuit_snapshot& from, time_point at, wall_time wall);

private:
  /// `heeds_success`: a success is more than a number in the totals.
  static constexpr uint64_t word(circuit_state s, uint64_t generation,
                                 bool heeds_success) noexcept {
    return generation << 4 | (heeds_success ? 8u : 0u)
           | static_cast<uint64_t>(s);
  }

  static constexpr circuit_state state_of(uint64_t w) noexcept {
    return static_cast<circuit_state>(w & 7u);
  }

  static constexpr uint64_t generation_of(uint64_t w) noexcept {
    return w >> 4;
  }

  template <class F>
  auto locked(F f);
  template <class F>
  void change(F f);
  template <class F>
  void change_by_hand(F f);
  uint64_t word_now() const noexcept;
  const window_config* window() const noexcept;
  void note(const transition& x);
  circuit_metrics totals() const;
  void recall_totals(const circuit_snapshot& from, time_point at,
                     wall_time wall);
  void publish(std::unique_lock<brief_mutex>& guard);
  admission admit_slowly(time_point now);
  settlement settle_slowly(const permit& pass, outcome what, duration took,
                           time_point now, bool expired);

  // What every call reads or writes.
  std::atomic<uint64_t> word_{};
  std::atomic<duration::rep> open_until_{0};
  std::atomic<duration::rep> lease_;
  std::atomic<uint64_t> admitted_{0};
  std::atomic<uint64_t> rejected_{0};
  std::atomic<uint64_t> late_answers_{0};
  std::atomic<uint64_t> dropped_{0};
  /// Every success and failure; successes are its total less the failures.
  latency_histogram latency_;

  // Behind the mutex.
  brief_mutex mutable mutex_;
  circuit_breaker machine_;
  uint64_t failed_ = 0;
  uint64_t neutral_ = 0;
  uint64_t late_ = 0;
  uint64_t expired_ = 0;
  uint64_t slow_calls_ = 0;
  uint64_t times_opened_ = 0;
  uint64_t transitions_ = 0;
  uint64_t changes_by_hand_ = 0;
  time_point opened_at_{};
  time_point last_failure_{};
  bool publishing_ = false;
  std::vector<transition> outbox_;

  const listener listener_;
  const std::string name_;
  const std::string provider_;
};

} // namespace resilience
