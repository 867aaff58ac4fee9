// How many calls may run at once, found by watching how long they take.
//
// The knee is where more calls at once get nothing more done: from there on
// they only wait for each other. By Little's law the calls in service are
// throughput times undisturbed latency, so a latency above the undisturbed one,
// the baseline, shows how far the limit lies above the knee.
//
// Rules that hold everywhere:
// 1. Decisions are made per window of results, by mean latencies. A window has
//    as many results as their spread asks for. What ends right after a change
//    of the limit is not counted: it ran under the old one.
// 2. A latency above the baseline cuts the limit by their ratio, at most by
//    half. One that stays up after that, or a baseline that is old, is tried:
//    a window at a lower limit. If that gets as much done, the limit stays
//    there and is tried again; else what it measured is the baseline, whether
//    higher or lower than before. So a baseline never holds queueing for long,
//    and a limit cannot creep up with it.
// 3. The limit grows only in windows that reached it, faster each time.
// 4. A failure that was quicker than the baseline tells nothing about latency.
//    Where more than a tenth fail so, nothing grows, and the limit is cut for
//    as long as that makes failures fewer. Where half fail and are slow, as
//    those that time out, it is cut by half.
//
// After: the gradient of Netflix concurrency-limits (Gradient2Limit), the
// periodic measuring at few calls of Envoy's adaptive concurrency filter, and
// the bandwidth-delay product of BBR (Cardwell and others, 2016). Unlike
// Gradient2 the baseline is no long-term mean, which takes in the queueing of a
// mild overload; unlike Vegas (Brakmo and others, 1994) steps grow.
//
// Not thread-safe; owned by one guard, which has the lock.
#pragma once

#include "resilience/outcome.hpp"
#include "resilience/settings.hpp"

#include <cstdint>

namespace resilience {

struct adaptive_config {
  /// The limit is never lower, unless the ceiling is. 1 to 1,000,000.
  int32_t floor = 1;
  /// The limit before anything is known. 1 to 1,000,000.
  int32_t initial = 10;
  /// Share above the baseline from where a latency counts as queueing: smaller
  /// keeps latencies lower, and loses throughput where they vary. 0.01 to 10.
  double tolerance = 0.15;
  /// Least results of a decision; where latencies vary much it takes up to
  /// twenty times as many. 1 to 10,000.
  int32_t window_size = 20;
  /// When a busy limit is tried lower at the latest, for a new baseline, and up
  /// to a quarter later at random; sooner where calls are many. Longer means
  /// less throughput lost (about 30 % of it for one window), shorter finds a
  /// changed latency sooner. 1 ms to 365 days.
  duration probe_interval = std::chrono::seconds{30};

  friend bool operator==(const adaptive_config&,
                         const adaptive_config&) = default;
};

template <>
struct settings_of<adaptive_config> {
  static constexpr auto name = "adaptive_config";
  static constexpr auto list = std::tuple{
    setting{"floor", &adaptive_config::floor, range{1, 1'000'000},
            "the limit is never lower"},
    setting{"initial", &adaptive_config::initial, range{1, 1'000'000},
            "the limit before anything is known"},
    setting{"tolerance", &adaptive_config::tolerance, range{0.01, 10.0},
            "share above the baseline that counts as queueing"},
    setting{"window_size", &adaptive_config::window_size, range{1, 10'000},
            "least results of a decision"},
    setting{"probe_interval", &adaptive_config::probe_interval, any_length,
            "how often the limit is tried lower for a new baseline"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const adaptive_config& x,
                const std::string& prefix = "adaptive.");

/// Deterministic in its inputs, copyable, comparable, without memory of its
/// own. A result is O(1). All numbers stay finite whatever the inputs.
class adaptive_limit {
public:
  /// The limit never exceeds `ceiling` (1 to 1,000,000). `seed` varies when
  /// baselines are measured, so that the guards of a target do not do it
  /// together.
  /// @pre `validate(cfg).empty()`
  explicit adaptive_limit(const adaptive_config& cfg = {},
                          int32_t ceiling = 1'000'000,
                          uint64_t seed = 0) noexcept;

  /// A call ended at `now`, `took` after it was let in. `in_flight` are the
  /// calls that ran until then, itself included. Leave out what is no call of a
  /// user (health checks answer quicker than work does); neutral results count
  /// for nothing. An earlier instant than the last counts as that one.
  void record(outcome what, duration took, int32_t in_flight,
              time_point now) noexcept;

  /// From `floor` to the ceiling; moves only in `record` and `configure`.
  int32_t limit() const noexcept {
    return limit_;
  }

  /// What a call takes when it waits for no other; zero while unknown.
  duration baseline() const noexcept;

  /// Whether the limit is held low for a window, to measure the baseline.
  bool probing() const noexcept {
    return probing_;
  }

  /// Applies new settings in place: what was learned stays, but for a baseline
  /// where the floor falls.
  /// @pre `validate(cfg).empty()`
  void configure(const adaptive_config& cfg, int32_t ceiling) noexcept;

  const adaptive_config& config() const noexcept {
    return config_;
  }

  int32_t ceiling() const noexcept {
    return ceiling_;
  }

  friend bool operator==(const adaptive_limit&,
                         const adaptive_limit&) = default;

private:
  /// The results since the last decision.
  struct window {
    double results = 0;
    /// Those whose latency counts, with the sums of it and of its square.
    double samples = 0;
    double sum = 0;
    double squares = 0;
    double in_flight = 0;
    /// Results that came while the limit was reached.
    double reached = 0;
    double quick_failures = 0;
    double slow_failures = 0;

    friend bool operator==(const window&, const window&) = default;
  };

  /// What a window showed.
  struct reading {
    int32_t limit = 1;
    double in_flight = 1;
    double latency = 1;

    /// By Little's law, in calls per nanosecond.
    double throughput() const noexcept {
      return in_flight / latency;
    }

    friend bool operator==(const reading&, const reading&) = default;
  };

  void note_time(time_point now) noexcept;
  void add(outcome what, double took, double in_flight) noexcept;
  bool complete() const noexcept;
  bool is_reached() const noexcept;
  void decide() noexcept;
  bool cut_for_failures() noexcept;
  void follow(const reading& x) noexcept;
  void follow_queueing(const reading& x) noexcept;
  void start_probe(const reading& x, double share) noexcept;
  void note_probe() noexcept;
  void plan_probe() noexcept;
  bool is_probe_due() const noexcept;
  void end_probe(const reading& x) noexcept;
  void learn(const reading& x) noexcept;
  void set_baseline(const reading& x) noexcept;
  void grow() noexcept;
  void set_limit(double x) noexcept;
  bool is_queueing(double latency, double baseline) const noexcept;

  adaptive_config config_;
  int32_t ceiling_;
  int32_t limit_ = 1;
  uint64_t random_;
  /// Nanoseconds; 0 while unknown.
  double baseline_ = 0;
  /// The calls in flight when the baseline was measured. With more of them, a
  /// latency that creeps up may be queueing.
  double calm_ = 0;
  window window_;
  /// Results to leave out: they began under another limit.
  double left_out_ = 0;
  double last_in_flight_ = 1;
  /// Before the limit was lowered for a probe.
  reading above_;
  bool probing_ = false;
  /// The last window had a latency above the baseline.
  bool queueing_ = false;
  /// The next growth is left out.
  bool pausing_ = false;
  /// Growths in a row.
  int32_t streak_ = 0;
  /// The share of quick failures that a lower limit does not lower.
  double given_failures_ = 0;
  /// Before the limit was lowered for failures; 0 if it was not.
  int32_t limit_before_failures_ = 0;
  double share_before_failures_ = 0;
  /// Results of the last probe's window, and since then.
  double probe_results_ = 0;
  double since_probe_ = 0;
  /// How often a probe was planned since the baseline last rose.
  int32_t trust_ = 0;
  time_point next_probe_ = time_point::min();
  time_point last_ = time_point::min();
};

} // namespace resilience
