// Random courses on the small machines: limiter, bulkhead, health check. Each
// must do what a model does that is written down as plainly as the rule reads.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "resilience/bulkhead.hpp"
#include "resilience/health.hpp"
#include "resilience/rate_limiter.hpp"

#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

namespace resilience::test {

namespace {

using rc::gen::inRange;

// -- rate limiter -------------------------------------------------------------

/// Tokens times the period in nanoseconds: whole numbers, so nothing is lost.
class naive_limiter {
public:
  __extension__ using wide = __int128;

  naive_limiter(const rate_limit_config& cfg, int64_t start)
    : rate_(cfg.rate), token_(cfg.period.count()), full_(token_ * cfg.burst),
      held_(full_), now_(start) {}

  /// Nanoseconds until a call is admitted; 0 if it was.
  wide admit(int64_t now) {
    held_ = std::min(full_, held_ + rate_ * (wide{now} - now_));
    now_ = now;
    if (held_ >= token_) {
      held_ -= token_;
      return 0;
    }
    return (token_ - held_ + rate_ - 1) / rate_;
  }

private:
  wide rate_;
  wide token_;
  wide full_;
  wide held_;
  int64_t now_;
};

RC_GTEST_PROP(policy_model, limiter_admits_what_the_exact_one_does, ()) {
  rate_limit_config cfg;
  cfg.rate = *rc::gen::element(1, 3, 7, 100, 1'000'000'000);
  cfg.period = duration{*rc::gen::element<int64_t>(
    1'000'000, 1'000'003, 1'000'000'000, 31'536'000'000'000'000)};
  cfg.burst = *rc::gen::element(1, 2, 10, 1'000'000'000);
  RC_ASSERT(validate(cfg).empty());
  int64_t now = *inRange<int64_t>(-1'000'000, 1'000'000);
  rate_limiter uut{cfg};
  naive_limiter naive{cfg, now};
  auto steps = *inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    auto got = uut.admit(time_point{duration{now}});
    auto wanted = naive.admit(now);
    RC_ASSERT(got.allowed == (wanted == 0));
    RC_ASSERT(got.retry_after.count() == static_cast<int64_t>(wanted));
    // Often to the very nanosecond of the promise, or one before.
    auto gap = got.retry_after.count() + *inRange<int64_t>(-1, 2);
    now += *rc::gen::element<int64_t>(0, std::max<int64_t>(0, gap),
                                      cfg.period.count() / cfg.rate);
  }
}

// -- bulkhead -----------------------------------------------------------------

RC_GTEST_PROP(policy_model, bulkhead_serves_in_order_and_loses_nobody, ()) {
  bulkhead_config cfg{.max_concurrent = *inRange(1, 5),
                      .max_queue = *inRange(0, 6)};
  bulkhead uut{cfg};
  size_t places = 0;
  std::deque<uint64_t> queue;
  uint64_t next_id = 1;
  auto room = [&] { return places < static_cast<size_t>(cfg.max_concurrent); };
  auto steps = *inRange(1, 300);
  for (int i = 0; i < steps; ++i) {
    switch (*inRange(0, 7)) {
      case 0:
      case 1:
      case 2: {
        auto id = next_id++;
        auto wanted = bulkhead::entry::full;
        if (room()) {
          ++places;
          wanted = bulkhead::entry::granted;
        } else if (queue.size() < static_cast<size_t>(cfg.max_queue)) {
          queue.push_back(id);
          wanted = bulkhead::entry::queued;
        }
        RC_ASSERT(uut.enter(id) == wanted);
        break;
      }
      case 3:
      case 4: {
        std::optional<uint64_t> wanted;
        if (places > 0) {
          --places;
          if (room() && !queue.empty()) {
            ++places;
            wanted = queue.front();
            queue.pop_front();
          }
        }
        RC_ASSERT(uut.leave() == wanted);
        break;
      }
      case 5: {
        auto id = *inRange<uint64_t>(0, next_id + 2);
        auto found = std::find(queue.begin(), queue.end(), id);
        RC_ASSERT(uut.abandon(id) == (found != queue.end()));
        if (found != queue.end())
          queue.erase(found);
        break;
      }
      default: {
        cfg.max_concurrent = *inRange(1, 5);
        cfg.max_queue = *inRange(0, 6);
        std::vector<uint64_t> wanted;
        for (; room() && !queue.empty(); queue.pop_front(), ++places)
          wanted.push_back(queue.front());
        RC_ASSERT(uut.configure(cfg) == wanted);
      }
    }
    RC_ASSERT(uut.in_use() == places);
    RC_ASSERT(uut.queued() == queue.size());
  }
}

// -- health check -------------------------------------------------------------

/// Looks through all results so far each time it is asked.
health_status naive_health(const health_check_config& cfg,
                           const std::vector<std::pair<int64_t, bool>>& results,
                           int64_t now) {
  if (results.empty() || now - results.back().first > max_age_of(cfg).count())
    return health_status::unknown;
  auto status = health_status::unknown;
  int32_t good = 0;
  int32_t bad = 0;
  for (const auto& [when, success] : results) {
    good = success ? good + 1 : 0;
    bad = success ? 0 : bad + 1;
    if (success) {
      if (status != health_status::unhealthy || good >= cfg.healthy_after)
        status = health_status::healthy;
    } else if (bad >= cfg.unhealthy_after) {
      status = health_status::unhealthy;
    } else if (status != health_status::unhealthy) {
      status = health_status::degraded;
    }
  }
  return status;
}

RC_GTEST_PROP(policy_model, health_is_what_all_results_say, ()) {
  health_check_config cfg{.unhealthy_after = *inRange(1, 5),
                          .healthy_after = *inRange(1, 5)};
  health_check_state uut{cfg};
  std::vector<std::pair<int64_t, bool>> results;
  auto longest = 2 * max_age_of(cfg).count();
  int64_t now = 0;
  auto steps = *inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    now += *rc::gen::element<int64_t>(0, 1, longest / 2, longest / 2 + 1,
                                      longest / 20);
    time_point at_now{duration{now}};
    RC_ASSERT(uut.status(at_now) == naive_health(cfg, results, now));
    auto success = *rc::gen::arbitrary<bool>();
    success ? uut.success(at_now) : uut.failure(at_now);
    results.emplace_back(now, success);
    RC_ASSERT(uut.status(at_now) == naive_health(cfg, results, now));
  }
}

} // namespace

} // namespace resilience::test
