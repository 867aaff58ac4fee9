// What a run comes to.
#pragma once

#include "scoreboard.hpp"

#include <optional>
#include <string>
#include <vector>

namespace outage {

/// When what was done to nginx.
struct timeline {
  time_point start{};
  time_point hung{};
  time_point killed{};
  /// It takes connections again.
  time_point back{};
  time_point end{};
};

struct summary {
  run_kind kind = run_kind::bare;
  int answers = 0;
  int ok = 0;
  int fallbacks = 0;
  int rejected = 0;
  int guard_timeouts = 0;
  int client_timeouts = 0;
  int refused = 0;
  /// Failures before the outage: there should be none.
  int early_failures = 0;
  /// Requests that nobody has answered: there should be none.
  int unanswered = 0;
  /// What a caller waited for an answer, whatever it was.
  duration median{};
  duration p99{};
  /// The same, of requests made while nginx was up before the outage.
  duration median_up{};
  /// The same, of requests made during the outage.
  duration median_out{};
  duration p99_out{};
  duration median_rejected{};
  int worst_in_flight = 0;
  /// Requests that went to nginx during the outage.
  int sent_out = 0;
  /// From the outage to the first rejection.
  std::optional<duration> to_rejection{};
  /// From nginx's return to the first success.
  std::optional<duration> to_success{};
  std::vector<change> changes{};
  timeline when{};

  int failed() const {
    return guard_timeouts + client_timeouts + refused;
  }
};

summary summarise(run_kind kind, const timeline& when, const records& all);

/// The three runs, in the order of `run_kind`.
using summaries = std::vector<summary>;

/// The value below which `part` (0 to 1) of `xs` lie; zero for none.
duration percentile(std::vector<duration> xs, double part);

/// What the runs should have shown and did not; empty if all is well.
std::vector<std::string> faults(const summaries& runs);

} // namespace outage
