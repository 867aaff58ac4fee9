// The rules of the breaker, written down as plainly as they read: a flat list
// of calls, whole milliseconds, and a search for the next thing that time
// causes. Slow on purpose; shares no idea with the real one.
#pragma once

#include "resilience/circuit_breaker.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace resilience::test {

class naive_breaker {
public:
  using millis = int64_t;

  struct settings {
    int failure_threshold;
    millis cooldown;
    int half_open_max_calls;
    int success_threshold;
    millis lease;
  };

  struct answer {
    rejection reason;
    millis retry_after;
  };

  struct totals {
    uint64_t admitted = 0, rejected = 0, succeeded = 0, failed = 0, neutral = 0,
             late = 0, expired = 0;
  };

  naive_breaker(settings s, millis start) : cfg(s), now(start) {}

  // -- events -----------------------------------------------------------------

  void move_to(millis t) {
    now = t;
    while (apply_next())
      ;
  }

  answer admit(uint64_t id) {
    auto x = decide();
    if (x.reason == rejection::none) {
      ++sum.admitted;
      std::erase_if(calls, [&](const call& c) { return c.id == id; });
      calls.push_back({id, generation, now + cfg.lease, order++});
    } else {
      ++sum.rejected;
    }
    return x;
  }

  bool settle(uint64_t id, outcome what) {
    for (size_t i = 0; i < calls.size(); ++i)
      if (calls[i].id == id) {
        auto taken = calls[i];
        calls.erase(calls.begin() + static_cast<ptrdiff_t>(i));
        record(taken, what, now);
        return true;
      }
    return false;
  }

  void reset() {
    isolators.erase(owner::hand);
    enter(isolators.empty() ? circuit_state::closed : circuit_state::isolated);
  }

  void isolate(owner who) {
    isolators.insert(who);
    if (state == circuit_state::isolated)
      return;
    if (state == circuit_state::disabled && who != owner::hand)
      return;
    enter(circuit_state::isolated);
  }

  void disable() {
    isolators.erase(owner::hand);
    if (state != circuit_state::disabled)
      enter(circuit_state::disabled);
  }

  void restore(owner who) {
    isolators.erase(who);
    if (state == circuit_state::disabled && who == owner::hand)
      enter(isolators.empty() ? circuit_state::closed
                              : circuit_state::isolated);
    else if (state == circuit_state::isolated && isolators.empty())
      enter(circuit_state::half_open);
  }

  // -- all that can be seen ---------------------------------------------------

  settings cfg;
  millis now;
  circuit_state state = circuit_state::closed;
  uint64_t generation = 1;
  int failures = 0;
  int successes = 0;
  uint64_t times_opened = 0;
  std::optional<millis> last_failure;
  totals sum;

  size_t outstanding() const {
    return calls.size();
  }

  millis retry_after() const {
    return until - now;
  }

private:
  struct call {
    uint64_t id;
    uint64_t generation;
    millis deadline;
    uint64_t order;
  };

  answer decide() const {
    if (state == circuit_state::open)
      return {rejection::open, until - now};
    if (state == circuit_state::isolated)
      return {rejection::isolated, 0};
    auto mine = std::count_if(calls.begin(), calls.end(), [&](const call& c) {
      return c.generation == generation;
    });
    if (state == circuit_state::half_open && mine >= cfg.half_open_max_calls)
      return {rejection::half_open_full, 0};
    return {rejection::none, 0};
  }

  // Applies the earliest thing that is due. At a tie the cooldown is first,
  // then the older call.
  bool apply_next() {
    auto lost = std::min_element(
      calls.begin(), calls.end(), [](const call& a, const call& b) {
        return a.deadline != b.deadline ? a.deadline < b.deadline
                                        : a.order < b.order;
      });
    auto lease_due = lost != calls.end() && lost->deadline <= now;
    auto cooldown_due = state == circuit_state::open && until <= now;
    if (cooldown_due && (!lease_due || until <= lost->deadline)) {
      enter(circuit_state::half_open);
      return true;
    }
    if (!lease_due)
      return false;
    auto taken = *lost;
    calls.erase(lost);
    ++sum.expired;
    record(taken, outcome::failure, taken.deadline);
    return true;
  }

  void record(const call& c, outcome what, millis t) {
    if (what == outcome::neutral) {
      ++sum.neutral;
      return;
    }
    if (what == outcome::failure)
      last_failure = t;
    ++(what == outcome::success ? sum.succeeded : sum.failed);
    if (c.generation != generation)
      ++sum.late;
    else if (what == outcome::success)
      succeed();
    else
      fail(t);
  }

  void succeed() {
    failures = 0;
    if (state != circuit_state::half_open)
      return;
    ++successes;
    if (successes >= cfg.success_threshold)
      enter(circuit_state::closed);
  }

  void fail(millis t) {
    ++failures;
    auto trips =
      state == circuit_state::half_open
      || (state == circuit_state::closed && failures >= cfg.failure_threshold);
    if (!trips)
      return;
    enter(circuit_state::open);
    until = t + cfg.cooldown;
    ++times_opened;
  }

  void enter(circuit_state next) {
    state = next;
    ++generation;
    failures = 0;
    successes = 0;
  }

  millis until = 0;
  uint64_t order = 0;
  std::set<owner> isolators;
  std::vector<call> calls;
};

} // namespace resilience::test
