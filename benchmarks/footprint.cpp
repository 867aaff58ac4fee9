// What many guards cost: memory of an idle guard, after one request each, and
// what stays when it has ended; and the rate of requests over all of them in
// random order beside the same number of bare actors.
//
//   footprint [--guards=N] [--rounds=N] [--json]
#include "requests.hpp"

#include <caf/exit_reason.hpp>

#include <malloc.h>

#include <cstdio>
#include <string>

using namespace resilience;
using namespace resilience::bench;

namespace {

void await_spawned(caf::actor_system& sys, const std::vector<caf::actor>& xs,
                   runtime& rt) {
  caf::scoped_actor self{sys};
  for (const auto& x : xs)
    compat::request(self, rt.control(x), caf::infinite, describe_policy{})
      .receive([](const std::string&) {}, [](caf::error&) { std::abort(); });
}

// One request to each.
void use_all(caf::actor_system& sys, const std::vector<caf::actor>& xs) {
  caf::scoped_actor self{sys};
  for (const auto& x : xs)
    compat::request(self, x, caf::infinite, int32_t{1})
      .receive([](int32_t) {}, [](caf::error&) { std::abort(); });
}

void end_all(const std::vector<caf::actor>& xs) {
  for (const auto& x : xs)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

/// What is allocated, exact to the byte: resident memory does not shrink.
int64_t heap_bytes() {
  return static_cast<int64_t>(mallinfo2().uordblks);
}

/// Bytes that each of `n` guards leaves behind after a request and its end,
/// while target and runtime live on.
double left_behind(stage& on, size_t n, bool named) {
  auto begin = heap_bytes();
  {
    caf::scoped_actor self{on.sys};
    for (size_t i = 0; i < n; ++i) {
      policy p;
      if (named)
        p.name = "ended-" + std::to_string(i);
      auto guard = on.rt.guard(on.target, p);
      compat::request(self, guard, caf::infinite, int32_t{1})
        .receive([](int32_t) {}, [](caf::error&) { std::abort(); });
      caf::anon_send_exit(guard, caf::exit_reason::user_shutdown);
      self->wait_for(guard);
    }
  }
  return static_cast<double>(heap_bytes() - begin) / static_cast<double>(n);
}

} // namespace

int main(int argc, char** argv) {
  resilience::init();
  stage on;
  auto& [cfg, sys, rt, target] = on;
  auto n = static_cast<size_t>(option(argc, argv, "guards", 100'000));
  auto rounds = static_cast<int>(option(argc, argv, "rounds", 7));
  auto per_guard = [n](int64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(n);
  };

  // Once without looking, so that what grows only once has grown.
  left_behind(on, n / 10, false);
  auto left_bytes = left_behind(on, n / 10, false);
  auto circuit_bytes = left_behind(on, n / 10, true) - left_bytes;

  auto begin = resident_bytes();
  std::vector<caf::actor> actors;
  actors.reserve(n);
  for (size_t i = 0; i < n; ++i)
    actors.push_back(sys.spawn<worker>());
  use_all(sys, actors);
  auto bare_bytes = per_guard(resident_bytes() - begin);

  begin = resident_bytes();
  std::vector<caf::actor> guards;
  guards.reserve(n);
  for (size_t i = 0; i < n; ++i) {
    policy p;
    p.name = "service-" + std::to_string(i);
    guards.push_back(rt.guard(target, p));
  }
  await_spawned(sys, guards, rt);
  auto idle_bytes = per_guard(resident_bytes() - begin);
  use_all(sys, guards);
  auto used_bytes = per_guard(resident_bytes() - begin);

  auto all_actors = std::make_shared<const std::vector<caf::actor>>(actors);
  auto all_guards = std::make_shared<const std::vector<caf::actor>>(guards);
  std::vector<double> bare;
  std::vector<double> guarded;
  std::vector<double> ratios;
  auto total = static_cast<int64_t>(4 * n);
  for (int i = 0; i < rounds; ++i) {
    bare.push_back(rate(sys, all_actors, total, 1, 1, caf::infinite));
    guarded.push_back(rate(sys, all_guards, total, 1, 1, caf::infinite));
    ratios.push_back(guarded.back() / bare.back());
  }
  if (flag(argc, argv, "json"))
    std::printf("{\"guards\": %zu, \"actor_bytes\": %.0f, \"idle_bytes\": %.0f,"
                " \"used_bytes\": %.0f, \"left_bytes\": %.0f, "
                "\"circuit_bytes\": %.0f, \"bare_rate\": %.0f, "
                "\"guarded_rate\": %.0f, \"ratio\": %.3f}\n",
                n, bare_bytes, idle_bytes, used_bytes, left_bytes,
                circuit_bytes, median(bare), median(guarded), median(ratios));
  else
    std::printf("%zu guards with a circuit and a name each\n"
                "  a plain idle actor        %8.0f bytes\n"
                "  an idle guard             %8.0f bytes\n"
                "  after one request each    %8.0f bytes\n"
                "  left by an ended guard    %8.0f bytes\n"
                "  kept for a circuit's name %8.0f bytes\n"
                "  requests/s over all in random order: %.0f bare, %.0f "
                "guarded, ratio %.2f\n",
                n, bare_bytes, idle_bytes, used_bytes, left_bytes,
                circuit_bytes, median(bare), median(guarded), median(ratios));
  end_all(actors); // the runtime ends the guards
}
