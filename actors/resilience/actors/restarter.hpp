// Brings a guard a new target by a function of the user's.
//
// See target_keeper.hpp for threads. Owns what it made: the guard's end is its
// end, too.
#pragma once

#include "resilience/actors/target_keeper.hpp"

#include <memory>
#include <optional>
#include <string>

namespace resilience {

class restarter final : public target_keeper {
public:
  /// @param name of the circuit, for the counts; may be empty.
  /// @param p whose `restart` applies, if it has any.
  restarter(std::string name, std::shared_ptr<services> common,
            respawn_function make, const policy& p);

  void on_adopted(time_point now) override;
  void on_begin(time_point now) override;
  time_point on_end(const ending& x, time_point now) override;
  bool is_due(time_point now) const override;
  caf::strong_actor_ptr start(caf::actor_system& sys,
                              std::string& fault) override;
  bool on_reset() override;
  void check(faults& out, const policy& p) const override;
  void configure(const policy& p) override;
  void describe_into(policy& into) const override;
  void on_guard_end(const caf::strong_actor_ptr& target) override;

private:
  void stay_down(std::string why);

  const std::string name_;
  const std::shared_ptr<services> common_;
  respawn_function make_;
  restart_machine machine_;
  /// Whether restarts are on.
  bool on_;
  /// Whether the target is of our making.
  bool owns_ = false;
  time_point due_ = time_point::max();
};

} // namespace resilience
