// A team as an actor. Everything is in team_core.hpp; here is only what reaches
// it. Spawned by the runtime.
#pragma once

#include "resilience/actors/own_timers.hpp"
#include "resilience/actors/team_core.hpp"

#include <memory>

namespace resilience {

class team_actor final : public compat::actor_base {
public:
  /// @param core has run once.
  team_actor(caf::actor_config& cfg, std::unique_ptr<team_core> core,
             std::shared_ptr<ticker> timer);

  const char* name() const override;

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  void run();
  void wake_at(time_point due);

  std::unique_ptr<team_core> core_;
  const std::shared_ptr<ticker> timer_;
  /// Holds the guards' handles, and timers may hold this actor: only while it
  /// lives.
  std::shared_ptr<team_board> board_;
  /// With which it was told to end.
  caf::error exit_reason_;
  bool told_to_end_ = false;
  own_timers timers_;
};

} // namespace resilience
