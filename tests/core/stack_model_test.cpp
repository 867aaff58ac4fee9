// Random policies, targets, callers and times against what must hold for every
// stack: who calls is answered exactly once and in time, nothing leaks, nothing
// is sent more often than allowed, and only real failures count.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "support/rapidcheck.hpp"
#include "support/stack_world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace resilience::test {

namespace {

// Some seconds' worth of courses, unless told otherwise.
[[maybe_unused]] const int many = setenv("RC_PARAMS", "max_success=5000", 0);

using rc::gen::inRange;

bool one_in(int n) {
  return *inRange(0, n) == 0;
}

template <class T>
std::optional<T> maybe(T x) {
  return one_in(2) ? std::optional<T>{std::move(x)} : std::nullopt;
}

retry_config any_retry() {
  retry_config result;
  result.max_attempts = *inRange(1, 5);
  result.backoff.initial_delay = ms(*inRange(0, 8));
  result.backoff.max_delay = ms(*inRange(0, 12));
  result.backoff.jitter = *rc::gen::element(
    jitter_kind::none, jitter_kind::full, jitter_kind::decorrelated);
  result.max_hint = ms(*inRange(0, 10));
  if (one_in(4))
    result.retry_on = {"world:0", "world:timed_out", "world:5"};
  if (one_in(4))
    result.dont_retry_on = {"world:5"};
  if (one_in(3))
    result.budget.reset();
  else
    result.budget = {.capacity = *rc::gen::element(1.0, 2.0, 5.0),
                     .per_call = *rc::gen::element(0.0, 0.25, 1.0),
                     .per_second = *rc::gen::element(0.0, 20.0)};
  return result;
}

policy any_policy() {
  policy result;
  result.breaker = maybe(breaker_config{.failure_threshold = *inRange(1, 6),
                                        .cooldown = ms(*inRange(1, 20)),
                                        .half_open_max_calls = *inRange(1, 3),
                                        .success_threshold = *inRange(1, 3),
                                        .lease = ms(*inRange(1, 50))});
  result.timeout =
    maybe(timeout_config{.limit = ms(*inRange(1, 15)),
                         .total = maybe(ms(*inRange(1, 30))),
                         .on_timeout = one_in(4) ? timeout_action::return_none
                                                 : timeout_action::raise});
  result.retry = maybe(any_retry());
  result.bulkhead = maybe(bulkhead_config{.max_concurrent = *inRange(1, 4),
                                          .max_queue = *inRange(0, 4),
                                          .max_wait = ms(*inRange(0, 12))});
  result.rate_limiter = maybe(rate_limit_config{.rate = *inRange(1, 5),
                                                .period = ms(*inRange(1, 10)),
                                                .burst = *inRange(1, 10)});
  result.fallback = maybe(fallback_config{.limit = ms(*inRange(1, 10))});
  if (result.fallback && one_in(3))
    result.fallback->on = {"world:5", "world:1"};
  result.max_in_flight = one_in(4) ? *inRange(1, 6) : 1'000;
  return result;
}

reaction any_reaction() {
  return *rc::gen::element(reaction::later, reaction::later, reaction::answer,
                           reaction::fail, reaction::fail, reaction::reject,
                           reaction::twice);
}

// What holds at any time.
void check_always(world& w, const policy& p) {
  RC_ASSERT(w.broken == std::vector<std::string>{});
  auto seen = w.machine().metrics(w.clock);
  RC_ASSERT(seen.failures == w.failures);
  RC_ASSERT(seen.successes == w.successes);
  auto m = w.uut.metrics(w.clock);
  for (const auto& x : w.calls)
    if (x.ends > 0) {
      auto latest =
        x.asked_fallback ? saturating_add(x.latest, ms(10)) : x.latest;
      RC_ASSERT(x.ended <= std::max(latest, x.arrived));
    }
  if (w.reconfigured)
    return;
  auto most = p.retry ? p.retry->max_attempts : 1;
  for (const auto& x : w.calls)
    RC_ASSERT(std::cmp_less_equal(x.attempts.size(), most));
  if (p.bulkhead) {
    RC_ASSERT(std::cmp_less_equal(m.running, p.bulkhead->max_concurrent));
    RC_ASSERT(std::cmp_less_equal(m.queued, p.bulkhead->max_queue));
    RC_ASSERT(w.at_target() <= m.running);
  }
  auto elapsed = w.clock - at(1'000);
  if (p.retry && p.retry->budget) {
    const auto& b = *p.retry->budget;
    auto saved =
      b.capacity + b.per_call * static_cast<double>(w.calls.size())
      + b.per_second * std::chrono::duration<double>{elapsed}.count();
    RC_ASSERT(static_cast<double>(m.retries) <= saved + 1e-6);
  }
  if (p.rate_limiter) {
    const auto& x = *p.rate_limiter;
    auto passed = w.calls.size() - m.rate_limited;
    auto tokens = x.burst + elapsed.count() * x.rate / x.period.count();
    RC_ASSERT(std::cmp_less_equal(passed, tokens));
  }
}

// What holds when all is over.
void check_end(world& w) {
  for (size_t i = 0; i < w.calls.size(); ++i) {
    const auto& x = w.calls[i];
    if (x.ends != 1)
      RC_LOG() << "call " << i << " ended " << x.ends << " times; attempts "
               << x.attempts.size() << ", fallback " << x.asked_fallback
               << ", shut " << w.ended << ", entries " << w.uut.entries().size()
               << ", due "
               << to_string(w.uut.entries().next_due().time_since_epoch())
               << ", now " << to_string(w.clock.time_since_epoch()) << "\n";
    RC_ASSERT(x.ends == 1);
  }
  RC_ASSERT(w.uut.entries().size() == 0u);
  auto status = w.machine().status(w.clock, wall_time{});
  RC_ASSERT(status.permits_in_use == 0u);
  if (w.ended)
    return;
  auto m = w.uut.metrics(w.clock);
  RC_ASSERT(m.running == 0u);
  RC_ASSERT(m.queued == 0u);
}

void take_step(world& w, bool may_change) {
  auto what = *inRange(0, 12);
  RC_LOG() << "at " << to_string(w.clock - at(1'000)) << ", " << w.calls.size()
           << " calls, step " << what << "\n";
  switch (what) {
    case 0:
    case 1:
    case 2:
    case 3:
      w.script.assign(1, any_reaction());
      w.arrive(one_in(5) ? w.clock + ms(*inRange(0, 20)) : time_point::max());
      break;
    case 4:
    case 5:
      w.script = {any_reaction(), any_reaction(), any_reaction()};
      w.advance(ms(*inRange(0, 12)));
      break;
    case 6:
    case 7:
    case 8:
      if (!w.attempts.empty())
        w.answer(*inRange(size_t{0}, w.attempts.size()), any_reaction());
      break;
    case 9:
      if (!w.calls.empty())
        w.fallback_answers(*inRange(0, static_cast<int>(w.calls.size())),
                           one_in(2) ? reaction::answer : reaction::fail);
      break;
    case 10:
      w.asked_delay = ms(*inRange(-1, 15));
      if (one_in(10))
        w.machine().isolate(owner::hand, w.clock);
      else if (one_in(3))
        w.machine().reset(w.clock);
      break;
    default:
      if (may_change && one_in(2)) {
        auto next = any_policy();
        RC_LOG() << describe(next);
        w.configure(next);
      } else if (one_in(8))
        w.die();
  }
}

RC_GTEST_PROP(stack_model, answers_everybody_once_and_leaks_nothing, ()) {
  auto p = any_policy();
  RC_ASSERT(to_string(validate(p)) == "");
  world::hooks x;
  x.fallback =
    *rc::gen::element(world::hooks::none, world::hooks::value,
                      world::hooks::broken_value, world::hooks::actor);
  world w{p, x, *rc::gen::arbitrary<uint64_t>()};
  RC_LOG() << describe(p);
  auto may_change = one_in(2);
  auto steps = *inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    take_step(w, may_change);
    check_always(w, p);
  }
  w.script.clear();
  if (one_in(3))
    w.shut();
  else
    w.advance(10min);
  check_always(w, p);
  check_end(w);
}

} // namespace

} // namespace resilience::test
