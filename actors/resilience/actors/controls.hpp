// The handles that answer for circuits by name: one hidden breaker per circuit,
// made when somebody asks.
//
// Thread-safe. Owned by the runtime, shared with its supervisor.
#pragma once

#include "resilience/actors/registry.hpp"
#include "resilience/actors/services.hpp"

#include <caf/actor.hpp>
#include <caf/expected.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string_view>

namespace resilience {

class controls {
public:
  controls(caf::actor_system& sys, std::shared_ptr<ticker> timer,
           std::shared_ptr<services> common,
           std::shared_ptr<registry> circuits);

  /// The handle of the circuit `name`, or `unknown_circuit`. May read the
  /// store.
  caf::expected<caf::actor> find(std::string_view name);

  /// The handle of the circuit of `p`'s name, made if need be, or every fault.
  /// What a user has configured goes before `p`. May read the store.
  caf::expected<caf::actor> ensure(const policy& p,
                                   registry::on_difference how);

  /// Ends them all; nobody gets one afterwards.
  void stop();

private:
  caf::expected<caf::actor> of(const registry::circuit_ptr& circuit);

  caf::actor_system& sys_;
  const std::shared_ptr<ticker> timer_;
  const std::shared_ptr<services> common_;
  const std::shared_ptr<registry> circuits_;
  std::mutex mutex_;
  std::map<const shared_circuit*, caf::actor> actors_;
  bool stopped_ = false;
};

} // namespace resilience
