// When an actor that has ended is started again, and when no more: backoff and
// restart intensity, as arithmetic. Who starts it is the owner's affair.
//
// Not thread-safe; owned by one actor. Time is an argument and never goes back.
// Memory is bounded by `max_restarts`.
#pragma once

#include "resilience/backoff.hpp"
#include "resilience/random.hpp"
#include "resilience/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

/// Which ends are followed by a restart. Values are stable.
enum class restart_when : uint8_t {
  /// Every one ("permanent" in OTP).
  any_end = 0,
  /// Those that are no graceful exit ("transient" in OTP); starts that fail,
  /// too.
  failure_only = 1,
};

template <>
struct names_of<restart_when> {
  static constexpr std::pair<restart_when, const char*> list[] = {
    {restart_when::any_end, "any_end"},
    {restart_when::failure_only, "failure_only"},
  };
};

struct restart_config {
  /// Most restarts within `window`; at the next end within it nobody is started
  /// any more. 0 (never restarts) to 1,000.
  int32_t max_restarts = 5;
  /// The time in which restarts are counted. 1 ms to 365 days.
  duration window = std::chrono::seconds{60};
  /// The delay before each restart; ends and failed starts in a row make it
  /// grow.
  backoff_config backoff{};
  /// Who ran that long was well: the backoff begins anew. 0 to 365 days.
  duration stable_after = std::chrono::seconds{60};
  restart_when when = restart_when::any_end;

  friend bool operator==(const restart_config&,
                         const restart_config&) = default;
};

template <>
struct settings_of<restart_config> {
  static constexpr auto name = "restart_config";
  static constexpr auto list = std::tuple{
    setting{"max_restarts", &restart_config::max_restarts, range{0, 1000},
            "restarts within the window; the next end is final"},
    setting{"window", &restart_config::window, any_length,
            "the time in which restarts are counted"},
    setting{"backoff", &restart_config::backoff, any_value{},
            "the delay before each restart"},
    setting{"stable_after", &restart_config::stable_after, any_wait,
            "who ran that long was well, and the backoff begins anew"},
    setting{"when", &restart_config::when, any_value{},
            "which ends are followed by a restart"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const restart_config& x,
                const std::string& prefix = "restart.");

/// Most actors whose restarts are remembered: those restarted last.
inline constexpr size_t max_restart_records = 100'000;

/// How often an actor was restarted. Kept over a restart of the process.
struct restart_record {
  std::string name;
  uint64_t restarts = 0;
  wall_time last{};

  friend bool operator==(const restart_record&,
                         const restart_record&) = default;
};

/// How somebody ended.
enum class end_kind : uint8_t {
  /// As it meant to.
  graceful,
  /// By an error, a kill, or a start that failed.
  failed,
};

/// Counts restarts: so many in so long.
class restart_intensity {
public:
  /// @pre `validate(x).empty()`
  void configure(const restart_config& x);

  /// Whether one more is allowed at `now`; counts it then. A restart counts
  /// while it is no older than the window.
  bool take(time_point now);

  /// Forgets all.
  void clear() noexcept {
    times_.clear();
  }

private:
  size_t most_ = 0;
  duration window_{};
  /// The latest `most_`, oldest first.
  std::vector<time_point> times_;
};

/// The delays before the restarts of one actor.
class restart_backoff {
public:
  explicit restart_backoff(uint64_t seed) noexcept : random_state_(seed) {}

  void on_started(time_point now) noexcept {
    started_ = now;
  }

  /// The actor has ended, or its start has failed. @returns when to start it.
  time_point on_end(const restart_config& x, time_point now) noexcept;

  /// Begins anew.
  void reset() noexcept;

private:
  uint64_t random_state_;
  /// None while it does not run.
  std::optional<time_point> started_{};
  int64_t failures_ = 0;
  duration delay_{};
};

/// Intensity and backoff of one actor.
class restart_machine {
public:
  /// What follows an end.
  enum class verdict : uint8_t {
    /// It is started again, see `at`.
    restart,
    /// It ended as it meant to and stays so.
    leave,
    /// It ended too often and stays down until `reset`.
    give_up,
  };

  struct decision {
    verdict what = verdict::restart;
    /// When to start; meaningless otherwise.
    time_point at{};
  };

  /// @pre `validate(x).empty()`
  explicit restart_machine(const restart_config& x,
                           uint64_t seed = random_seed());

  /// The actor has ended, or its start has failed.
  decision on_end(end_kind how, time_point now);

  /// The actor runs.
  void on_started(time_point now) noexcept {
    backoff_.on_started(now);
  }

  /// Another chance: intensity and backoff begin anew.
  void reset() noexcept;

  /// Applies new settings in place: restarts that were counted stay.
  /// @pre `validate(x).empty()`
  void configure(const restart_config& x);

  const restart_config& config() const noexcept {
    return config_;
  }

  bool gave_up() const noexcept {
    return gave_up_;
  }

private:
  restart_config config_;
  restart_intensity intensity_;
  restart_backoff backoff_;
  bool gave_up_ = false;
};

} // namespace resilience
