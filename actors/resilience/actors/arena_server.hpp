// The actor behind an arena's handle: takes rounds, asks, and keeps their time.
// What a round knows is in arena_round.hpp, who takes part in arena_roster.hpp.
// Spawned by `spawn_arena`; everything runs in the actor's own context.
#pragma once

#include "resilience/actors/arena_messages.hpp"
#include "resilience/actors/arena_roster.hpp"
#include "resilience/actors/arena_round.hpp"
#include "resilience/actors/compat_actors.hpp"
#include "resilience/actors/own_timers.hpp"
#include "resilience/arena_config.hpp"

#include <caf/result.hpp>

#include <cstdint>
#include <map>
#include <memory>

namespace resilience {

class arena_server final : public compat::actor_base {
public:
  /// @param witness ends when the runtime does.
  arena_server(caf::actor_config& cfg, runtime& rt, const arena_config& config,
               std::shared_ptr<start_gate> gate, caf::strong_actor_ptr witness);

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  using rounds = std::map<uint64_t, arena_round>;

  caf::result<round_result> on_round(const start_round& x);
  void on_reply(uint64_t number, size_t agent, caf::message& answer);
  void on_time();
  faults check(const start_round& x) const;
  void skip_who_cannot(arena_round& x) const;
  void ask(uint64_t number, const arena_round& x, const caf::message& content);
  rounds::iterator finish(rounds::iterator i);
  void wake_at(time_point due);
  arena_status status() const;
  time_point now() const;

  const arena_config config_;
  arena_roster roster_;
  caf::strong_actor_ptr witness_;
  rounds rounds_;
  uint64_t started_ = 0;
  uint64_t late_ = 0;
  own_timers timers_;
};

} // namespace resilience
