// Does what a team's machine says: starts and stops the children behind their
// guards, and tells callers and the board.
//
// Not thread-safe; owned by the team's actor. Runs once before there is one, so
// that the children are there when the application gets the team.
#pragma once

#include "resilience/actors/guard.hpp"
#include "resilience/actors/services.hpp"
#include "resilience/actors/team.hpp"
#include "resilience/actors/team_member.hpp"
#include "resilience/actors/ticker.hpp"
#include "resilience/team_machine.hpp"

#include <memory>
#include <string>
#include <vector>

namespace resilience {

class team_core {
public:
  /// A child and the guard before it.
  struct seat {
    std::string name;
    respawn_function start;
    caf::actor handle;
    /// The guard behind `handle`, and its keeper.
    guard* before = nullptr;
    team_member* member = nullptr;
    caf::strong_actor_ptr child{};
    std::string last_end{};
  };

  team_core(caf::actor_system& sys, std::shared_ptr<services> common,
            std::shared_ptr<ticker> timer, std::string name,
            std::vector<seat> seats, const team_options& options);

  /// Does all that is to be done now. @returns whether the team is over.
  bool run();

  /// When to `run` again if nothing happens.
  time_point due() const noexcept {
    return machine_.due();
  }

  void on_ended(const child_ended& x);

  /// Stops all; `run` says when that is done.
  void quit(std::string why);

  /// Ends all at once: nobody will call `run` any more.
  void abandon();

  /// Why the team is over; the default error where it was told to quit.
  caf::error reason() const;

  void bind(const caf::actor& self);

  const std::shared_ptr<team_board>& board() const noexcept {
    return board_;
  }

private:
  void start(size_t i);
  void stop(size_t i, caf::exit_reason why);
  void finish();
  void tell_callers();
  void publish();
  std::string why_given_up(size_t culprit) const;

  caf::actor_system& sys_;
  const std::shared_ptr<services> common_;
  const std::shared_ptr<ticker> timer_;
  const std::string name_;
  std::vector<seat> seats_;
  const team_options options_;
  team_machine machine_;
  const std::shared_ptr<team_board> board_;
  /// For people; empty while the team is to go on.
  std::string ended_;
};

} // namespace resilience
