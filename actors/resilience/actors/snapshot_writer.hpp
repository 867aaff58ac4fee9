// Writes what circuits should remember: the journal's transitions when told,
// and from time to time the circuits that have changed.
//
// A detached actor where the store blocks: it has a thread of its own, and no
// call waits for it. Spawned by the runtime, driven by the supervisor.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/registry.hpp"
#include "resilience/actors/restart_counts.hpp"
#include "resilience/actors/runtime_options.hpp"
#include "resilience/actors/supervisor_messages.hpp"
#include "resilience/store/journal.hpp"

#include <caf/result.hpp>

#include <memory>

namespace resilience {

/// Saves all circuits that have changed, in bounded steps, after what waits in
/// the journal, and those of `restarts`. May block. False: the store failed.
bool save_all(registry& circuits, restart_counts& restarts, journal& into);

class snapshot_writer : public compat::actor_base {
public:
  snapshot_writer(caf::actor_config& cfg, std::shared_ptr<journal> into,
                  std::shared_ptr<registry> circuits,
                  std::shared_ptr<restart_counts> restarts,
                  const runtime_options& opts);

  const char* name() const override;

  caf::behavior make_behavior() override;

private:
  uint64_t on_flush();
  caf::result<uint64_t> on_save();
  void prune();
  retention due_retention();
  caf::result<circuit_history> on_history(const get_history& x);

  const std::shared_ptr<journal> journal_;
  const std::shared_ptr<registry> circuits_;
  const std::shared_ptr<restart_counts> restarts_;
  const retention keep_;
  time_point look_at_unused_ = time_point::min();
  /// Of the last transition that was added when the history was pruned.
  uint64_t pruned_at_ = 0;
  /// The store outlives the process.
  const bool lasts_;
};

} // namespace resilience
