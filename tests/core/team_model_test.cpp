// Random courses of a team: whatever happens, orders keep the rules.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "resilience/team_machine.hpp"

#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace resilience::test {

namespace {

using rc::gen::inRange;
using verb = team_machine::verb;

/// Knows who lives, and nothing of the machine's reasons.
class witness {
public:
  witness(team_machine& uut, team_strategy strategy)
    : uut_(uut), strategy_(strategy), alive_(uut.size()) {}

  /// Follows all orders of one instant.
  void follow(time_point now) {
    auto last_stop = uut_.size();
    for (int i = 0; i < 10'000; ++i) {
      auto next = uut_.next(now);
      if (!next)
        return;
      RC_ASSERT(!over);
      switch (next->what) {
        case verb::start:
          last_stop = uut_.size(); // another round may follow
          start(next->child, now);
          break;
        case verb::stop:
          RC_ASSERT(alive_[next->child]);
          RC_ASSERT(!stopping);
          RC_ASSERT(next->child < last_stop);
          last_stop = next->child;
          stopping = next->child;
          told_at_ = now;
          if (*inRange(0, 3) > 0)
            end(next->child, end_kind::graceful, now);
          break;
        case verb::kill:
          RC_ASSERT(stopping == next->child);
          RC_ASSERT(now - told_at_ >= ms(20));
          end(next->child, end_kind::failed, now);
          break;
        default:
          RC_ASSERT(!any_alive());
          over = true;
      }
    }
    RC_FAIL("orders without end");
  }

  void end(size_t child, end_kind how, time_point now) {
    alive_[child] = false;
    if (stopping == child)
      stopping.reset();
    uut_.on_end(child, how, now);
  }

  bool alive(size_t child) const {
    return alive_[child];
  }

  bool any_alive() const {
    return std::find(alive_.begin(), alive_.end(), true) != alive_.end();
  }

  std::optional<size_t> stopping{};
  bool over = false;

private:
  void start(size_t child, time_point now) {
    RC_ASSERT(!alive_[child]);
    RC_ASSERT(!stopping);
    RC_ASSERT(!uut_.ending());
    RC_ASSERT(uut_.due(child) <= now);
    // Whoever it depends on runs, or ended gracefully and stays so.
    if (strategy_ != team_strategy::one_for_one)
      for (size_t i = 0; i < child; ++i)
        RC_ASSERT(alive_[i] || uut_.state(i) == child_state::stopped);
    if (*inRange(0, 5) == 0)
      return end(child, end_kind::failed, now);
    alive_[child] = true;
    uut_.on_started(child, now);
  }

  team_machine& uut_;
  team_strategy strategy_;
  std::vector<bool> alive_;
  time_point told_at_{};
};

RC_GTEST_PROP(team_model, orders_keep_the_rules, ()) {
  team_options o;
  o.strategy =
    *rc::gen::element(team_strategy::one_for_one, team_strategy::rest_for_one,
                      team_strategy::one_for_all);
  o.restart.max_restarts = *inRange(0, 20);
  o.restart.window = ms(*rc::gen::element(1, 100, 1000));
  o.restart.when =
    *rc::gen::element(restart_when::any_end, restart_when::failure_only);
  o.restart.backoff = {.initial_delay = ms(*inRange(0, 10)),
                       .max_delay = ms(30)};
  o.stop_limit = ms(20);
  RC_ASSERT(validate(o).empty());
  auto n = *inRange<size_t>(1, 6);
  auto now = at(0);
  team_machine uut{n, o, now, *rc::gen::arbitrary<uint64_t>()};
  witness w{uut, o.strategy};
  w.follow(now);
  auto steps = *inRange(1, 100);
  for (int i = 0; i < steps; ++i) {
    // As often as not to the very instant that was asked for.
    if (auto due = uut.due(); due != time_point::max() && *inRange(0, 2) == 0)
      now = std::max(now, due);
    else
      now += ms(*rc::gen::element(0, 1, 5, 50));
    auto child = *inRange<size_t>(0, n);
    if (*inRange(0, 60) == 0)
      uut.quit();
    else if (w.alive(child))
      w.end(child, *rc::gen::element(end_kind::failed, end_kind::graceful),
            now);
    w.follow(now);
  }
  // In the end nothing is stuck: it comes to rest, or to its end.
  uut.quit();
  for (int i = 0; i < 1000 && !w.over; ++i) {
    now = std::max(now, std::min(uut.due(), now + ms(1000)));
    w.follow(now);
  }
  RC_ASSERT(w.over);
}

} // namespace

} // namespace resilience::test
