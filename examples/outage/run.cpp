#include "run.hpp"

#include "cast.hpp"
#include "messages.hpp"
#include "signals.hpp"

#include <thread>

namespace outage {

namespace {

// Lets time pass and shows what happens meanwhile.
class watcher {
public:
  watcher(const scoreboard& board, run_kind kind, screen& out)
    : board_(board), run_(to_string(kind)),
      circuit_(kind == run_kind::bare ? "-" : "closed"), out_(out) {}

  /// False if a signal came.
  bool until(time_point end) {
    return until(end, [] { return false; });
  }

  template <class F>
  bool until(time_point end, F done) {
    while (signal_seen() == 0 && clock::now() < end && !done()) {
      show();
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    show();
    return signal_seen() == 0;
  }

  void nginx_is(const std::string& state, const std::string& text) {
    nginx_ = state;
    out_.event(run_, clock::now() - start, text);
  }

  const time_point start = clock::now();

private:
  void show() {
    for (const auto& x : board_.changes_from(changes_seen_)) {
      ++changes_seen_;
      circuit_ = to_string(x.event.to);
      out_.event(run_, x.at - start,
                 "circuit " + std::string{to_string(x.event.from)} + " -> "
                   + circuit_ + " (" + to_string(x.event.why) + ")");
    }
    auto now = clock::now();
    auto recent = board_.waits_since(now - std::chrono::seconds{1});
    auto median = recent.empty() ? duration{-1} : percentile(recent, 0.5);
    out_.show({run_, now - start, nginx_, circuit_, board_.total(), median});
  }

  const scoreboard& board_;
  std::string run_;
  std::string circuit_;
  std::string nginx_ = "up";
  screen& out_;
  size_t changes_seen_ = 0;
};

resilience::policy policy_of(run_kind x) {
  return x == run_kind::armed ? armed_policy() : guard_policy();
}

} // namespace

resilience::policy guard_policy() {
  using namespace std::chrono_literals;
  return {
    .name = "nginx",
    .breaker = resilience::breaker_config{.failure_threshold = 5,
                                          .cooldown = 1500ms,
                                          .half_open_max_calls = 3,
                                          .success_threshold = 2},
    .timeout = resilience::timeout_config{.limit = 1s},
  };
}

resilience::policy armed_policy() {
  using namespace std::chrono_literals;
  auto result = guard_policy();
  result.retry = resilience::retry_config{.backoff = {.initial_delay = 200ms}};
  return result;
}

namespace {

// What is done to nginx, and when. Nothing if a signal came.
std::optional<timeline> play_outage(nginx& upstream, cast& actors,
                                    watcher& watch) {
  timeline when;
  when.start = watch.start;
  actors.begin_asking();
  if (!watch.until(when.start + up_before))
    return std::nullopt;
  when.hung = clock::now();
  upstream.hang();
  watch.nginx_is("hung", "nginx is stopped (SIGSTOP): it hangs");
  if (!watch.until(when.hung + hung_for))
    return std::nullopt;
  when.killed = clock::now();
  upstream.kill();
  watch.nginx_is("down", "nginx is killed (SIGKILL): connections are refused");
  if (!watch.until(when.killed + refused_for))
    return std::nullopt;
  upstream.start();
  when.back = clock::now();
  watch.nginx_is("up", "nginx is started again");
  if (!watch.until(when.back + up_after))
    return std::nullopt;
  when.end = clock::now();
  actors.halt_asking();
  return when;
}

} // namespace

std::optional<summary> run_once(caf::actor_system& sys, nginx& upstream,
                                const options& opts, run_kind kind,
                                screen& out) {
  upstream.start();
  auto board = std::make_shared<scoreboard>();
  cast actors{sys,
              {.url = upstream.url(),
               .rate = opts.rate,
               .client_timeout = opts.client_timeout,
               .kind = kind,
               .guard = policy_of(kind)},
              board};
  out.head();
  watcher watch{*board, kind, out};
  auto when = play_outage(upstream, actors, watch);
  // Whoever still waits is answered by the HTTP client's timeout at the latest.
  auto all_answered = [&] { return board->total().in_flight == 0; };
  if (!when
      || !watch.until(when->end + opts.client_timeout + std::chrono::seconds{1},
                      all_answered)) {
    actors.end();
    out.say("callers without an answer: "
            + std::to_string(board->total().in_flight));
    return std::nullopt;
  }
  upstream.kill();
  return summarise(kind, *when, board->all());
}

} // namespace outage
