// Random courses through a guard with everything: settings that change, late
// alarms, a circuit that trips, a target that dies, a guard that ends. What a
// caller gets is not worked out here (stack_model_test.cpp does that where it
// can be); these are the rules that hold whatever happens.
#include "support/dice.hpp"
#include "support/rapidcheck.hpp"
#include "support/scripted_guard.hpp"

#include <algorithm>
#include <numeric>

namespace resilience::test {

namespace {

using kind = scripted_hooks::fallback_kind;
using attempt = scripted_guard::attempt;
using record = scripted_guard::record;

// -- what is drawn ------------------------------------------------------------

void draw_limits(dice& d, policy& p) {
  if (d.one_in(6))
    p.timeout.reset();
  else
    p.timeout = timeout_config{.limit = ms(d.among({1, 5, 20}))};
  if (p.timeout && d.one_in(2))
    p.timeout->total = ms(1 + d.below(60));
  if (p.timeout && d.one_in(3))
    p.timeout->on_timeout = timeout_action::return_none;
  p.breaker = breaker_config{};
  p.breaker->failure_threshold = d.one_in(2) ? 1 + d.below(6) : 1'000'000;
  p.breaker->cooldown = ms(1 + d.below(30));
  p.breaker->half_open_max_calls = 1 + d.below(2);
  p.breaker->success_threshold = 1 + d.below(2);
  p.breaker->lease = ms(40);
}

retry_config draw_retry(dice& d) {
  retry_config r;
  r.max_attempts = 1 + d.below(4);
  r.backoff = {.initial_delay = ms(d.below(5)),
               .max_delay = ms(d.below(20)),
               .kind = d.among({backoff_kind::exponential, backoff_kind::linear,
                                backoff_kind::fibonacci}),
               .jitter = d.among({jitter_kind::none, jitter_kind::full,
                                  jitter_kind::decorrelated})};
  r.max_hint = ms(d.below(12));
  if (d.one_in(3))
    r.dont_retry_on = {"shop:2"};
  r.budget.reset();
  if (!d.one_in(3))
    r.budget = retry_budget_config{1.0 + d.below(3), d.below(3) * 0.25,
                                   d.among({0.0, 10.0, 100.0})};
  return r;
}

chaos_config draw_chaos(dice& d) {
  auto rate = [&] { return d.among({0.0, 0.1, 0.25}); };
  return {.error_rate = rate(),
          .delay_rate = rate(),
          .delay = ms(1 + d.below(10)),
          .drop_rate = rate(),
          .duplicate_rate = rate(),
          .seed = d.below(100)};
}

void draw_extras(dice& d, policy& p) {
  if (d.one_in(3)) {
    p.hedge = hedge_config{.delay = ms(d.below(12)), .budget = std::nullopt};
    if (d.one_in(2))
      p.hedge->budget = retry_budget_config{1.0 + d.below(3), 0.25, 0};
  }
  if (d.one_in(4))
    p.shedding = shedding_config{ms(1 + d.below(20))};
  if (d.one_in(4))
    p.chaos = draw_chaos(d);
}

bulkhead_config draw_bulkhead(dice& d) {
  bulkhead_config result{1 + d.below(3), d.below(5), ms(d.below(40))};
  if (d.one_in(3))
    result.adaptive = adaptive_config{.initial = 1 + d.below(3),
                                      .window_size = 1 + d.below(3),
                                      .probe_interval = ms(1 + d.below(50))};
  return result;
}

policy draw_policy(dice& d) {
  policy p;
  draw_limits(d, p);
  draw_extras(d, p);
  if (!d.one_in(3))
    p.retry = draw_retry(d);
  if (!d.one_in(3))
    p.bulkhead = draw_bulkhead(d);
  if (d.one_in(3))
    p.rate_limiter =
      rate_limit_config{1 + d.below(3), ms(1 + d.below(20)), 1 + d.below(5)};
  if (d.one_in(2))
    p.fallback = fallback_config{.limit = ms(1 + d.below(10))};
  if (d.one_in(4))
    p.max_in_flight = 1 + d.below(6);
  return p;
}

/// Values of the target's lie below 100, those of a fallback above.
reply draw_reply(dice& d) {
  switch (d.below(7)) {
    case 0:
      return trouble(1 + d.below(3), ms(d.below(14)));
    case 1:
    case 2:
      return trouble(1 + d.below(3));
    case 3:
      return value(-1);
    case 4:
      return from_within(errc::bulkhead_full);
    default:
      return value(1 + d.below(9));
  }
}

scripted_guard::deed draw_deed(dice& d) {
  if (d.one_in(8))
    return silent();
  scripted_guard::deed result{{draw_reply(d)}, ms(d.below(22)), d.one_in(4)};
  if (d.one_in(8))
    result.says.push_back(draw_reply(d));
  return result;
}

// -- the course ---------------------------------------------------------------

class course {
public:
  explicit course(uint64_t seed)
    : d_(seed), p_(draw_first(d_)), fallback_(draw_kind(d_)),
      g_(p_, draw_hooks(d_, fallback_)) {
    see(p_);
    g_.target_does = [this](const attempt& x) {
      check_attempt(x);
      return draw_deed(d_);
    };
    g_.fallback_does = draw_deed(d_);
    for (auto& x : g_.fallback_does.says)
      if (!x.error)
        x.code = 700;
  }

  void run() {
    auto steps = 3 + d_.below(40);
    for (int i = 0; i < steps; ++i) {
      step();
      check();
    }
    if (d_.one_in(2)) {
      g_.run(ms(2000)); // nothing of these settings lasts longer
    } else {
      ended_ = true;
      g_.end();
      if (d_.one_in(2))
        ask();
    }
    check();
    check_end();
  }

private:
  static policy draw_first(dice& d) {
    auto result = draw_policy(d);
    if (d.one_in(4))
      result.keyed = keyed_config{};
    return result;
  }

  static kind draw_kind(dice& d) {
    return d.among({kind::none, kind::function, kind::actor});
  }

  static scripted_hooks draw_hooks(dice& d, kind how) {
    scripted_hooks result{.fallback = how};
    auto good = !d.one_in(3);
    if (how == kind::function)
      result.answer = [good](const reply&) {
        return good ? value(700) : trouble(9);
      };
    result.given = d.one_in(2);
    if (result.given)
      result.idempotent = [](int n) { return n % 5 != 0; };
    return result;
  }

  void step() {
    switch (d_.below(30)) {
      case 0:
        changed_ = true;
        p_ = draw_policy(d_);
        if (g_.keys() > 0) // stays as it is under way
          p_.keyed = keyed_config{};
        see(p_);
        return g_.configure(p_);
      case 1:
        if (d_.one_in(4)) {
          died_ = true;
          g_.die();
        }
        return;
      case 2:
        return by_hand();
      case 3: {
        auto gap = ms(d_.below(30));
        slept_ += gap;
        return g_.sleep(gap);
      }
      case 4:
        return answer_again();
      case 5:
      case 6:
      case 7:
      case 8:
      case 9:
      case 10:
        return g_.run(ms(d_.below(15)));
      default:
        return ask();
    }
  }

  void ask() {
    auto latest =
      d_.one_in(4) ? g_.now() + ms(d_.below(50)) : time_point::max();
    auto total = p_.timeout ? p_.timeout->total : std::nullopt;
    // Noted first: the target may hear of it at once.
    latest_.push_back(total ? std::min(latest, g_.now() + *total) : latest);
    d_.one_in(3) ? g_.call(latest) : g_.ask(latest);
  }

  void by_hand() {
    switch (d_.below(3)) {
      case 0:
        return g_.machine().isolate(owner::hand, g_.now());
      case 1:
        return g_.machine().restore(owner::hand, g_.now());
      default:
        return g_.machine().reset(g_.now());
    }
  }

  // An answer out of nowhere, perhaps to an attempt that runs.
  void answer_again() {
    if (g_.calls.empty())
      return;
    auto& x = g_.calls[static_cast<size_t>(
      d_.below(static_cast<int>(g_.calls.size())))];
    if (!x.attempts.empty())
      g_.answer(x.attempts.back().id, draw_reply(d_));
  }

  // The most that any settings so far allow.
  void see(const policy& p) {
    RC_ASSERT(validate(p).empty());
    auto limit = p.timeout ? p.timeout->limit : p.breaker->lease;
    limit_ = std::max(limit_, limit);
    if (p.retry) {
      max_attempts_ = std::max(max_attempts_, p.retry->max_attempts);
      pause_ =
        std::max({pause_, p.retry->backoff.max_delay, p.retry->max_hint});
    }
    if (p.bulkhead)
      wait_ = std::max(wait_, p.bulkhead->max_wait);
    auto places = p.bulkhead ? p.bulkhead->max_concurrent : 1'000'000;
    max_concurrent_ = std::max(max_concurrent_, places);
    if (p.fallback)
      fallback_limit_ = std::max(fallback_limit_, p.fallback->limit);
    hedged_ = hedged_ || p.hedge;
    chaotic_ = chaotic_ || p.chaos;
  }

  // -- rules ------------------------------------------------------------------

  time_point latest_of(int call) const {
    return latest_.at(static_cast<size_t>(call - 1));
  }

  /// While an attempt is sent.
  void check_attempt(const attempt& x) {
    RC_ASSERT(!died_);
    RC_ASSERT(!ended_);
    RC_ASSERT(x.number <= max_attempts_ + (hedged_ ? 1 : 0));
    RC_ASSERT(x.at < latest_of(x.call));
    // While settings change, some calls still begin under the old ones; chaos
    // sends some later.
    auto due = std::min(x.at + limit_, latest_of(x.call));
    RC_ASSERT((changed_ || chaotic_ ? x.due <= due : x.due == due));
    RC_ASSERT(g_.of(x.call).answers == 0);
    if (x.number > 1 || chaotic_)
      return;
    RC_ASSERT(x.call > last_begun_);
    last_begun_ = x.call;
  }

  static bool running(const record& x) {
    return !x.attempts.empty() && x.answers == 0 && x.asked.empty();
  }

  void check() {
    auto count = [&](auto pred) {
      return static_cast<uint64_t>(
        std::count_if(g_.calls.begin(), g_.calls.end(), pred));
    };
    RC_ASSERT(count([](const record& x) { return x.answers > 1; }) == 0u);
    auto run = count(running);
    RC_ASSERT(run <= static_cast<uint64_t>(max_concurrent_));
    if (max_concurrent_ < 1'000'000 && !chaotic_)
      RC_ASSERT(g_.layers().running == run);
    check_tokens(count([](const record& x) {
      return (x.answers == 0 && x.asked.empty()) || !x.attempts.empty()
             || is(x.got, errc::bulkhead_full);
    }));
    check_budget();
    check_circuit(count([](const record& x) {
      return x.answers > 0 && x.got.answered && !x.got.error && x.got.code > 0
             && x.got.code < 100;
    }));
    for (size_t i = 0; i < g_.calls.size(); ++i)
      if (g_.calls[i].answers > 0)
        check_answer(g_.calls[i], latest_[i]);
  }

  static bool is(const reply& x, errc code) {
    return x.error && !x.answered && x.code == static_cast<int64_t>(code);
  }

  void check_tokens(uint64_t passed) const {
    if (changed_ || !p_.rate_limiter)
      return;
    auto& x = *p_.rate_limiter;
    auto most = x.burst + x.rate * (g_.now() - start_) / x.period;
    RC_ASSERT(passed <= static_cast<uint64_t>(most));
  }

  void check_budget() const {
    auto taken = g_.layers().retries + g_.layers().hedges;
    size_t repeated = 0;
    for (const auto& x : g_.calls)
      repeated += x.attempts.empty() ? 0 : x.attempts.size() - 1;
    RC_ASSERT(repeated <= taken);
    auto budget = p_.retry ? p_.retry->budget : std::nullopt;
    // Retries without a budget take nothing from that of hedges.
    if (!budget && p_.hedge && !p_.retry)
      budget = p_.hedge->budget;
    if (changed_ || !budget)
      return;
    auto& b = *budget;
    std::chrono::duration<double> passed = g_.now() - start_;
    RC_ASSERT(static_cast<double>(taken)
              <= b.capacity + b.per_call * static_cast<double>(g_.calls.size())
                   + b.per_second * passed.count() + 1e-6);
  }

  /// Of all circuits.
  circuit_metrics totals() {
    auto result = g_.counts();
    for (size_t i = 1; i <= g_.keys(); ++i) {
      auto x = g_.of_key(i).metrics(g_.now());
      result.total_calls += x.total_calls;
      result.successes += x.successes;
      result.failures += x.failures;
      result.neutral += x.neutral;
    }
    return result;
  }

  void check_circuit(uint64_t successes) {
    auto x = totals();
    RC_ASSERT(x.successes == successes);
    RC_ASSERT(x.total_calls >= g_.sent.size());
    RC_ASSERT(x.total_calls
              == x.successes + x.failures + x.neutral + g_.permits_in_use());
    if (changed_ || died_ || ended_ || p_.max_in_flight < 1'000'000 || chaotic_)
      return;
    // Nothing but an attempt takes a permit, nothing but a rejection by another
    // guard is neutral.
    RC_ASSERT(x.total_calls == g_.sent.size());
    // An attempt that was overtaken is neutral, too.
    if (hedged_)
      return;
    auto neutral =
      std::count_if(g_.calls.begin(), g_.calls.end(), [](const record& r) {
        return r.got.answered && r.got.category == "resilience";
      });
    RC_ASSERT(x.neutral == static_cast<uint64_t>(neutral));
  }

  void check_answer(const record& x, time_point latest) const {
    // A second attempt may go on where the first one has ended.
    auto limits = max_attempts_ + (hedged_ ? 1 : 0);
    auto longest = wait_ + fallback_limit_ + slept_ + limits * limit_
                   + (max_attempts_ - 1) * pause_;
    RC_ASSERT(x.answered_at <= x.arrived + longest);
    if (latest != time_point::max())
      RC_ASSERT(x.answered_at
                <= std::max(latest, x.arrived) + fallback_limit_ + slept_);
    // Somebody said it: nothing of ours that was never set.
    RC_ASSERT(x.got.error || x.got.answered);
    if (!x.got.error)
      return;
    if (auto& report = x.got.report; report && !hedged_ && !chaotic_) {
      auto ran = static_cast<int32_t>(x.attempts.size());
      RC_ASSERT(report->attempts == ran
                || (report->attempts == ran + 1 && died_)
                || (report->attempts == ran - 1
                    && report->why == retry_stop::guard && ended_));
    }
    // Once an attempt has run, its error is the answer.
    if (!x.attempts.empty() && !x.got.answered)
      RC_ASSERT(is(x.got, errc::timed_out)
                || (chaotic_ && is(x.got, errc::injected_fault))
                || (died_ && is(x.got, errc::target_down))
                || (ended_ && is(x.got, errc::shutting_down)));
  }

  void check_end() {
    for (const auto& x : g_.calls)
      RC_ASSERT(x.answers == 1);
    auto m = g_.layers();
    RC_ASSERT(g_.uut.entries().size() == 0u);
    RC_ASSERT(m.running == 0u);
    RC_ASSERT(m.queued == 0u);
    RC_ASSERT(g_.permits_in_use() == 0u);
  }

  dice d_;
  policy p_;
  kind fallback_;
  scripted_guard g_;
  time_point start_ = g_.now();
  /// When each call ends at the latest.
  std::vector<time_point> latest_;
  int last_begun_ = 0;
  bool changed_ = false;
  bool died_ = false;
  bool ended_ = false;
  bool hedged_ = false;
  bool chaotic_ = false;
  duration slept_{};
  // See `see`.
  duration limit_{};
  duration pause_{};
  duration wait_{};
  duration fallback_limit_{};
  int32_t max_attempts_ = 1;
  int32_t max_concurrent_ = 0;
};

RC_GTEST_PROP(stack_course, the_rules_hold_whatever_happens, ()) {
  course{*rc::gen::inRange<uint64_t>(0, uint64_t{1} << 62)}.run();
}

} // namespace

} // namespace resilience::test
