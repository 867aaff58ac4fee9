// The circuit breaker as a value: no clock, no thread, no callback.
//
//   closed --failures in a row--> open --cooldown--> half_open
//   half_open --enough successes--> closed       half_open --failure--> open
//   any --isolate--> isolated --last restore--> half_open
//   any --disable--> disabled --restore--> closed      any --reset--> closed
//
// Rules that hold everywhere:
// 1. A call holds a permit. A permit counts only for the generation that gave
//    it; every change of state starts a new generation and zeroes the
//    consecutive counters, so a late result can never move the wrong state.
// 2. What time alone causes (the end of the cooldown) happens at its own
//    instant, before the event that reveals it.
// 3. Failures while open do not extend the cooldown.
// 4. Only probes are tracked one by one. Who hands permits out (the ledger)
//    refuses a second settle and expires lost permits; so a lost probe cannot
//    wedge half_open, and `success_threshold` may exceed `half_open_max_calls`.
// 5. A window, where there is one, holds the results of one closed period. It
//    trips beside the consecutive rule, on successes too.
//
// Not thread-safe; owned by one circuit (circuit.hpp), which has the lock.
#pragma once

#include "resilience/boxed.hpp"
#include "resilience/circuit_state.hpp"
#include "resilience/outcome.hpp"
#include "resilience/settings.hpp"
#include "resilience/sliding_window.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace resilience {

/// When a circuit opens and how it heals.
struct breaker_config {
  /// Failures in a row that open the circuit. 1 to 1,000,000.
  int32_t failure_threshold = 5;
  /// How long an open circuit rejects before it probes. 1 ms to 365 days.
  duration cooldown = std::chrono::seconds{30};
  /// Probes in flight at once while half-open. 1 to 10,000. More probes find a
  /// healthy upstream sooner and load a sick one more.
  int32_t half_open_max_calls = 3;
  /// Successful probes that close the circuit. 1 to 1,000,000.
  int32_t success_threshold = 2;
  /// How long a permit may stay out before it counts as a failure: the last
  /// resort for a call that nobody ever reports. A request with an attempt
  /// timeout has that instead. 1 ms to 365 days.
  duration lease = std::chrono::seconds{60};
  /// Opens the circuit also by the share of failed or slow calls.
  std::optional<window_config> window{};
  /// Factor of the cooldown for each failed round of probes since the circuit
  /// was closed. 1 to 1,000; 1 keeps the cooldown as it is.
  double cooldown_growth = 1.0;
  /// What a growing cooldown ends at. 1 ms to 365 days, and no less than
  /// `cooldown`; without growth it has no effect.
  duration max_cooldown = std::chrono::hours{1};
  /// Up to this share is added to each cooldown at random, also to the longest,
  /// so that not all clients of an upstream probe it at once. 0 to below 1.
  double cooldown_jitter = 0.0;
  /// Whether the application cannot do without what is behind the circuit: an
  /// open one is then unhealthy in the health of the whole, else degraded.
  bool critical = false;

  friend bool operator==(const breaker_config&,
                         const breaker_config&) = default;
};

template <>
struct settings_of<breaker_config> {
  static constexpr auto name = "breaker_config";
  static constexpr auto list = std::tuple{
    setting{"failure_threshold", &breaker_config::failure_threshold,
            range{1, 1'000'000}, "failures in a row that open the circuit"},
    setting{"cooldown", &breaker_config::cooldown, any_length,
            "how long an open circuit rejects before it probes"},
    setting{"half_open_max_calls", &breaker_config::half_open_max_calls,
            range{1, 10'000}, "probes in flight at once while half-open"},
    setting{"success_threshold", &breaker_config::success_threshold,
            range{1, 1'000'000}, "successful probes that close the circuit"},
    setting{"lease", &breaker_config::lease, any_length,
            "how long a permit may stay out before it counts as a failure"},
    setting{"window", &breaker_config::window, any_value{},
            "opens the circuit also by the share of failed or slow calls"},
    setting{"cooldown_growth", &breaker_config::cooldown_growth,
            range{1.0, 1000.0},
            "factor of the cooldown for each failed round of probes"},
    setting{"max_cooldown", &breaker_config::max_cooldown, any_length,
            "what a growing cooldown ends at"},
    setting{"cooldown_jitter", &breaker_config::cooldown_jitter,
            range{0.0, 1.0},
            "share added to each cooldown at random, at most, below 1"},
    setting{"critical", &breaker_config::critical, any_value{},
            "whether an open circuit is unhealthy, not just degraded"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const breaker_config& x,
                const std::string& prefix = "breaker.");

/// The right to one call.
struct permit {
  /// The generation that gave it.
  uint64_t generation = 0;
  /// The probe's number while half-open, else 0.
  uint64_t probe = 0;

  friend bool operator==(const permit&, const permit&) = default;
};

/// The answer to "may I call?".
struct admission {
  /// `none` when admitted.
  rejection reason = rejection::none;
  permit pass{};
  /// When to come back; zero where that is not known.
  duration retry_after{};

  explicit operator bool() const noexcept {
    return reason == rejection::none;
  }
};

/// What a settle did.
struct settlement {
  /// False for a permit that this machine cannot have out: nothing changed.
  bool known = false;
  /// The permit was of an earlier generation: counted, without effect.
  bool late = false;

  explicit operator bool() const noexcept {
    return known;
  }
};

/// The last generation that a store may bring back. Generations share a word
/// with the state (circuit.hpp); 10^10 transitions per second would reach this
/// after three years.
inline constexpr uint64_t max_generation = (uint64_t{1} << 60) - 2;

/// What a circuit breaker remembers over a restart of the process. Probes are
/// not part of it: nobody is left to report them.
struct breaker_memory {
  circuit_state state = circuit_state::closed;
  /// 1 to `max_generation`.
  uint64_t generation = 1;
  int32_t failures = 0;
  int32_t successes = 0;
  /// Openings from half_open since the circuit was last closed.
  int32_t reopened = 0;
  /// Owners that isolate, a bit `1 << owner` each.
  uint8_t isolation = 0;
  bool disabled_by_hand = false;
  /// Rest of the cooldown, while open.
  duration remaining{};
  /// Results in the window: all, failed, slow (a slow failure is in both).
  uint64_t window_calls = 0;
  uint64_t window_failed = 0;
  uint64_t window_slow = 0;

  friend bool operator==(const breaker_memory&,
                         const breaker_memory&) = default;
};

/// Every fault of what a store has kept: a state, an owner or a number that no
/// machine can have.
faults validate(const breaker_memory& x, const std::string& prefix = "memory.");

/// Deterministic in its inputs, copyable, comparable. Every event takes the
/// current time, which must not go back, and appends to `out` what it changed.
class circuit_breaker {
public:
  /// Equal seeds draw equal jitter.
  /// @pre `validate(cfg).empty()`
  explicit circuit_breaker(breaker_config cfg = {}, uint64_t seed = 0);

  // -- calls ------------------------------------------------------------------

  /// Asks for a permit.
  admission admit(time_point now, transitions& out);

  /// Reports what became of the call that held `pass` and took `took`.
  settlement settle(const permit& pass, outcome what, duration took,
                    time_point now, transitions& out);

  /// Applies what time alone causes.
  void advance(time_point now, transitions& out);

  // -- by hand ----------------------------------------------------------------

  /// Closes the circuit; outstanding permits become late. Ends what was set by
  /// hand; an isolation by another owner stays.
  void reset(time_point now, transitions& out);

  /// Forces the circuit open on behalf of `who`. By hand it replaces
  /// `disable`; from others it is remembered while the circuit is disabled.
  void isolate(owner who, time_point now, transitions& out);

  /// Turns the breaker off (it admits everything and trips never, but counts)
  /// or on again. A setting, not a command by hand: reset and restore keep it,
  /// and an isolation goes before it.
  void turn_off(bool off, time_point now, transitions& out);

  /// Admits everything and trips never, whoever isolates, until restored.
  void disable(time_point now, transitions& out);

  /// Takes back what `who` set. The last owner's word turns isolated into
  /// half_open; by hand, disabled into closed (or isolated, where another
  /// owner still isolates). Nothing to take back: no effect.
  void restore(owner who, time_point now, transitions& out);

  /// Applies new settings in place: state, remaining cooldown, counters,
  /// permits and what fits of the window stay.
  /// @pre `validate(cfg).empty()`
  void configure(const breaker_config& cfg, time_point now, transitions& out);

  // -- properties -------------------------------------------------------------

  bool off() const noexcept {
    return off_;
  }

  const breaker_config& config() const noexcept {
    return config_;
  }

  circuit_state state() const noexcept {
    return state_;
  }

  /// Starts at 1.
  uint64_t generation() const noexcept {
    return generation_;
  }

  int32_t failures() const noexcept {
    return failures_;
  }

  int32_t successes() const noexcept {
    return successes_;
  }

  /// End of the cooldown. @pre `state() == circuit_state::open`
  time_point open_until() const noexcept {
    return open_until_;
  }

  /// Who isolates, a bit for each, and whether it is disabled by hand.
  std::pair<uint8_t, bool> set_by_hand() const noexcept {
    return {isolation_, disabled_by_hand_};
  }

  /// What should outlive the process. Applies no time.
  breaker_memory memory(time_point now) const;

  /// Takes up where another machine with memory `x` stopped `downtime` ago; for
  /// a machine that has seen no event yet but `turn_off`. An isolation by
  /// health alone ends: whoever checks it will say so again, or is there no
  /// more. The results of a time window are as old as the downtime.
  /// @pre `validate(x).empty()`
  void recall(const breaker_memory& x, duration downtime, time_point now,
              transitions& out);

  /// The window's rates, where there is one: of the closed period, and after it
  /// has tripped until the circuit is open no more.
  std::optional<window_rates> rates(time_point now);

  friend bool operator==(const circuit_breaker&,
                         const circuit_breaker&) = default;

private:
  circuit_state at_rest(circuit_state wanted) const noexcept;
  void enter(circuit_state next, cause why, time_point at, transitions& out);
  void open(cause why, time_point at, transitions& out);
  duration next_cooldown();
  void on_success(time_point now, transitions& out);
  void on_failure(time_point now, transitions& out);
  void check_window(time_point now, transitions& out);
  bool take_probe(uint64_t probe);

  breaker_config config_;
  /// Boxed: most circuits have none, and there may be very many.
  boxed<sliding_window> window_;
  /// State of the generator of the jitter.
  uint64_t random_;
  time_point open_until_{};
  uint64_t generation_ = 1;
  uint64_t last_probe_ = 0;
  /// Numbers of the unsettled probes of this generation.
  std::vector<uint64_t> probes_;
  int32_t failures_ = 0;
  int32_t successes_ = 0;
  /// Openings from half_open since the circuit was last closed.
  int32_t reopened_ = 0;
  circuit_state state_ = circuit_state::closed;
  /// A bit per owner that isolates.
  uint8_t isolation_ = 0;
  bool disabled_by_hand_ = false;
  bool off_ = false;
};

} // namespace resilience
