// Who of a team's children is started and stopped next, and when: the rules of
// OTP's supervisors with a backoff, as a value. The owner does what `next` says
// and reports what became of it.
//
// Rules:
// 1. Starts go in list order, stops in reverse, one after the other; nobody is
//    started while anybody is being stopped.
// 2. An end counts against the whole team's intensity, but for that of a child
//    which is to be stopped anyway. Backoffs are each child's own.
// 3. Who depends on a child that has ended (`strategy`) is stopped and started
//    with it.
// 4. One end too many, or `quit`, stops everybody; then the team is over.
//
// Not thread-safe; owned by one actor. Time is an argument and never goes back.
#pragma once

#include "resilience/restart.hpp"
#include "resilience/settings.hpp"
#include "resilience/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

/// Who is restarted with a child that has ended. Values are stable.
enum class team_strategy : uint8_t {
  /// Nobody else.
  one_for_one = 0,
  /// Those after it in the list.
  rest_for_one = 1,
  /// All.
  one_for_all = 2,
};

template <>
struct names_of<team_strategy> {
  static constexpr std::pair<team_strategy, const char*> list[] = {
    {team_strategy::one_for_one, "one_for_one"},
    {team_strategy::rest_for_one, "rest_for_one"},
    {team_strategy::one_for_all, "one_for_all"},
  };
};

struct team_options {
  team_strategy strategy = team_strategy::one_for_one;
  /// The intensity holds for all children together.
  restart_config restart{};
  /// How long a child may take to exit when it is told to; then it is killed. 1
  /// ms to 365 days.
  duration stop_limit = std::chrono::seconds{5};

  friend bool operator==(const team_options&, const team_options&) = default;
};

template <>
struct settings_of<team_options> {
  static constexpr auto name = "team_options";
  static constexpr auto list = std::tuple{
    setting{"strategy", &team_options::strategy, any_value{},
            "who is restarted with a child that has ended"},
    setting{"restart", &team_options::restart, any_value{},
            "when children are restarted, and when no more"},
    setting{"stop_limit", &team_options::stop_limit, any_length,
            "how long a child may take to exit"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const team_options& x, const std::string& prefix = {});

/// What a child of a team does. Values are stable.
enum class child_state : uint8_t {
  /// To be started when its time has come.
  waiting = 0,
  running = 1,
  /// Told to exit.
  stopping = 2,
  /// For good.
  stopped = 3,
};

template <>
struct names_of<child_state> {
  static constexpr std::pair<child_state, const char*> list[] = {
    {child_state::waiting, "waiting"},
    {child_state::running, "running"},
    {child_state::stopping, "stopping"},
    {child_state::stopped, "stopped"},
  };
};

class team_machine {
public:
  enum class verb : uint8_t {
    start,
    /// Tell it to exit.
    stop,
    /// It did not exit in time.
    kill,
    /// Everybody is stopped: the team is over. `child` has no meaning.
    end,
  };

  struct order {
    verb what;
    size_t child = 0;

    friend bool operator==(const order&, const order&) = default;
  };

  /// All children are to be started at `now`.
  /// @pre `validate(x).empty()`
  team_machine(size_t children, const team_options& x, time_point now,
               uint64_t seed = random_seed());

  /// What to do now; ask again until there is nothing. A start is answered by
  /// `on_started` or `on_end` before the next question.
  std::optional<order> next(time_point now);

  /// When to ask again if nothing happens; the end of time for never.
  time_point due() const noexcept;

  void on_started(size_t child, time_point now) noexcept;

  /// The child has ended, or its start has failed.
  void on_end(size_t child, end_kind how, time_point now);

  /// Stops all, for good.
  void quit() noexcept;

  // -- properties -------------------------------------------------------------

  size_t size() const noexcept {
    return children_.size();
  }

  child_state state(size_t child) const noexcept {
    return children_[child].state;
  }

  /// When a waiting child is due, if nothing goes wrong before.
  time_point due(size_t child) const noexcept {
    return children_[child].due;
  }

  /// Starts beyond the first.
  uint64_t restarts(size_t child) const noexcept {
    return std::max(children_[child].starts, uint64_t{1}) - 1;
  }

  /// Whose end was one too many; none unless the team gave up.
  std::optional<size_t> culprit() const noexcept {
    return culprit_;
  }

  /// Whether all are being stopped for good.
  bool ending() const noexcept {
    return ending_;
  }

private:
  struct entry {
    explicit entry(uint64_t seed) noexcept : backoff(seed) {}

    restart_backoff backoff;
    child_state state = child_state::waiting;
    /// Runs, and is to be stopped or was told to.
    bool doomed = false;
    time_point due{};
    uint64_t starts = 0;
  };

  void restart_with(size_t first, time_point due) noexcept;
  bool restarts_together(size_t a, size_t b) const noexcept;
  std::optional<order> next_stop(time_point now) noexcept;
  size_t next_start() const noexcept;

  team_options options_;
  restart_intensity intensity_;
  std::vector<entry> children_;
  /// Who is being stopped, and until when it has time; `size()`: nobody.
  size_t stopping_;
  time_point kill_at_ = time_point::max();
  std::optional<size_t> culprit_{};
  bool ending_ = false;
  bool over_ = false;
};

} // namespace resilience
