// What happened in one run, as the callers saw it.
#pragma once

#include <resilience/actors/messages.hpp>
#include <resilience/time.hpp>

#include <mutex>
#include <string>
#include <vector>

namespace outage {

using resilience::clock;
using resilience::duration;
using resilience::time_point;

enum class run_kind {
  bare,
  /// With circuit breaker and timeout.
  guarded,
  /// With retry and a fallback as well.
  armed,
};

const char* to_string(run_kind x);

enum class answer_kind {
  ok,
  /// The guard answered with what it had kept for such a case.
  fallback,
  /// The guard turned the request away.
  rejected,
  /// The guard waited long enough.
  guard_timeout,
  /// The HTTP client waited long enough.
  client_timeout,
  /// The connection was refused or broken.
  refused,
};

constexpr bool is_failure(answer_kind x) {
  return x != answer_kind::ok && x != answer_kind::fallback
         && x != answer_kind::rejected;
}

struct answer {
  time_point asked{};
  duration wait{};
  answer_kind kind = answer_kind::ok;
};

/// A change of the circuit's state.
struct change {
  time_point at{};
  resilience::transition_event event{};
};

/// All that was recorded.
struct records {
  std::vector<answer> answers;
  /// When a request went to nginx.
  std::vector<time_point> sent;
  std::vector<change> changes;
  int in_flight = 0;
  int worst_in_flight = 0;
};

/// Totals, for the screen.
struct totals {
  int ok = 0;
  int fallback = 0;
  int failed = 0;
  int rejected = 0;
  int in_flight = 0;
};

/// Thread-safe.
class scoreboard {
public:
  /// A caller asks.
  void asked();

  /// A caller has its answer.
  void answered(time_point asked, time_point now, answer_kind kind);

  /// A request goes to nginx.
  void sent();

  void changed(const resilience::transition_event& x);

  totals total() const;

  /// The changes from the one numbered `first` on.
  std::vector<change> changes_from(size_t first) const;

  /// Waits of the answers that came at `since` or later.
  std::vector<duration> waits_since(time_point since) const;

  records all() const;

private:
  mutable std::mutex mutex_;
  records records_;
  totals totals_;
};

} // namespace outage
