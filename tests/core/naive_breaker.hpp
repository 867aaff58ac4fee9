// The rules of the breaker, written down as plainly as they read: a flat list
// of calls, whole milliseconds, and a search for the next thing that time
// causes. Slow on purpose; shares no idea with the real one.
#pragma once

#include "resilience/circuit_breaker.hpp"

#include "core/naive_window.hpp"

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
    std::optional<window_config> window;
    double growth = 1;
    millis max_cooldown = 0;
    double jitter = 0;
  };

  struct answer {
    rejection reason;
    duration retry_after;
  };

  struct totals {
    uint64_t admitted = 0, rejected = 0, succeeded = 0, failed = 0, neutral = 0,
             late = 0, expired = 0, slow = 0;
  };

  /// `unit` is what the model calls a millisecond.
  naive_breaker(settings s, millis start, duration unit, uint64_t seed)
    : cfg(s), now(start), unit_(unit), random(seed) {
    if (s.window)
      window.emplace(*s.window);
  }

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
      calls.push_back({id, generation, now, now + cfg.lease, order++});
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

  void configure(const settings& s) {
    if (window && s.window)
      window->configure(*s.window, time(now));
    else if (s.window)
      window.emplace(*s.window);
    else
      window.reset();
    cfg = s;
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
  int most_reopened = 0;
  uint64_t opened_by_window = 0;
  std::optional<millis> last_failure;
  totals sum;

  size_t outstanding() const {
    return calls.size();
  }

  duration retry_after() const {
    return until - time(now);
  }

  window_rates rates() {
    return window ? window->rates(time(now)) : window_rates{};
  }

private:
  struct call {
    uint64_t id;
    uint64_t generation;
    millis opened;
    millis deadline;
    uint64_t order;
  };

  answer decide() const {
    if (state == circuit_state::open)
      return {rejection::open, retry_after()};
    if (state == circuit_state::isolated)
      return {rejection::isolated, {}};
    auto mine = std::count_if(calls.begin(), calls.end(), [&](const call& c) {
      return c.generation == generation;
    });
    if (state == circuit_state::half_open && mine >= cfg.half_open_max_calls)
      return {rejection::half_open_full, {}};
    return {rejection::none, {}};
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
    auto cooldown_due = state == circuit_state::open && until <= time(now);
    if (cooldown_due && (!lease_due || until <= time(lost->deadline))) {
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
    auto took = (t - c.opened) * unit_;
    if (window && took > window->cfg.slow_call_duration)
      ++sum.slow;
    // Of this generation, which began and still is closed.
    auto counts =
      window && c.generation == generation && state == circuit_state::closed;
    if (counts)
      window->record(what, took, time(t));
    if (c.generation != generation)
      ++sum.late;
    else if (what == outcome::success)
      succeed();
    else
      fail(t);
    if (counts && state == circuit_state::closed && window->trips(time(t))) {
      open(t);
      ++opened_by_window;
    }
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
    if (state == circuit_state::half_open)
      ++reopened;
    open(t);
  }

  void open(millis t) {
    enter(circuit_state::open);
    until = time(t) + next_cooldown();
    ++times_opened;
    most_reopened = std::max(most_reopened, reopened);
  }

  duration next_cooldown() {
    auto most = cfg.max_cooldown * unit_;
    auto x = cfg.cooldown * unit_;
    if (cfg.growth > 1)
      for (int i = 0; i < reopened && x < most; ++i) {
        auto grown = static_cast<double>(x.count()) * cfg.growth;
        x = grown < static_cast<double>(most.count())
              ? duration{static_cast<int64_t>(grown)}
              : most;
      }
    if (cfg.jitter > 0)
      x += duration{static_cast<int64_t>(static_cast<double>(x.count())
                                         * (cfg.jitter * uniform()))};
    return x;
  }

  // SplitMix64, as published.
  double uniform() {
    uint64_t z = (random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z = z ^ (z >> 31);
    return static_cast<double>(z >> 11) / 9007199254740992.0;
  }

  time_point time(millis t) const {
    return time_point{t * unit_};
  }

  void enter(circuit_state next) {
    state = next;
    ++generation;
    failures = 0;
    successes = 0;
    if (next == circuit_state::closed)
      reopened = 0;
    if (window && next != circuit_state::open)
      window->results.clear();
  }

  duration unit_;
  uint64_t random;
  std::optional<naive_window> window;
  int reopened = 0;
  time_point until{};
  uint64_t order = 0;
  std::set<owner> isolators;
  std::vector<call> calls;
};

} // namespace resilience::test
