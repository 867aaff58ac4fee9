// Random courses of ends, starts and resets: restarts must come when a model
// says so that keeps all that ever happened and reads it anew each time.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "resilience/restart.hpp"

#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace resilience::test {

namespace {

using rc::gen::inRange;
using verdict = restart_machine::verdict;

class naive_restarts {
public:
  explicit naive_restarts(const restart_config& x) : config_(x) {}

  restart_machine::decision on_end(end_kind how, time_point now) {
    if (gave_up_)
      return {verdict::give_up, {}};
    if (how == end_kind::graceful && config_.when == restart_when::failure_only)
      return {verdict::leave, {}};
    auto recent =
      std::count_if(restarts_.begin(), restarts_.end(),
                    [&](time_point t) { return t >= now - config_.window; });
    if (recent >= config_.max_restarts) {
      gave_up_ = true;
      return {verdict::give_up, {}};
    }
    restarts_.push_back(now);
    if (running_ && now - since_ >= config_.stable_after)
      in_a_row_ = 0;
    running_ = false;
    ++in_a_row_;
    auto delay = std::min(config_.backoff.initial_delay * in_a_row_,
                          config_.backoff.max_delay);
    return {verdict::restart, now + delay};
  }

  void on_started(time_point now) {
    running_ = true;
    since_ = now;
  }

  void reset() {
    restarts_.clear();
    in_a_row_ = 0;
    gave_up_ = false;
  }

private:
  restart_config config_;
  std::vector<time_point> restarts_;
  int64_t in_a_row_ = 0;
  bool running_ = false;
  time_point since_{};
  bool gave_up_ = false;
};

RC_GTEST_PROP(restart_model, restarts_come_when_the_model_says, ()) {
  restart_config cfg;
  cfg.max_restarts = *inRange(0, 6);
  cfg.window = ms(*rc::gen::element(1, 10, 1000));
  cfg.stable_after = ms(*rc::gen::element(0, 1, 50));
  cfg.when =
    *rc::gen::element(restart_when::any_end, restart_when::failure_only);
  cfg.backoff = {.initial_delay = ms(*inRange(0, 4)),
                 .max_delay = ms(*inRange(0, 12)),
                 .kind = backoff_kind::linear,
                 .jitter = jitter_kind::none};
  RC_ASSERT(validate(cfg).empty());
  restart_machine uut{cfg};
  naive_restarts naive{cfg};
  auto now = at(0);
  auto steps = *inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    now += ms(*rc::gen::element(0, 0, 1, 9, 10, 50, 999));
    switch (*inRange(0, 12)) {
      case 0:
        uut.reset();
        naive.reset();
        break;
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        uut.on_started(now);
        naive.on_started(now);
        break;
      default: {
        auto how = *rc::gen::element(end_kind::failed, end_kind::graceful);
        auto got = uut.on_end(how, now);
        auto wanted = naive.on_end(how, now);
        RC_ASSERT(got.what == wanted.what);
        RC_ASSERT(got.at == wanted.at);
        RC_ASSERT(uut.gave_up() == (got.what == verdict::give_up));
      }
    }
  }
}

} // namespace

} // namespace resilience::test
