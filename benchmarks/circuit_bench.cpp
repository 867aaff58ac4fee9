// What one call costs inside the machines, the clock given. The bars: the
// circuit's admit and settle 40 ns on one thread (60 ns into a window), its
// rejection while open 10 ns; rate limiter, bulkhead and retry budget 60 ns; no
// allocation (tests/core/allocation_test.cpp).
//
//   build/release/benchmarks/circuit_bench --benchmark_repetitions=5
#include "resilience/bulkhead.hpp"
#include "resilience/circuit.hpp"
#include "resilience/rate_limiter.hpp"
#include "resilience/retry_budget.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace resilience;
using namespace std::chrono_literals;

constexpr time_point start{1h};

// Shared by all threads of a benchmark, as several guards share a circuit.
circuit& closed_circuit() {
  static circuit instance{"closed", "", breaker_config{}};
  return instance;
}

circuit& open_circuit() {
  static circuit instance{"open", "", breaker_config{.failure_threshold = 1}};
  static auto opened = [] {
    auto pass = instance.admit(start).pass;
    return instance.settle(pass, outcome::failure, 1ms, start);
  }();
  benchmark::DoNotOptimize(opened);
  return instance;
}

void admit_and_settle_closed(benchmark::State& state) {
  auto& c = closed_circuit();
  for (auto _ : state) {
    auto x = c.admit(start);
    auto known = c.settle(x.pass, outcome::success, 250us, start);
    benchmark::DoNotOptimize(known);
  }
}
BENCHMARK(admit_and_settle_closed)->Threads(1)->Threads(2);

circuit& windowed_circuit(window_kind kind) {
  static auto config = [](window_kind x) {
    return breaker_config{.window = window_config{.kind = x}};
  };
  static circuit count{"count", "", config(window_kind::count)};
  static circuit time{"time", "", config(window_kind::time)};
  return kind == window_kind::count ? count : time;
}

void admit_and_settle_windowed(benchmark::State& state) {
  auto& c = windowed_circuit(static_cast<window_kind>(state.range(0)));
  auto now = start;
  for (auto _ : state) {
    now += 1us;
    auto x = c.admit(now);
    auto known = c.settle(x.pass, outcome::success, 250us, now);
    benchmark::DoNotOptimize(known);
  }
}
BENCHMARK(admit_and_settle_windowed)->Arg(0)->Arg(1)->Threads(1)->Threads(2);

void reject_open(benchmark::State& state) {
  auto& c = open_circuit();
  for (auto _ : state) {
    auto x = c.admit(start + 1s);
    benchmark::DoNotOptimize(x);
  }
}
BENCHMARK(reject_open)->Threads(1)->Threads(2);

// The machines below belong to one guard each: no threads.

// Argument 0: the tokens never run out, 1: every call is told when to return.
void rate_limiter_admit(benchmark::State& state) {
  auto rate = state.range(0) == 0 ? 1'000'000'000 : 1;
  rate_limiter limiter{{.rate = rate, .period = 1s, .burst = rate}};
  auto now = start;
  for (auto _ : state) {
    now += 5ns;
    auto x = limiter.admit(now);
    benchmark::DoNotOptimize(x);
  }
}
BENCHMARK(rate_limiter_admit)->Arg(0)->Arg(1);

void bulkhead_enter_and_leave(benchmark::State& state) {
  bulkhead places;
  uint64_t id = 0;
  for (auto _ : state) {
    auto x = places.enter(++id);
    benchmark::DoNotOptimize(x);
    auto next = places.leave();
    benchmark::DoNotOptimize(next);
  }
}
BENCHMARK(bulkhead_enter_and_leave);

void retry_budget_on_call_and_take(benchmark::State& state) {
  retry_budget budget;
  auto now = start;
  for (auto _ : state) {
    now += 1us;
    budget.on_calls(1);
    auto taken = budget.take(now);
    benchmark::DoNotOptimize(taken);
  }
}
BENCHMARK(retry_budget_on_call_and_take);

} // namespace

BENCHMARK_MAIN();
