// Random courses of a round beside a naive one that keeps all events and
// counts them anew each time.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "resilience/round_machine.hpp"

#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace resilience::test {

namespace {

using rc::gen::inRange;

/// What was said in a round, and by whom.
struct naive_round {
  size_t agents;
  size_t quorum;
  time_point deadline;
  std::vector<part> said;
  std::optional<round_end> over;

  size_t count(part x) const {
    return static_cast<size_t>(std::count(said.begin(), said.end(), x));
  }

  void look(time_point now) {
    if (over)
      return;
    auto answers = count(part::answered);
    auto open = count(part::open);
    if (quorum > 0 && answers >= quorum)
      over = round_end::quorum;
    else if (quorum == 0 && open == 0)
      over = round_end::complete;
    else if (quorum > 0 && answers + open < quorum)
      over = round_end::unreachable;
    else if (now >= deadline) {
      over = round_end::deadline;
      for (auto& x : said)
        if (x == part::open)
          x = part::failed;
    }
  }

  bool say(size_t agent, part what, time_point now) {
    if (over || said[agent] != part::open)
      return false;
    said[agent] = what;
    look(now);
    return true;
  }
};

bool say(round_machine& uut, size_t agent, part what) {
  switch (what) {
    case part::answered:
      return uut.on_answer(agent);
    case part::failed:
      return uut.on_failure(agent);
    default:
      return uut.on_skip(agent);
  }
}

RC_GTEST_PROP(round_model, counts_as_a_naive_one_does, ()) {
  auto n = *inRange<size_t>(0, 8);
  auto quorum = *rc::gen::weightedElement<size_t>(
    {{3, 0}, {3, 1}, {3, 2}, {1, n / 2}, {1, n}, {1, n + 1}});
  auto deadline = at(*inRange(1, 50));
  round_machine uut{n, quorum, deadline};
  // Nothing ends at its deadline before somebody has looked at the clock.
  naive_round model{n, quorum, deadline, std::vector<part>(n, part::open), {}};
  auto now = at(0);
  model.look(now);
  auto steps = *inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    RC_ASSERT(uut.end() == model.over);
    if (n > 0 && *inRange(0, 4) > 0) {
      auto agent = *inRange<size_t>(0, n);
      auto what = *rc::gen::weightedElement<part>(
        {{3, part::answered}, {1, part::failed}, {1, part::skipped}});
      RC_ASSERT(say(uut, agent, what)
                == model.say(agent, what, time_point::min()));
    } else {
      now += ms(*inRange(0, 10));
      auto was_over = model.over.has_value();
      model.look(now);
      RC_ASSERT(uut.on_time(now) == (!was_over && model.over.has_value()));
    }
    for (size_t k = 0; k < n; ++k)
      RC_ASSERT(uut.of(k) == model.said[k]);
  }
  // Nobody waits for ever.
  model.look(deadline);
  uut.on_time(deadline);
  RC_ASSERT(uut.end().has_value());
  RC_ASSERT(uut.end() == model.over);
  RC_TAG(to_string(*uut.end()));
}

} // namespace

} // namespace resilience::test
