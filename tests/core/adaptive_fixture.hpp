// A limit that follows latency, and calls to feed it with.
#pragma once

#include "resilience/adaptive_limit.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace resilience::test {

/// A limit and the calls that meet it, 1 ms apart.
struct calls {
  adaptive_limit limit;
  time_point now = at(0);

  explicit calls(const adaptive_config& cfg = {}, int32_t ceiling = 1000)
    : limit(cfg, ceiling) {}

  /// `n` results that took so long, the limit reached.
  void end(int n, duration took, outcome what = outcome::success) {
    for (int i = 0; i < n; ++i)
      limit.record(what, took, limit.limit(), now += 1ms);
  }

  /// Results of a target with so many workers, until the limit moves.
  int until_moved(int32_t workers, duration service, int at_most = 100'000) {
    auto before = limit.limit();
    for (int n = 1; n <= at_most; ++n) {
      served(1, workers, service);
      if (limit.limit() != before)
        return n;
    }
    return 0;
  }

  /// Results of a target with so many workers, the limit reached.
  void served(int n, int32_t workers, duration service) {
    for (int i = 0; i < n; ++i) {
      auto queued = std::max(limit.limit(), workers);
      end(1, service * queued / workers);
    }
  }

  /// Leaves out what the last change of the limit makes not count.
  void settle(duration took) {
    end(2 * limit.limit(), took);
  }
};

/// Knows a baseline of 10 ms, has the limit 10, and counts from here on.
inline calls knows_10ms(adaptive_config cfg = {}) {
  calls x{cfg};
  x.end(40, 10ms);
  EXPECT_TRUE(x.limit.probing());
  x.end(40, 10ms);
  EXPECT_FALSE(x.limit.probing());
  EXPECT_EQ(x.limit.limit(), 10);
  EXPECT_EQ(x.limit.baseline(), 10ms);
  // Left out: twice the seven calls of the last result before.
  x.end(14, 10ms);
  return x;
}

} // namespace resilience::test
