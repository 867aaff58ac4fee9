// One question put to several agents: who has answered, and when that is
// enough. A value; its owner asks the agents and reports what becomes of it.
//
// Rules:
// 1. Each agent counts once: its first answer, failure or skip. What comes
//    later, or after the end of the round, counts nothing.
// 2. With a quorum the round ends with that answer, or as soon as those who may
//    still answer are too few. Without one it ends when everybody is heard.
// 3. At the deadline whoever is not heard has failed, and the round is over.
// 4. A round ends once.
//
// Not thread-safe; owned by one actor. Time is an argument and never goes back.
#pragma once

#include "resilience/settings.hpp"
#include "resilience/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace resilience {

/// Why a round is over. Values are stable.
enum class round_end : uint8_t {
  /// As many have answered as were wanted.
  quorum = 0,
  /// Everybody is heard, and there was no quorum to reach.
  complete = 1,
  /// Those who may still answer are too few for the quorum.
  unreachable = 2,
  /// Its time is over.
  deadline = 3,
};

template <>
struct names_of<round_end> {
  static constexpr std::pair<round_end, const char*> list[] = {
    {round_end::quorum, "quorum"},
    {round_end::complete, "complete"},
    {round_end::unreachable, "unreachable"},
    {round_end::deadline, "deadline"},
  };
};

/// What has become of an agent in a round.
enum class part : uint8_t {
  /// Asked, or to be asked.
  open,
  answered,
  failed,
  /// Could not be asked.
  skipped,
};

class round_machine {
public:
  /// @param agents who take part, numbered from 0.
  /// @param quorum how many answers are wanted; 0: everybody is waited for.
  round_machine(size_t agents, size_t quorum, time_point deadline);

  // -- events: whether they count ---------------------------------------------

  /// @pre `agent` takes part, as for the next two
  bool on_answer(size_t agent);
  bool on_failure(size_t agent);
  bool on_skip(size_t agent);

  /// Whether the deadline has come and ended the round.
  bool on_time(time_point now);

  // -- properties -------------------------------------------------------------

  /// Why the round is over; none while it is not.
  std::optional<round_end> end() const noexcept {
    return end_;
  }

  part of(size_t agent) const {
    return parts_[agent];
  }

  time_point deadline() const noexcept {
    return deadline_;
  }

private:
  bool settle(size_t agent, part what);
  void decide() noexcept;

  std::vector<part> parts_;
  size_t quorum_;
  size_t open_;
  size_t answered_ = 0;
  time_point deadline_;
  std::optional<round_end> end_{};
};

} // namespace resilience
