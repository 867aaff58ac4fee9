// A round under way: what agents have said, and who waits for the result.
//
// Not thread-safe; owned by the arena's actor.
#pragma once

#include "resilience/actors/arena_messages.hpp"
#include "resilience/round_machine.hpp"

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/response_promise.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace resilience {

class arena_round {
public:
  /// Who takes part.
  struct seat {
    std::string name;
    /// Its guard, kept for as long as the round.
    caf::actor handle;
    /// The guard's circuit.
    std::string circuit;
    /// Answered, or instead of an answer.
    caf::message content{};
    bool by_guard = false;
    caf::error why{};
  };

  /// @param seats sorted by name; nothing is heard yet.
  arena_round(uint64_t number, std::vector<seat> seats, size_t quorum,
              time_point deadline, caf::response_promise asker);

  /// Whether they count.
  bool on_skip(size_t agent, caf::error why);

  /// Any answer of the agent's guard.
  /// @param by_guard whether the guard speaks for itself.
  bool on_reply(size_t agent, caf::message content, bool by_guard);

  bool on_time(time_point now);

  const round_machine& machine() const noexcept {
    return machine_;
  }

  const std::vector<seat>& seats() const noexcept {
    return seats_;
  }

  /// Answers who asked.
  /// @pre the round is over
  void finish();

  /// Answers who asked with an error.
  void fail(caf::error why);

private:
  round_result result();

  uint64_t number_;
  round_machine machine_;
  std::vector<seat> seats_;
  caf::response_promise asker_;
};

} // namespace resilience
