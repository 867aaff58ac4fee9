// The agents of an arena, each behind its guard.
//
// Not thread-safe; owned by the arena's actor. Needs the runtime to take
// somebody in, and only then: the runtime's gate is closed before it ends.
#pragma once

#include "resilience/actors/arena_messages.hpp"
#include "resilience/actors/arena_round.hpp"
#include "resilience/actors/guard.hpp"
#include "resilience/actors/runtime.hpp"
#include "resilience/actors/start_gate.hpp"
#include "resilience/arena_config.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace resilience {

class arena_roster {
public:
  /// @param gate lets nobody in once the runtime ends.
  arena_roster(runtime& rt, const arena_config& config,
               std::shared_ptr<start_gate> gate);

  /// Takes an agent in, or says why not.
  /// @param arena who must not be among its own agents.
  caf::error join(const join_arena& x, const caf::actor_control_block* arena);

  /// Lets it go, or says why not.
  caf::error leave(const std::string& name);

  void clear();

  /// Places for a round, sorted by name.
  std::vector<arena_round::seat> seats() const;

  /// Why an agent cannot be asked now; no error if it seems that it can.
  caf::error obstacle(const std::string& name, time_point now) const;

  /// Adds up what became of agents; those who left are forgotten.
  void count(const arena_round& x);

  std::vector<agent_status> status() const;

private:
  struct member {
    /// Its guard.
    caf::actor handle;
    guard* before = nullptr;
    /// As it came.
    caf::actor_addr agent;
    uint64_t answered = 0;
    uint64_t failed = 0;
    uint64_t skipped = 0;
  };

  faults check(const join_arena& x,
               const caf::actor_control_block* arena) const;
  caf::expected<caf::actor> guarded(const join_arena& x);

  runtime& rt_;
  const arena_config& config_;
  const std::shared_ptr<start_gate> gate_;
  std::map<std::string, member, std::less<>> members_;
};

} // namespace resilience
