#include "service.hpp"

#include "cast.hpp"
#include "run.hpp"
#include "signals.hpp"
#include "summary.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <thread>

namespace outage {

namespace {

using json = nlohmann::ordered_json;

double in_ms(duration x) {
  return std::chrono::duration<double, std::milli>{x}.count();
}

json to_json(const std::optional<duration>& x) {
  return x ? json(in_ms(*x)) : json();
}

void tell(const json& what) {
  // What is no UTF-8 is of no interest.
  auto text = what.dump(-1, ' ', false, json::error_handler_t::replace);
  std::cout << text + '\n' << std::flush;
}

void tell_start(const resilience::runtime& rt) {
  auto at = resilience::wall_clock::now().time_since_epoch();
  auto now = rt.all_status().at(0);
  tell({{"is", "start"},
        {"state", to_string(now.state)},
        {"retry_after_ms", to_json(now.retry_after)},
        {"at_ns", std::chrono::nanoseconds{at}.count()}});
}

// One request, before the callers ask.
void tell_first(caf::actor_system& sys, const caf::actor& target) {
  caf::scoped_actor self{sys};
  std::string fault;
  std::optional<duration> back;
  auto asked = clock::now();
  resilience::compat::request(self, target, caf::infinite, fetch{})
    .receive([](const page&) {},
             [&](const caf::error& e) {
               fault = to_string(resilience::code_of(e));
               back = resilience::retry_after(e);
             });
  tell({{"is", "first"},
        {"error", fault},
        {"wait_ms", in_ms(clock::now() - asked)},
        {"retry_after_ms", to_json(back)}});
}

void tell_changes(const scoreboard& board, size_t& seen) {
  for (const auto& x : board.changes_from(seen)) {
    ++seen;
    tell({{"is", "change"},
          {"from", to_string(x.event.from)},
          {"to", to_string(x.event.to)},
          {"cause", to_string(x.event.why)}});
  }
}

void tell_stand(const scoreboard& board) {
  auto now = board.total();
  auto recent = board.waits_since(clock::now() - std::chrono::seconds{1});
  tell({{"is", "stand"},
        {"ok", now.ok},
        {"failed", now.failed},
        {"rejected", now.rejected},
        {"in_flight", now.in_flight},
        {"median_ms", recent.empty() ? -1. : in_ms(percentile(recent, 0.5))}});
}

void tell_end(const records& all, bool saved) {
  std::vector<duration> waits;
  for (const auto& x : all.answers)
    if (x.kind == answer_kind::rejected)
      waits.push_back(x.wait);
  tell({{"is", "end"},
        {"saved", saved},
        {"unanswered", all.in_flight},
        {"median_rejected_ms", in_ms(percentile(waits, 0.5))}});
}

// Until a signal comes.
void go_on(const scoreboard& board) {
  auto until = clock::now() + service_limit;
  size_t seen = 0;
  while (signal_seen() == 0 && clock::now() < until) {
    tell_changes(board, seen);
    tell_stand(board);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

} // namespace

resilience::policy service_policy() {
  auto result = guard_policy();
  result.breaker->cooldown = std::chrono::seconds{4};
  return result;
}

int serve(const options& opts) {
  caf::actor_system_config cfg;
  resilience::init<caf::id_block::outage>(cfg);
  caf::actor_system sys{cfg};
  auto board = std::make_shared<scoreboard>();
  cast actors{sys,
              {.url = opts.url,
               .rate = opts.rate,
               .client_timeout = opts.client_timeout,
               .kind = run_kind::guarded,
               .guard = service_policy(),
               .runtime = {.database = opts.child.string()}},
              board};
  tell_start(actors.runtime());
  tell_first(sys, actors.target());
  actors.begin_asking();
  go_on(*board);
  auto saved = actors.runtime().persist();
  auto answered = actors.end();
  tell_stand(*board);
  tell_end(board->all(), saved);
  return saved && answered ? 0 : 1;
}

} // namespace outage
