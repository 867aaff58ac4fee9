// Makes guards, breakers and teams, and ends them with the runtime.
//
// Thread-safe. Owned by the runtime.
#pragma once

#include "resilience/actors/hooks.hpp"
#include "resilience/actors/registry.hpp"
#include "resilience/actors/services.hpp"
#include "resilience/actors/target_keeper.hpp"
#include "resilience/actors/team.hpp"
#include "resilience/actors/team_core.hpp"
#include "resilience/actors/ticker.hpp"

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace resilience {

class spawner {
public:
  spawner(caf::actor_system& sys, std::shared_ptr<ticker> timer,
          std::shared_ptr<services> common, std::shared_ptr<registry> circuits);

  /// What a user has configured goes before the policies below.
  caf::expected<caf::actor> spawn_guard(caf::strong_actor_ptr target,
                                        policy from_code, hooks x,
                                        bool takes_empty_answers);

  caf::expected<resilience::team> spawn_team(const std::string& name,
                                             std::vector<child_spec> children,
                                             const team_options& options);

  caf::expected<caf::actor> spawn_breaker(const policy& from_code);

  /// Ends them all.
  void stop();

private:
  /// A child's place before it is taken.
  struct plan {
    child_spec spec;
    /// Of its guard, with the user's settings.
    policy p;
    /// Whether its circuit is one of those that are found by name.
    bool listed;
  };

  caf::error check_guard(const caf::strong_actor_ptr& target, const policy& p,
                         const hooks& x, bool takes_empty_answers,
                         const target_keeper* keeper) const;
  caf::actor make_guard(caf::strong_actor_ptr target,
                        registry::circuit_ptr circuit, const policy& p, hooks x,
                        bool takes_empty_answers,
                        std::unique_ptr<target_keeper> keeper);
  plan plan_child(const std::string& team, child_spec x) const;
  faults check_children(const std::vector<plan>& plans) const;
  void check_circuits(faults& out, const std::vector<plan>& plans) const;
  caf::expected<team_core::seat> make_seat(plan from, size_t index);
  caf::actor track(caf::actor x);

  caf::actor_system& sys_;
  const std::shared_ptr<ticker> timer_;
  const std::shared_ptr<services> common_;
  const std::shared_ptr<registry> circuits_;
  std::mutex mutex_;
  std::vector<caf::weak_actor_ptr> spawned_;
  size_t prune_at_ = 1'024;
  /// Keeps them alive until they are over.
  std::vector<resilience::team> teams_;
};

} // namespace resilience
