// Links the guard of a team's child to the team: reports the child's end and
// leaves the rest to the team, which calls the guard's `adopt` and `expect`.
//
// See target_keeper.hpp for threads.
#pragma once

#include "resilience/actors/target_keeper.hpp"
#include "resilience/actors/team_messages.hpp"

#include <cstddef>
#include <mutex>
#include <vector>

namespace resilience {

class team_member final : public target_keeper {
public:
  explicit team_member(size_t index) : index_(index) {
    expect({true, time_point::max(), "has not started yet"});
  }

  /// To whom reports go; those made before are sent now. Any thread.
  void bind(const caf::actor& team);

  bool brings_first() const noexcept override {
    return true;
  }

  /// The first target is no restart.
  uint64_t restarts() const noexcept override;

  time_point on_end(const ending& x, time_point now) override;
  void after_end(const ending& x) override;
  void check(faults& out, const policy& p) const override;
  void on_guard_end(const caf::strong_actor_ptr& target) override;

private:
  void report(child_ended x);

  const size_t index_;
  std::mutex mutex_;
  caf::weak_actor_ptr team_;
  std::vector<child_ended> early_;
};

} // namespace resilience
