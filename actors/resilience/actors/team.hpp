// Actors that are started, watched and restarted together. Each has a guard
// before it, whose handle survives its restarts. A team is an actor itself, so
// teams stand in teams.
#pragma once

#include "resilience/actors/error.hpp"
#include "resilience/actors/hooks.hpp"
#include "resilience/actors/team_messages.hpp"
#include "resilience/team_machine.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resilience {

/// A child of a team.
struct child_spec {
  /// Without `/`; differs from those of the other children.
  std::string name;
  /// Makes the child, a new one each time; `respawn_with` takes functions that
  /// return typed handles. One that fails counts as an end.
  respawn_function start;
  /// What happens to requests to it. By default nothing but that each is
  /// answered: after 60 s with `timed_out`, and with `target_down` while the
  /// child is down. Without a name of its own it has `team/child`; its circuit
  /// is then found by that name only where its breaker is on. Restarts are the
  /// team's: `restart` must not be set.
  std::optional<policy> guard{};
  /// Code beside `guard`; `respawn` must not be set.
  hooks extras{};
};

/// Most children of a team.
inline constexpr size_t max_children = 1'000;

/// Every fault of a team, those of its children's policies included.
faults validate(std::string_view name, const std::vector<child_spec>& children,
                const team_options& options);

/// What a team shows of itself, also when it is over. Thread-safe.
class team_board {
public:
  explicit team_board(team_status first) : status_(std::move(first)) {}

  team_status read() const {
    std::lock_guard<std::mutex> guard{mutex_};
    return status_;
  }

  void write(team_status x) {
    std::lock_guard<std::mutex> guard{mutex_};
    std::swap(status_, x);
  }

  /// Handles of the guards. Constant once the team runs.
  std::map<std::string, caf::actor, std::less<>> handles{};

  /// Whether everybody is stopped, or told to.
  std::atomic<bool> over{false};

private:
  std::mutex mutable mutex_;
  team_status status_;
};

/// A handle to a team: cheap to copy, thread-safe. The runtime keeps the team:
/// it runs until it is told to quit, gives up, or the runtime ends.
///
/// A team that gives up exits with `target_down`, which says why; its children
/// are stopped before, and callers of their handles get `target_down` with that
/// reason. One that quits stops its children in reverse order; callers then get
/// `shutting_down`.
class team {
public:
  team(caf::actor self, std::shared_ptr<const team_board> board)
    : self_(std::move(self)), board_(std::move(board)) {}

  /// The handle of a child. It stays the same over restarts.
  /// @throws invalid_config_error if there is no such child.
  template <class Handle = caf::actor>
  Handle child(std::string_view name) const {
    return caf::actor_cast<Handle>(find(name));
  }

  /// Like `child`, with `invalid_config` instead of an exception.
  caf::expected<caf::actor> try_child(std::string_view name) const;

  /// How the team is; also when it is over.
  team_status status() const {
    return board_->read();
  }

  /// The team as an actor: answers the messages of team_messages.hpp; an exit
  /// message ends it.
  const caf::actor& handle() const noexcept {
    return self_;
  }

  /// Whether everybody is stopped, or told to.
  bool is_over() const noexcept {
    return board_->over;
  }

  /// Stops the children in reverse order, then the team. Returns at once.
  void quit() const;

private:
  caf::actor find(std::string_view name) const;

  caf::actor self_;
  std::shared_ptr<const team_board> board_;
};

} // namespace resilience
