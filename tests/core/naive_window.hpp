// The rules of the window as plainly as they read: a list of results and a
// count over it. Slow on purpose.
#pragma once

#include "resilience/sliding_window.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace resilience::test {

class naive_window {
public:
  struct result {
    int64_t second;
    bool failed;
    bool slow;
  };

  explicit naive_window(const window_config& x) : cfg(x) {}

  void record(outcome what, duration took, time_point now) {
    if (what == outcome::neutral)
      return;
    results.push_back({second_of(now), what == outcome::failure,
                       took > cfg.slow_call_duration});
    forget(now);
  }

  void configure(const window_config& next, time_point now) {
    auto other = next.kind != cfg.kind;
    forget(now);
    cfg = next;
    if (other) {
      results.clear();
      newest = std::numeric_limits<int64_t>::min();
    }
    forget(now);
  }

  window_rates rates(time_point now) {
    forget(now);
    window_rates x;
    x.buffered_calls = results.size();
    for (const auto& r : results) {
      x.failed_calls += r.failed;
      x.slow_calls += r.slow;
    }
    auto n = static_cast<double>(results.size());
    auto minimum = cfg.minimum_calls;
    if (cfg.kind == window_kind::count && minimum > cfg.window_size)
      minimum = cfg.window_size;
    if (n >= minimum) {
      x.failure_rate = static_cast<double>(x.failed_calls * 100) / n;
      x.slow_call_rate = static_cast<double>(x.slow_calls * 100) / n;
    }
    return x;
  }

  bool trips(time_point now) {
    auto x = rates(now);
    return (x.failure_rate != -1
            && x.failure_rate >= cfg.failure_rate_threshold)
           || (x.slow_call_rate != -1
               && x.slow_call_rate >= cfg.slow_call_rate_threshold);
  }

  window_config cfg;
  std::vector<result> results;

private:
  static int64_t second_of(time_point t) {
    auto ns = t.time_since_epoch().count();
    auto whole = ns / 1'000'000'000;
    return ns % 1'000'000'000 < 0 ? whole - 1 : whole;
  }

  // What is not in the window now will never be again.
  void forget(time_point now) {
    if (cfg.kind == window_kind::count) {
      auto size = static_cast<size_t>(cfg.window_size);
      if (results.size() > size)
        results.erase(results.begin(), results.end() - cfg.window_size);
      return;
    }
    newest = std::max(newest, second_of(now));
    std::erase_if(results, [&](const result& r) {
      return newest > r.second + cfg.window_size - 1;
    });
  }

  int64_t newest = std::numeric_limits<int64_t>::min();
};

} // namespace resilience::test
