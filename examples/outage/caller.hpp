// Asks at a steady rate, whether or not answers come: like real users, callers
// do not slow down because the upstream does.
#pragma once

#include "messages.hpp"
#include "scoreboard.hpp"

#include <resilience/actors/compat.hpp>

#include <memory>

namespace outage {

class caller : public resilience::compat::actor_base {
public:
  /// @param first when to ask first, from `begin` on.
  /// @param gap from one request to the next.
  caller(caf::actor_config& cfg, caf::actor upstream,
         std::shared_ptr<scoreboard> board, resilience::duration first,
         resilience::duration gap);

  caf::behavior make_behavior() override;

  void on_exit() override;

private:
  void on_beat();
  void ask();

  caf::actor upstream_;
  std::shared_ptr<scoreboard> board_;
  resilience::duration first_;
  resilience::duration gap_;
  resilience::time_point next_{};
  bool asking_ = false;
};

} // namespace outage
