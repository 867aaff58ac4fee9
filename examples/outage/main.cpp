// An outage of nginx: without a guard, through one, and through one that also
// tries again and has a fallback. At last a process with a database is killed
// in an outage; started again it knows of it.
//
// Callers ask at a steady rate for a page that an actor fetches from nginx.
// After some seconds nginx hangs, then it is killed, then it is started again.
// All runs have the same load, the same nginx and the same HTTP client with the
// same timeout; the second and the third have a guard before the HTTP client.
//
// Exit code: 0 if the guard did what it is for, 1 if not, 2 if nginx does not
// run, 128 + the number of the signal that ended it.
#include "cast.hpp"
#include "history.hpp"
#include "messages.hpp"
#include "options.hpp"
#include "report.hpp"
#include "restart.hpp"
#include "run.hpp"
#include "screen.hpp"
#include "service.hpp"
#include "signals.hpp"

#include <caf/actor_system_config.hpp>

#include <curl/curl.h>
#include <unistd.h>

#include <iostream>

namespace {

using namespace outage;

void introduce(screen& out, const options& opts) {
  auto p = guard_policy();
  out.say("Three runs of "
          + seconds(up_before + hung_for + refused_for + up_after) + ": "
          + std::to_string(callers) + " actors ask nginx for a page, "
          + std::to_string(opts.rate) + " times per second.");
  out.say("In each nginx hangs for " + seconds(hung_for) + " and is down for "
          + seconds(refused_for) + "; the HTTP client gives\nup after "
          + milliseconds(opts.client_timeout)
          + ". The guard of the second run gives up after "
          + milliseconds(p.timeout->limit) + ", opens\nafter "
          + std::to_string(p.breaker->failure_threshold)
          + " failures in a row, and probes every "
          + milliseconds(p.breaker->cooldown)
          + ". That of the third also tries\nup to "
          + std::to_string(armed_policy().retry->max_attempts)
          + " times and answers with a page it has kept when all else "
            "fails.\n");
}

void introduce_last(screen& out) {
  out.say("At last a process with a database is killed (kill -9) while its "
          "circuit is open\nfor "
          + seconds(service_policy().breaker->cooldown)
          + ", and started again.\n");
}

// False if a signal came.
bool play_runs(nginx& upstream, const options& opts, screen& out,
               summaries& runs) {
  caf::actor_system_config cfg;
  resilience::init<caf::id_block::outage>(cfg);
  caf::actor_system sys{cfg};
  introduce(out, opts);
  for (auto kind : {run_kind::bare, run_kind::guarded, run_kind::armed}) {
    auto result = run_once(sys, upstream, opts, kind, out);
    if (!result)
      return false;
    runs.push_back(std::move(*result));
    out.say("");
  }
  return true;
}

int report(const options& opts, const summaries& runs,
           const restart_summary& last) {
  auto missing = faults(runs);
  for (auto& x : faults(last))
    missing.push_back(std::move(x));
  if (opts.json) {
    write_json(std::cout, opts, runs, last, missing);
  } else {
    if (!runs.empty())
      write_table(std::cout, runs);
    write_history(std::cout, last);
  }
  for (const auto& x : missing)
    std::cerr << "outage: expected, but not seen: " << x << '\n';
  return missing.empty() ? 0 : 1;
}

int play(const options& opts) {
  auto& terminal = opts.json ? std::cerr : std::cout;
  screen out{terminal,
             ::isatty(opts.json ? STDERR_FILENO : STDOUT_FILENO) == 1};
  nginx upstream{opts.nginx, opts.prefix};
  summaries runs;
  std::optional<restart_summary> last;
  if (opts.last || play_runs(upstream, opts, out, runs)) {
    introduce_last(out);
    last = play_restart(upstream, opts, out);
  }
  if (!last) {
    out.say("ended by a signal; nginx is stopped");
    return 128 + signal_seen();
  }
  return report(opts, runs, *last);
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
    return opts->child.empty() ? play(*opts) : serve(*opts);
  } catch (const std::exception& e) {
    std::cerr << "outage: " << e.what() << '\n';
    return 2;
  }
}
