// Makes health checkers and keeps them: they work in the background, whether or
// not anybody holds their handle, until told to quit or the runtime ends.
//
// Thread-safe. Owned by the runtime.
#pragma once

#include "resilience/actors/health_checker.hpp"
#include "resilience/actors/health_options.hpp"
#include "resilience/actors/registry.hpp"
#include "resilience/actors/runtime_options.hpp"
#include "resilience/health_board.hpp"

#include <caf/expected.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace resilience {

/// Names of parts of the whole's health that are no checkers: the store, and
/// circuits, whose name follows.
inline constexpr std::string_view store_part = "store";
inline constexpr std::string_view circuit_part = "circuit:";

class health_factory {
public:
  health_factory(caf::actor_system& sys, std::shared_ptr<ticker> timer,
                 std::shared_ptr<services> common,
                 std::shared_ptr<registry> circuits,
                 const runtime_options& opts);

  /// A checker, or `invalid_config` with every fault, or `limit_reached`.
  caf::expected<caf::actor> spawn(const std::string& name, probe what,
                                  const health_check_config& config,
                                  health_options x);

  /// The last report of each checker that lives.
  health_board board();

  /// Ends all.
  void stop();

private:
  /// What checkers have said; they write to it.
  struct reports {
    std::mutex mutex;
    health_board board;
  };

  using checkers = std::map<std::string, caf::actor>;

  static faults check(const std::string& name, const probe& what,
                      const health_check_config& config,
                      const health_options& x);
  void check_isolation(faults& out, const probe& what,
                       const std::string& circuit,
                       const shared_circuit* found) const;
  static void put(reports& into, health_report x, time_point now);
  void forget_ended(std::vector<caf::actor>& forgotten);
  health_observer reporting(health_observer next) const;

  caf::actor_system& sys_;
  const std::shared_ptr<ticker> timer_;
  const std::shared_ptr<services> common_;
  const std::shared_ptr<registry> circuits_;
  const runtime_options opts_;
  std::mutex mutex_;
  checkers checkers_;
  const std::shared_ptr<reports> reports_ = std::make_shared<reports>();
};

} // namespace resilience
