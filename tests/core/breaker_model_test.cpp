// Random courses of events: the real circuit and ledger must do what the naive
// breaker does, step by step.
//
// Each run prints its RC_PARAMS; set them again to repeat it. On a failure
// RapidCheck prints the shortest course it finds.
#include "core/naive_breaker.hpp"
#include "support/breaker_driver.hpp"
#include "support/instants.hpp"
#include "support/printing.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace resilience::test {

namespace {

using settings = naive_breaker::settings;

enum class op {
  admit,
  settle,
  wait,
  status,
  reset,
  isolate,
  disable,
  restore,
  configure
};

struct step {
  op what;
  /// Of which call, counted back from the latest; some were never admitted.
  uint64_t back = 0;
  outcome result = outcome::success;
  int64_t ms = 0;
  owner who = owner::hand;
  settings cfg{};
};

std::ostream& operator<<(std::ostream& out, const settings& x) {
  return out << "{" << x.failure_threshold << ", " << x.cooldown << "ms, "
             << x.half_open_max_calls << ", " << x.success_threshold << ", "
             << x.lease << "ms, window "
             << (x.window ? to_string(x.window->kind) : "off") << " "
             << (x.window ? x.window->window_size : 0) << ", growth "
             << x.growth << " up to " << x.max_cooldown << "ms, jitter "
             << x.jitter << "}";
}

std::ostream& operator<<(std::ostream& out, const step& x) {
  switch (x.what) {
    case op::admit:
      return out << "admit";
    case op::settle:
      return out << x.result << " -" << x.back;
    case op::wait:
      return out << "wait " << x.ms << "ms";
    case op::status:
      return out << "status";
    case op::reset:
      return out << "reset";
    case op::isolate:
      return out << "isolate " << x.who;
    case op::disable:
      return out << "disable";
    case op::restore:
      return out << "restore " << x.who;
    default:
      return out << "configure " << x.cfg;
  }
}

// -- generators ---------------------------------------------------------------

using rc::gen::inRange;

rc::Gen<std::optional<window_config>> any_window() {
  auto rate = [] { return rc::gen::element(100.0, 60.0, 50.0, 33.3); };
  auto some = rc::gen::construct<window_config>(
    rc::gen::element(window_kind::count, window_kind::time), inRange(1, 12),
    inRange(1, 8), rate(), rate(),
    rc::gen::element<duration>(1ms, 5ms, 20ms, 60s));
  return rc::gen::oneOf(rc::gen::just(std::optional<window_config>{}),
                        rc::gen::map(some, [](const window_config& x) {
                          return std::optional{x};
                        }));
}

/// Few and small values, so that thresholds and instants meet.
rc::Gen<settings> any_settings() {
  auto time = [] {
    return rc::gen::weightedOneOf<int64_t>(
      {{4, inRange<int64_t>(1, 12)},
       {3, rc::gen::element<int64_t>(5, 10, 20, 100)},
       {1, inRange<int64_t>(1, 100'000)},
       {1, rc::gen::just<int64_t>(int64_t{300} * 24 * 3'600'000)}});
  };
  auto plain =
    rc::gen::tuple(inRange(1, 5), time(), inRange(1, 5), inRange(1, 6), time());
  // With powers of two the order of the multiplications does not matter.
  auto extras = rc::gen::tuple(
    any_window(), rc::gen::element(1.0, 1.0, 2.0, 8.0),
    rc::gen::element<int64_t>(1, 3, 10), rc::gen::element(0.0, 0.0, 0.25, 0.9));
  return rc::gen::map(rc::gen::pair(plain, extras), [](const auto& x) {
    auto [failures, cooldown, probes, successes, lease] = x.first;
    auto [window, growth, times, jitter] = x.second;
    constexpr auto longest = int64_t{360} * 24 * 3'600'000;
    // The window has to get its chance.
    if (window)
      failures += 3;
    return settings{
      failures, cooldown, probes, successes,
      lease,    window,   growth, std::min(cooldown * times, longest),
      jitter};
  });
}

rc::Gen<int64_t> any_wait() {
  return rc::gen::weightedOneOf<int64_t>(
    {{8, inRange<int64_t>(0, 8)},
     {4, rc::gen::element<int64_t>(1, 5, 10, 20, 100)},
     {1, inRange<int64_t>(0, 200'000)},
     {1, inRange<int64_t>(0, int64_t{1} << 30)}});
}

rc::Gen<step> any_step() {
  auto kind = rc::gen::weightedElement<op>({{30, op::admit},
                                            {30, op::settle},
                                            {20, op::wait},
                                            {3, op::status},
                                            {1, op::reset},
                                            {1, op::isolate},
                                            {1, op::disable},
                                            {6, op::restore},
                                            {2, op::configure}});
  auto result = rc::gen::weightedElement<outcome>(
    {{7, outcome::success}, {5, outcome::failure}, {1, outcome::neutral}});
  // 0 back is a call that was never made.
  auto back = rc::gen::weightedOneOf<uint64_t>(
    {{6, inRange<uint64_t>(0, 5)}, {1, inRange<uint64_t>(0, 60)}});
  auto who = rc::gen::element(owner::hand, owner::health, owner::cluster);
  return rc::gen::construct<step>(kind, back, result, any_wait(), who,
                                  any_settings());
}

// -- the comparison -----------------------------------------------------------

/// The model counts in whole units; for the real one a unit is some time.
breaker_config config_of(const settings& x, duration unit) {
  return {.failure_threshold = x.failure_threshold,
          .cooldown = x.cooldown * unit,
          .half_open_max_calls = x.half_open_max_calls,
          .success_threshold = x.success_threshold,
          .lease = x.lease * unit,
          .window = x.window,
          .cooldown_growth = x.growth,
          .max_cooldown = x.max_cooldown * unit,
          .cooldown_jitter = x.jitter};
}

/// In how many courses something happened: a model test that never gets there
/// proves nothing.
std::map<std::string, int> coverage;

class pair {
public:
  pair(const settings& s, int64_t start, duration unit, uint64_t seed)
    : unit_(unit), real_(config_of(s, unit), time_point{start * unit}, seed),
      naive_(s, start, unit, seed) {}

  void apply(const step& x) {
    switch (x.what) {
      case op::admit:
        return admit();
      case op::settle:
        return settle(x);
      case op::wait:
        real_.move_to(time_point{(naive_.now + x.ms) * unit_});
        return naive_.move_to(naive_.now + x.ms);
      case op::status:
        return;
      case op::reset:
        real_.reset();
        return naive_.reset();
      case op::isolate:
        real_.isolate(x.who);
        return naive_.isolate(x.who);
      case op::disable:
        real_.disable();
        return naive_.disable();
      case op::restore:
        real_.restore(x.who);
        return naive_.restore(x.who);
      case op::configure:
        real_.configure(config_of(x.cfg, unit_));
        naive_.configure(x.cfg);
    }
  }

  void compare() {
    auto s = real_.status();
    RC_ASSERT(s.state == naive_.state);
    RC_ASSERT(s.generation == naive_.generation);
    RC_ASSERT(s.consecutive_failures == naive_.failures);
    RC_ASSERT(s.consecutive_successes == naive_.successes);
    RC_ASSERT(s.permits_in_use == naive_.outstanding());
    RC_ASSERT(real_.outstanding() == naive_.outstanding());
    RC_ASSERT(s.retry_after.has_value()
              == (naive_.state == circuit_state::open));
    if (s.retry_after)
      RC_ASSERT(*s.retry_after == naive_.retry_after());
    RC_ASSERT(s.last_failure.has_value() == naive_.last_failure.has_value());
    if (s.last_failure) // the driver's wall time is always 0
      RC_ASSERT(s.last_failure->at
                == wall_time{(*naive_.last_failure - naive_.now) * unit_});
    auto rates = naive_.rates();
    RC_ASSERT(s.failure_rate.value_or(-1) == rates.failure_rate);
    RC_ASSERT(s.slow_call_rate.value_or(-1) == rates.slow_call_rate);
    auto m = real_.metrics();
    RC_ASSERT(m.slow_calls == naive_.sum.slow);
    RC_ASSERT(m.total_calls == naive_.sum.admitted);
    RC_ASSERT(m.rejected == naive_.sum.rejected);
    RC_ASSERT(m.successes == naive_.sum.succeeded);
    RC_ASSERT(m.failures == naive_.sum.failed);
    RC_ASSERT(m.neutral == naive_.sum.neutral);
    RC_ASSERT(m.late == naive_.sum.late);
    RC_ASSERT(m.expired == naive_.sum.expired);
    RC_ASSERT(m.times_opened == naive_.times_opened);
    RC_ASSERT(m.transitions == naive_.generation - 1);
  }

  /// Counts what this course has seen.
  void tell() const {
    const auto& n = naive_;
    coverage["courses"] += 1;
    coverage["rejected: open"] += seen(rejection::open);
    coverage["rejected: half_open_full"] += seen(rejection::half_open_full);
    coverage["rejected: isolated"] += seen(rejection::isolated);
    coverage["a lease expired"] += n.sum.expired > 0;
    coverage["a late result"] += n.sum.late > 0;
    coverage["opened again"] += n.times_opened > 1;
    coverage["closed by probes"] += closed_by_probes_;
    coverage["opened by the window"] += n.opened_by_window > 0;
    coverage["a grown cooldown"] += n.most_reopened > 1;
  }

private:
  void admit() {
    auto id = next_id_++;
    auto x = real_.admit(id);
    auto y = naive_.admit(id);
    RC_ASSERT(x.reason == y.reason);
    RC_ASSERT(x.retry_after == y.retry_after);
    seen_[static_cast<size_t>(x.reason)] = true;
  }

  bool seen(rejection x) const {
    return seen_[static_cast<size_t>(x)];
  }

  void settle(const step& x) {
    auto id = next_id_ - x.back;
    auto before = naive_.state;
    RC_ASSERT(real_.settle(id, x.result) == naive_.settle(id, x.result));
    closed_by_probes_ |= before == circuit_state::half_open
                         && naive_.state == circuit_state::closed;
  }

  duration unit_;
  breaker_driver real_;
  naive_breaker naive_;
  uint64_t next_id_ = 1000;
  std::array<bool, 4> seen_{};
  bool closed_by_probes_ = false;
};

void behaves_like_the_naive_one() {
  auto cfg = *any_settings();
  // From the start of the clock, and from where the hands of the wheel carry.
  auto start = *rc::gen::element<int64_t>(0, 7, (int64_t{1} << 28) - 5,
                                          (int64_t{1} << 40) - 3);
  auto course = *rc::gen::container<std::vector<step>>(any_step());
  // With the odd unit nothing falls on a whole millisecond.
  auto unit = *rc::gen::element<duration>(1ms, 1'000'003ns);
  auto seed = *rc::gen::arbitrary<uint64_t>();
  pair both{cfg, start, unit, seed};
  for (const auto& x : course) {
    both.apply(x);
    both.compare();
  }
  both.tell();
}

TEST(breaker_model, behaves_like_the_naive_one) {
  coverage.clear();
  rc::detail::checkGTest(behaves_like_the_naive_one);
  for (const auto& [what, courses] : coverage) {
    std::cout << what << ": " << courses << '\n';
    if (coverage["courses"] >= 1000) { // not when one course is repeated
      EXPECT_GT(courses, coverage["courses"] / 50) << what;
    }
  }
}

} // namespace

} // namespace resilience::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Read by RapidCheck when the first property runs.
  auto seed = std::to_string(std::random_device{}());
  auto params = "seed=" + seed + " max_success=8000 max_size=250";
  setenv("RC_PARAMS", params.c_str(), 0);
  std::cout << "RC_PARAMS=\"" << std::getenv("RC_PARAMS") << "\"" << std::endl;
  return RUN_ALL_TESTS();
}
