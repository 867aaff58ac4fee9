// A target with so many workers and one queue, behind a limit of calls at once:
// how much gets done, how long it takes, and where the limit goes.
#pragma once

#include "resilience/adaptive_limit.hpp"

#include "random_times.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace resilience::simulation {

/// From `when` after the start on the target has so many workers, and its
/// service takes so much longer.
struct capacity_change {
  duration when{};
  int32_t workers = 1;
  double slower = 1;
};

struct queue_model {
  int32_t workers = 4;
  duration service = std::chrono::milliseconds{10};
  spread services = spread::narrow;
  /// Arrivals as a share of the capacity, independent of each other; nothing:
  /// so many that somebody always waits for the limit (a closed loop).
  std::optional<double> load{};
  /// Calls that wait for the limit; further ones are rejected.
  int32_t max_waiting = 0;
  /// The target answers what its workers cannot begin at once with an error,
  /// instead of letting it wait.
  bool rejects = false;
  std::vector<capacity_change> changes{};
  duration length = std::chrono::seconds{10};
  /// What happens before counts for no mean.
  duration warm_up = std::chrono::seconds{1};
  /// Of the limit's course: a mean for each.
  duration step = std::chrono::seconds{1};
  uint64_t seed = 1;
};

/// Means after the warm-up.
struct queue_result {
  double limit = 0;
  /// The greatest mean of a step.
  double greatest_limit = 0;
  /// Successes per second.
  double throughput = 0;
  /// From being let in to the answer; of successes.
  duration latency{};
  uint64_t calls = 0;
  /// The mean limit in each step, from the start.
  std::vector<double> limits{};
};

/// A limit that stays.
queue_result run(const queue_model& model, int32_t limit);

queue_result run(const queue_model& model, const adaptive_limit& limit);

/// The smallest fixed limit with 98 % of the throughput that twice as many
/// calls as workers have, somebody always waiting.
int32_t knee(queue_model model);

} // namespace resilience::simulation
