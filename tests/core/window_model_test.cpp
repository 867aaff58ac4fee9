// Random courses of results: the real window must show what a plain list of
// results shows.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "core/naive_window.hpp"
#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>

namespace resilience::test {

namespace {

using rc::gen::inRange;

enum class op { record, read, clear, configure };

struct step {
  op what;
  outcome result;
  duration took;
  duration wait;
  window_config cfg;
};

std::ostream& operator<<(std::ostream& out, const window_config& x) {
  return out << "{" << to_string(x.kind) << " " << x.window_size << ", "
             << x.minimum_calls << ", " << x.failure_rate_threshold << "%, "
             << x.slow_call_rate_threshold << "%, "
             << to_string(x.slow_call_duration) << "}";
}

std::ostream& operator<<(std::ostream& out, const step& x) {
  out << "after " << to_string(x.wait) << " ";
  switch (x.what) {
    case op::record:
      return out << "record " << to_string(x.result) << " "
                 << to_string(x.took);
    case op::read:
      return out << "read";
    case op::clear:
      return out << "clear";
    default:
      return out << "configure " << x.cfg;
  }
}

rc::Gen<window_config> any_window() {
  auto size = rc::gen::weightedOneOf<int32_t>(
    {{8, inRange(1, 9)}, {2, inRange(30, 70)}, {1, inRange(1, 5000)}});
  auto rate = [] {
    return rc::gen::element(100.0, 50.0, 33.3, 25.0, 66.6, 1.0, 12.5);
  };
  return rc::gen::construct<window_config>(
    rc::gen::element(window_kind::count, window_kind::time), size,
    inRange(1, 9), rate(), rate(),
    rc::gen::element<duration>(1ms, 5ms, 1s, 1ns));
}

// Some go back: threads hand in their times out of order.
rc::Gen<duration> any_wait() {
  auto in_ms = [](int64_t a, int64_t b) {
    return rc::gen::map(inRange(a, b), [](int64_t n) { return ms(n); });
  };
  return rc::gen::weightedOneOf<duration>(
    {{8, rc::gen::element<duration>(0ms, 1ns, 1ms, 999ms, 1s, 1s - 1ns)},
     {6, in_ms(0, 3000)},
     {2, in_ms(0, 70'000)},
     {2, in_ms(-5000, 0)},
     {1, rc::gen::element<duration>(24h, 24h * 365 * 30)}});
}

rc::Gen<step> any_step() {
  return rc::gen::construct<step>(
    rc::gen::weightedElement<op>(
      {{60, op::record}, {10, op::read}, {1, op::clear}, {3, op::configure}}),
    rc::gen::weightedElement<outcome>(
      {{6, outcome::success}, {4, outcome::failure}, {1, outcome::neutral}}),
    rc::gen::element<duration>(0ms, 1ns, 2ns, 1ms, 1ms + 1ns, 5ms, 1s, 2s),
    any_wait(), any_window());
}

/// In how many courses something happened.
std::map<std::string, int> coverage;

void shows_what_a_list_shows() {
  auto cfg = *any_window();
  auto now = *rc::gen::element<time_point>(
    at(0), at(-2500), at(1'546'344'000'000), time_point::min());
  auto course = *rc::gen::container<std::vector<step>>(any_step());
  sliding_window real{cfg};
  naive_window naive{cfg};
  bool tripped = false, silent = false, emptied = false;
  for (const auto& x : course) {
    auto before = naive.results.size();
    now = saturating_add(now, x.wait);
    switch (x.what) {
      case op::record:
        real.record(x.result, x.took, now);
        naive.record(x.result, x.took, now);
        break;
      case op::read:
        break;
      case op::clear:
        real.clear();
        naive.results.clear();
        break;
      default:
        real.configure(x.cfg, now);
        naive.configure(x.cfg, now);
    }
    auto rates = naive.rates(now);
    RC_ASSERT(real.rates(now) == rates);
    RC_ASSERT(real.trips(now) == naive.trips(now));
    tripped |= naive.trips(now);
    silent |= rates.buffered_calls > 0 && rates.failure_rate < 0;
    emptied |= before > 0 && rates.buffered_calls == 0;
  }
  coverage["courses"] += 1;
  coverage["tripped"] += tripped;
  coverage["below the minimum"] += silent;
  coverage["emptied"] += emptied;
}

TEST(window_model, shows_what_a_list_shows) {
  coverage.clear();
  rc::detail::checkGTest(shows_what_a_list_shows);
  for (const auto& [what, courses] : coverage) {
    std::cout << what << ": " << courses << '\n';
    if (coverage["courses"] >= 1000) { // not when one course is repeated
      EXPECT_GT(courses, coverage["courses"] / 20) << what;
    }
  }
}

} // namespace

} // namespace resilience::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Read by RapidCheck when the first property runs.
  auto seed = std::to_string(std::random_device{}());
  auto params = "seed=" + seed + " max_success=3000 max_size=150";
  setenv("RC_PARAMS", params.c_str(), 0);
  std::cout << "RC_PARAMS=\"" << std::getenv("RC_PARAMS") << "\"" << std::endl;
  return RUN_ALL_TESTS();
}
