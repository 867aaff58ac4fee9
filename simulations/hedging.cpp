// Second attempts where latency has a long tail: what they take off it, and
// what they cost.
#include "hedged_calls.hpp"
#include "numbers.hpp"
#include "simulations.hpp"

#include <string>
#include <vector>

namespace resilience::simulation {

namespace {

using namespace std::chrono_literals;

constexpr double bar_share = 0.5;
constexpr double bar_more = 0.05;

/// A breaker that stays out of the way.
policy plain() {
  policy p;
  p.breaker->failure_threshold = 1'000'000;
  return p;
}

policy hedged(hedge_config x) {
  auto p = plain();
  p.hedge = x;
  return p;
}

std::string milliseconds(duration x) {
  return fixed(static_cast<double>(x.count()) / 1e6, 1);
}

double more(const hedged_result& x) {
  auto calls = static_cast<double>(x.took.size());
  return static_cast<double>(x.attempts) / calls - 1;
}

row quantiles(const std::string& name, const hedged_result& x) {
  row result{name};
  for (auto share : {0.5, 0.95, 0.99, 0.999})
    result.push_back(milliseconds(x.quantile(share)));
  result.push_back(fixed(more(x) * 100, 1));
  return result;
}

plot_line line(const std::string& name, const hedged_result& x) {
  plot_line result{name, {}};
  for (int i = 0; i < 400; ++i) {
    auto share = 0.9 + i * 0.1 / 400;
    auto at = static_cast<double>(x.quantile(share).count()) / 1e6;
    result.points.emplace_back((share - 0.9) * 100, at);
  }
  return result;
}

void show_ways(report& out) {
  hedged_calls x{.settings = plain()};
  auto without = run(x);
  x.settings = hedged({.delay = 50ms});
  auto fixed_delay = run(x);
  x.settings = hedged({.quantile = 0.95});
  auto at_95 = run(x);
  x.settings = hedged({.quantile = 0.96});
  auto at_96 = run(x);
  out.table({"second attempt", "p50 ms", "p95 ms", "p99 ms", "p99.9 ms",
             "more attempts %"},
            {quantiles("none", without), quantiles("after 50 ms", fixed_delay),
             quantiles("at the quantile 0.95", at_95),
             quantiles("at the quantile 0.96", at_96)},
            1);
  out.picture("hedging",
              {"Latency of the slowest tenth of all calls",
               "percent of the calls above 90 %",
               "latency in ms",
               {line("none", without), line("after 50 ms", fixed_delay),
                line("quantile 0.96", at_96)}});
}

/// One tail and seed: the row, with its bars.
row compare(report& out, const long_tail& tail, uint64_t seed) {
  hedged_calls x{.latency = tail, .settings = plain(), .seed = seed};
  auto before = run(x).quantile(0.99);
  x.settings = hedged({.quantile = 0.96});
  auto after = run(x);
  auto share = static_cast<double>(after.quantile(0.99).count())
               / static_cast<double>(before.count());
  return {fixed(tail.tail_share * 100, 0) + " % of "
            + milliseconds(tail.tail_mean) + " ms",
          std::to_string(seed),
          milliseconds(before),
          milliseconds(after.quantile(0.99)),
          out.bar(share <= bar_share, fixed(share, 2)),
          out.bar(more(after) <= bar_more, fixed(more(after) * 100, 1))};
}

} // namespace

void simulate_hedging(report& out) {
  out.heading("Hedging");
  out.paragraph("200,000 calls, 200 a second, through a guard's layers to a "
                "target that takes "
                "5 ms\nand an exponential part: of 5 ms on average, but for "
                "one in twenty of "
                "200 ms. Latencies\nare drawn anew for each attempt. Retries "
                "and hedges have "
                "their usual budget.");
  show_ways(out);
  out.paragraph("Bars: at the quantile 0.96 the p99 falls by half or more, at "
                "no more than 5 % more\nattempts.");
  std::vector<row> rows;
  for (auto tail : {long_tail{}, long_tail{.tail_share = 0.02},
                    long_tail{.tail_mean = 1000ms}})
    for (uint64_t seed : {1, 2, 3})
      rows.push_back(compare(out, tail, seed));
  out.table({"tail", "seed", "p99 ms, none", "p99 ms, hedged", "of it",
             "more attempts %"},
            rows, 1);
}

} // namespace resilience::simulation
