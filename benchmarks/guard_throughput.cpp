// What a guard costs: the same request bare, with CAF's own timeout, through a
// guard (breaker and timeout; retry as well; every layer), and rejected by an
// open circuit.
//
// All cases run interleaved, round by round, in one process; a ratio is the
// median over rounds of the ratios within a round, so that noise of the machine
// hits both sides. CAF 0.17.6 keeps the timer of every answered request until
// it fires, so what its timeout costs shows only where timers fire as fast as
// they are set: a case runs several times as long as the timeout.
//
// With `--persisting` only two cases: a guard, and the same guard while a
// thousand other circuits are saved to a database five times a second.
//
//   guard_throughput [--rounds=N] [--seconds=S] [--timeout=S] [--json]
//   guard_throughput --persisting [--rounds=N] [--seconds=S]
//   guard_throughput --only=CASE --requests=N   (one case, for callgrind, perf)
#include "requests.hpp"
#include "support/temp_dir.hpp"

#include <caf/exit_reason.hpp>

#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

using namespace resilience;
using namespace resilience::bench;
using namespace std::chrono_literals;

namespace {

struct contender {
  const char* name;
  handles targets;
  bool caf_timeout = false;
  bool persisting = false;
  int64_t requests = 0;
  std::vector<double> rates{};
};

struct shape {
  int outstanding;
  int requesters;
};

/// Of all cases with a timeout.
duration limit = 250ms;

constexpr size_t bare_case = 0;
constexpr size_t timeout_case = 1;

/// A runtime that is busy with its database.
class persisting_runtime {
public:
  explicit persisting_runtime(caf::actor_system& sys)
    : rt_(sys,
          {.database = dir_.file("circuits.db"), .snapshot_interval = 200ms}) {
    caf::scoped_actor self{sys};
    for (int i = 0; i < 1'000; ++i) {
      policy p;
      p.name.append("c").append(std::to_string(i));
      // What is not closed is saved every time.
      compat::request(self, rt_.ensure_breaker(p), caf::infinite, isolate{})
        .receive([](const circuit_status&) {}, [](caf::error&) {});
    }
  }

private:
  test::temp_dir dir_;
  runtime rt_;
};

double run(caf::actor_system& sys, const contender& x, int64_t requests,
           const shape& s) {
  std::optional<persisting_runtime> busy;
  if (x.persisting)
    busy.emplace(sys);
  if (!x.caf_timeout)
    return rate(sys, x.targets, requests, s.outstanding, s.requesters,
                caf::infinite);
  auto result =
    rate(sys, x.targets, requests, s.outstanding, s.requesters, limit);
  // The last timers fire here, so that the next case does not pay for them.
  std::this_thread::sleep_for(limit + 100ms);
  return result;
}

double ratio(const contender& x, const contender& to) {
  std::vector<double> ratios;
  for (size_t i = 0; i < x.rates.size(); ++i)
    ratios.push_back(x.rates[i] / to.rates[i]);
  return median(ratios);
}

void measure(caf::actor_system& sys, std::vector<contender>& cases,
             const shape& s, int rounds, double seconds) {
  for (auto& x : cases) {
    x.rates.clear();
    auto warm_up = run(sys, x, 10'000, s);
    x.requests = std::max<int64_t>(2'000, std::llround(warm_up * seconds));
  }
  for (int i = 0; i < rounds; ++i)
    for (auto& x : cases)
      x.rates.push_back(run(sys, x, x.requests, s));
}

void print(const std::vector<contender>& cases, const shape& s, bool json,
           bool& first) {
  if (!json)
    std::printf("\n%d outstanding, %d requester%s\n"
                "%-24s %12s %10s %12s %16s\n",
                s.outstanding, s.requesters, s.requesters == 1 ? "" : "s",
                "case", "requests/s", "ns each", "x bare", "x CAF timeout");
  for (const auto& x : cases) {
    auto per_second = median(x.rates);
    auto to_bare = ratio(x, cases[bare_case]);
    auto to_timeout = ratio(x, cases[timeout_case]);
    if (json)
      std::printf("%s\n  {\"case\": \"%s\", \"outstanding\": %d, "
                  "\"requesters\": %d, \"rate\": %.0f, "
                  "\"ratio_to_bare\": %.3f, \"ratio_to_caf_timeout\": %.3f}",
                  first ? "[" : ",", x.name, s.outstanding, s.requesters,
                  per_second, to_bare, to_timeout);
    else
      std::printf("%-24s %12.0f %10.0f %12.2f %16.2f\n", x.name, per_second,
                  1e9 / per_second, to_bare, to_timeout);
    first = false;
  }
  std::fflush(stdout);
}

caf::actor open_guard(caf::actor_system& sys, runtime& rt,
                      const caf::actor& target) {
  policy p;
  p.breaker->cooldown = 24h;
  p.name = "open";
  auto result = rt.guard(target, p);
  caf::scoped_actor self{sys};
  auto control = rt.control(result);
  for (int32_t i = 0; i < p.breaker->failure_threshold; ++i) {
    call_permit held;
    auto fail = [](caf::error&) { std::abort(); };
    compat::request(self, control, caf::infinite, acquire{})
      .receive([&](const call_permit& x) { held = x; }, fail);
    compat::request(self, control, caf::infinite,
                    report{held, outcome::failure})
      .receive([](bool) {}, fail);
  }
  return result;
}

policy with_timeout(std::string_view name) {
  policy result;
  result.name = name;
  result.timeout->limit = limit;
  return result;
}

caf::actor retrying_guard(runtime& rt, const caf::actor& target) {
  auto p = with_timeout("retry");
  p.retry = retry_config{};
  return rt.guard(target, p);
}

// Every layer, none of them at its limit.
caf::actor full_guard(runtime& rt, const caf::actor& target) {
  auto p = with_timeout("full");
  p.timeout->total = 5s;
  p.retry = retry_config{};
  p.bulkhead = bulkhead_config{.max_concurrent = 1'000, .max_queue = 1'000};
  p.rate_limiter =
    rate_limit_config{.rate = 1'000'000'000, .burst = 1'000'000'000};
  return rt.guard(target, p, {.fallback = fallback::value(int32_t{0})});
}

// Exit code 1 if persisting costs more than 5 %.
int compare_persisting(caf::actor_system& sys, const caf::actor& guard,
                       int rounds, double seconds) {
  std::vector<contender> cases;
  cases.push_back({"guarded", single(guard)});
  cases.push_back({"persisting", single(guard), false, true});
  auto worst = 1.0;
  for (auto s : {shape{1, 1}, shape{100, 1}}) {
    measure(sys, cases, s, rounds, seconds);
    auto share = ratio(cases[1], cases[0]);
    worst = std::min(worst, share);
    std::printf(
      "%3d outstanding: %.0f requests/s, %.0f while persisting: %.3f\n",
      s.outstanding, median(cases[0].rates), median(cases[1].rates), share);
  }
  return worst >= 0.95 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  limit = std::chrono::duration_cast<duration>(
    std::chrono::duration<double>(option(argc, argv, "timeout", 0.25)));
  resilience::init();
  stage on;
  auto& [cfg, sys, rt, target] = on;
  if (flag(argc, argv, "persisting"))
    return compare_persisting(
      sys, rt.guard(target, with_timeout("guarded")),
      static_cast<int>(option(argc, argv, "rounds", 15)),
      option(argc, argv, "seconds", 0.5));
  std::vector<contender> cases;
  cases.push_back({"bare", single(target)});
  cases.push_back({"caf_timeout", single(target), true});
  cases.push_back(
    {"breaker_timeout", single(rt.guard(target, with_timeout("guarded")))});
  cases.push_back({"with_retry", single(retrying_guard(rt, target))});
  cases.push_back({"full_stack", single(full_guard(rt, target))});
  cases.push_back({"rejected", single(open_guard(sys, rt, target))});
  auto json = flag(argc, argv, "json");
  if (auto one = option(argc, argv, "requests", 0); one > 0) {
    for (const auto& x : cases)
      if (flag(argc, argv, (std::string{"only="} + x.name).c_str()))
        std::printf(
          "%s: %.0f requests/s\n", x.name,
          run(sys, x, static_cast<int64_t>(one),
              {static_cast<int>(option(argc, argv, "outstanding", 1)), 1}));
  } else {
    auto first = true;
    for (auto s : {shape{1, 1}, shape{1, 2}, shape{100, 1}, shape{100, 2}}) {
      measure(sys, cases, s, static_cast<int>(option(argc, argv, "rounds", 5)),
              option(argc, argv, "seconds", 1));
      print(cases, s, json, first);
    }
    if (json)
      std::printf("\n]\n");
  }
}
