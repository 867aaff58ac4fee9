// The actors of a run: callers, perhaps a guard, the HTTP client. Spawns and
// ends them. Not thread-safe; owned by the thread that plays the run.
#pragma once

#include "messages.hpp"
#include "scoreboard.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outage {

inline constexpr int callers = 4;

/// What the actors are to do.
struct setup {
  /// The page to ask for.
  std::string url;
  /// Requests per second, of all callers together.
  int rate = 1;
  /// How long the HTTP client waits.
  std::chrono::milliseconds client_timeout{};
  run_kind kind = run_kind::bare;
  /// Of the guard, where the run has one.
  resilience::policy guard{};
  resilience::runtime_options runtime{};
};

class cast {
public:
  /// @throws resilience::store_error if the runtime's database cannot be used.
  cast(caf::actor_system& sys, const setup& how,
       std::shared_ptr<scoreboard> board);

  cast(const cast&) = delete;
  cast& operator=(const cast&) = delete;

  ~cast();

  /// Callers ask from now on.
  void begin_asking();

  /// Callers ask no more; who waits goes on waiting.
  void halt_asking();

  /// Ends the runtime and the HTTP client, which answers whoever still waits.
  /// False if somebody is left without an answer.
  bool end();

  /// What the callers ask.
  const caf::actor& target() const {
    return target_;
  }

  /// Not after `end`.
  resilience::runtime& runtime() {
    return *runtime_;
  }

private:
  caf::actor guard(const setup& how);

  std::shared_ptr<scoreboard> board_;
  std::optional<resilience::runtime> runtime_;
  caf::actor http_;
  caf::actor target_;
  caf::actor observer_;
  std::vector<caf::actor> callers_;
};

} // namespace outage
