// Random policies, targets and arrivals: every caller must get what the naive
// stack works out, at that very instant.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "core/naive_stack.hpp"
#include "support/dice.hpp"
#include "support/rapidcheck.hpp"
#include "support/scripted_guard.hpp"

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace resilience::test {

namespace {

using kind = scripted_hooks::fallback_kind;

/// Small numbers, so that ends and beginnings meet.
policy draw_policy(dice& d) {
  auto p = quiet_policy();
  p.timeout->limit = ms(d.among({1, 5, 20}));
  if (d.one_in(2))
    p.timeout->total = ms(1 + d.below(60));
  if (d.one_in(3))
    p.timeout->on_timeout = timeout_action::return_none;
  if (!d.one_in(3)) {
    p.retry = constant_retry(1 + d.below(4), ms(d.below(6)));
    p.retry->backoff.kind = backoff_kind::exponential;
    p.retry->backoff.max_delay = ms(d.among({4, 100}));
    p.retry->max_hint = ms(d.below(12));
    if (d.one_in(3))
      p.retry->retry_on = {d.one_in(2) ? "shop" : "resilience"};
    if (d.one_in(3))
      p.retry->dont_retry_on = {"shop:2"};
  }
  if (d.one_in(2))
    p.bulkhead = bulkhead_config{1 + d.below(3), d.below(4), ms(d.below(30))};
  if (d.one_in(3))
    p.rate_limiter =
      rate_limit_config{1 + d.below(3), ms(1 + d.below(20)), 1 + d.below(4)};
  // Between the instants of everything else: what happens first at one instant
  // is not said.
  if (d.one_in(3))
    p.hedge =
      hedge_config{.delay = ms(d.below(12)) + std::chrono::microseconds{1},
                   .budget = std::nullopt};
  if (d.one_in(2)) {
    p.fallback = fallback_config{.limit = ms(1 + d.below(10))};
    if (d.one_in(2))
      p.fallback->on = {d.one_in(2) ? "shop" : "resilience"};
  }
  return p;
}

naive_deed draw_deed(dice& d, bool often_good) {
  auto after = ms(d.one_in(3) ? 0 : d.below(22));
  switch (d.below(often_good ? 12 : 7)) {
    case 0:
      return {};
    case 1:
      return {trouble(1 + d.below(3), ms(d.below(14))), after};
    case 2:
    case 3:
      return {trouble(1 + d.below(3)), after};
    case 4:
      return {value(-1), after};
    case 5:
      return {from_within(errc::circuit_open), after};
    default:
      return {value(1 + d.below(9)), after};
  }
}

std::vector<naive_stack::arrival> draw_arrivals(dice& d) {
  std::vector<naive_stack::arrival> result(
    static_cast<size_t>(1 + d.below(12)));
  auto now = at(1'000'000);
  auto often_good = d.one_in(2);
  for (auto& x : result) {
    now += ms(d.one_in(2) ? 0 : d.below(12));
    x.at = now;
    x.latest = d.one_in(4) ? now + ms(d.below(50)) : time_point::max();
    x.repeatable = !d.one_in(6);
    for (int n = 0; n < 5; ++n)
      x.deeds.push_back(draw_deed(d, often_good));
  }
  return result;
}

/// The fallback's behaviour depends on the error, for both alike.
struct draw_fallback {
  std::vector<naive_deed> deeds;

  naive_deed operator()(const reply& e) const {
    return deeds[static_cast<size_t>(e.code) % deeds.size()];
  }
};

scripted_hooks hooks_of(kind how,
                        const std::vector<naive_stack::arrival>& calls,
                        const draw_fallback& fallback) {
  return {
    .fallback = how,
    .answer =
      [fallback](const reply& e) {
        auto does = fallback(e);
        return does.says ? *does.says : trouble(99);
      },
    .idempotent =
      [&calls](int n) { return calls[static_cast<size_t>(n - 1)].repeatable; },
    .given = true};
}

/// Answers at once are now and then given inside `send`.
scripted_guard::deed deed_of(const naive_deed& x, bool inside) {
  if (!x.says)
    return silent();
  return {{*x.says}, x.after, inside && x.after == duration::zero()};
}

/// Where the script of the fallback actor lies: it is asked for errors, which
/// the host does not see; so it is the same for all of them.
draw_fallback draw_fallback_deeds(dice& d, kind how) {
  draw_fallback result;
  for (int i = 0; i < (how == kind::actor ? 1 : 5); ++i) {
    auto x = draw_deed(d, true);
    // A value of any kind is an answer here.
    if (x.says && !x.says->error)
      x.says->code = 700 + i;
    result.deeds.push_back(x);
  }
  return result;
}

void expect_same(const naive_stack::result& wanted,
                 const scripted_guard::record& got) {
  RC_ASSERT(got.answers == 1);
  RC_ASSERT(got.got == wanted.got);
  RC_ASSERT(got.answered_at == wanted.at);
  RC_ASSERT(got.substitute.has_value() == wanted.substituted);
  std::vector<time_point> attempts;
  for (const auto& x : got.attempts)
    attempts.push_back(x.at);
  RC_ASSERT(attempts == wanted.attempts);
}

void check_course(uint64_t seed) {
  dice d{seed};
  auto p = draw_policy(d);
  RC_ASSERT(validate(p).empty());
  auto calls = draw_arrivals(d);
  auto how = d.one_in(2) ? kind::actor : kind::function;
  auto fallback = draw_fallback_deeds(d, how);
  auto inside = d.one_in(2);
  scripted_guard g{p, hooks_of(how, calls, fallback)};
  g.fallback_does = deed_of(fallback.deeds.front(), inside);
  g.target_does = [&](const scripted_guard::attempt& x) {
    auto& deeds = calls[static_cast<size_t>(x.call - 1)].deeds;
    return deed_of(deeds.at(static_cast<size_t>(x.number - 1)), inside);
  };
  for (const auto& x : calls) {
    g.run(x.at - g.now());
    g.ask(x.latest);
  }
  g.run(ms(5000));
  auto wanted = naive_stack{p, how == kind::actor, fallback}.run(calls);
  for (size_t i = 0; i < calls.size(); ++i)
    expect_same(wanted[i], g.calls[i]);
  RC_ASSERT(g.uut.entries().size() == 0u);
  RC_ASSERT(g.layers().running == 0u);
  RC_ASSERT(g.layers().queued == 0u);
  RC_ASSERT(g.permits_in_use() == 0u);
}

RC_GTEST_PROP(stack_model, every_caller_gets_what_the_rules_say, ()) {
  check_course(*rc::gen::inRange<uint64_t>(0, uint64_t{1} << 62));
}

} // namespace

} // namespace resilience::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Read by RapidCheck when the first property runs.
  auto seed = std::to_string(std::random_device{}());
  auto params = "seed=" + seed + " max_success=8000 noshrink=1";
  setenv("RC_PARAMS", params.c_str(), 0);
  std::cout << "RC_PARAMS=\"" << std::getenv("RC_PARAMS") << "\"" << std::endl;
  return RUN_ALL_TESTS();
}
