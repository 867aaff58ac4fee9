// An outage of nginx, first without a guard, then through one.
//
// Callers ask at a steady rate for a page that an actor fetches from nginx.
// After some seconds nginx hangs, then it is killed, then it is started again.
// Both runs have the same load, the same nginx and the same HTTP client with
// the same timeout; the second has a guard before the HTTP client.
//
// Exit code: 0 if the guard did what it is for, 1 if not, 2 if nginx does not
// run, 128 + the number of the signal that ended it.
#include "messages.hpp"
#include "options.hpp"
#include "report.hpp"
#include "run.hpp"
#include "screen.hpp"

#include <caf/actor_system_config.hpp>

#include <curl/curl.h>
#include <unistd.h>

#include <iostream>

namespace {

using namespace outage;

void introduce(screen& out, const options& opts) {
  auto p = guard_policy();
  out.say("Two runs of "
          + seconds(up_before + hung_for + refused_for + up_after) + ": "
          + std::to_string(callers) + " actors ask nginx for a page, "
          + std::to_string(opts.rate) + " times per second.");
  out.say("In both nginx hangs for " + seconds(hung_for) + " and is down for "
          + seconds(refused_for) + "; the HTTP client gives\nup after "
          + milliseconds(opts.client_timeout)
          + ". The guard of the second run gives up after "
          + milliseconds(p.timeout->limit) + ", opens\nafter "
          + std::to_string(p.breaker->failure_threshold)
          + " failures in a row, and probes every "
          + milliseconds(p.breaker->cooldown) + ".\n");
}

int play(const options& opts) {
  auto& terminal = opts.json ? std::cerr : std::cout;
  screen out{terminal,
             ::isatty(opts.json ? STDERR_FILENO : STDOUT_FILENO) == 1};
  nginx upstream{opts.nginx, opts.prefix};
  caf::actor_system_config cfg;
  resilience::init<caf::id_block::outage>(cfg);
  caf::actor_system sys{cfg};
  introduce(out, opts);
  auto bare = run_once(sys, upstream, opts, false, out);
  if (bare)
    out.say("");
  auto guarded = bare ? run_once(sys, upstream, opts, true, out) : std::nullopt;
  if (!guarded) {
    out.say("ended by a signal; nginx is stopped");
    return 128 + signal_seen();
  }
  out.say("");
  if (opts.json)
    write_json(std::cout, opts, *bare, *guarded);
  else
    write_table(std::cout, *bare, *guarded);
  auto missing = faults(*bare, *guarded);
  for (const auto& x : missing)
    std::cerr << "outage: expected, but not seen: " << x << '\n';
  return missing.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  auto opts = parse(argc, argv);
  if (!opts)
    return 2;
  handle_signals();
  curl_global_init(CURL_GLOBAL_ALL);
  resilience::init<caf::id_block::outage>();
  try {
    return play(*opts);
  } catch (const std::exception& e) {
    std::cerr << "outage: " << e.what() << '\n';
    return 2;
  }
}
