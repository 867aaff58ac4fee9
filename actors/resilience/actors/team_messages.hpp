// What a team's actor understands, with one sentence each. A guard before it
// passes all of it on.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/type_ids.hpp"
#include "resilience/restart.hpp"
#include "resilience/team_machine.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace resilience {

/// Asks how the team is; answered by a `team_status`.
struct get_team_status {};

/// Asks for a child's handle, which survives its restarts; answered by a
/// `caf::actor`, or `invalid_config` where there is no such child.
struct get_child {
  std::string name;
};

struct child_status {
  std::string name;
  child_state state = child_state::waiting;
  /// Starts beyond the first, in this team.
  uint64_t restarts = 0;
  /// Why it ended or did not start the last time, for people; empty if never.
  std::string last_end;

  friend bool operator==(const child_status&, const child_status&) = default;
};

struct team_status {
  std::string name;
  /// Why the team is over or about to be, for people; empty while it is not.
  std::string ended;
  /// In the order of their starts.
  std::vector<child_status> children{};

  friend bool operator==(const team_status&, const team_status&) = default;
};

/// From the guard of a child: its target has ended, or the guard itself.
struct child_ended {
  uint64_t child = 0;
  bool graceful = false;
  bool guard_too = false;
  std::string why;
};

RESILIENCE_INSPECT_ENUM(child_state)

template <class Inspector>
auto inspect(Inspector& f, get_team_status& x) {
  return compat::fields(f, x, "resilience::get_team_status");
}

template <class Inspector>
auto inspect(Inspector& f, get_child& x) {
  return compat::fields(f, x, "resilience::get_child",
                        compat::field("name", x.name));
}

template <class Inspector>
auto inspect(Inspector& f, child_status& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::child_status", field("name", x.name),
                        field("state", x.state), field("restarts", x.restarts),
                        field("last_end", x.last_end));
}

template <class Inspector>
auto inspect(Inspector& f, team_status& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::team_status", field("name", x.name),
                        field("ended", x.ended), field("children", x.children));
}

template <class Inspector>
auto inspect(Inspector& f, child_ended& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::child_ended",
                        field("child", x.child), field("graceful", x.graceful),
                        field("guard_too", x.guard_too), field("why", x.why));
}

} // namespace resilience
