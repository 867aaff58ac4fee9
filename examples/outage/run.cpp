#include "run.hpp"

#include "caller.hpp"
#include "http_actor.hpp"
#include "messages.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <csignal>
#include <thread>

namespace outage {

namespace {

volatile std::sig_atomic_t first_signal = 0;

// Writes the guard's transitions down.
class observer : public resilience::compat::actor_base {
public:
  observer(caf::actor_config& cfg, resilience::control_actor guard,
           std::shared_ptr<scoreboard> board)
    : resilience::compat::actor_base(cfg), guard_(std::move(guard)),
      board_(std::move(board)) {}

  caf::behavior make_behavior() override {
    auto* self = this;
    resilience::compat::request(self, guard_, caf::infinite,
                                resilience::subscribe{})
      .then([](const resilience::circuit_status&) {});
    return {
      [this](const resilience::transition_event& x) { board_->changed(x); },
    };
  }

  void on_exit() override {
    guard_ = nullptr;
  }

private:
  resilience::control_actor guard_;
  std::shared_ptr<scoreboard> board_;
};

// The actors of a run; ends them.
class cast {
public:
  cast(caf::actor_system& sys, const nginx& upstream, const options& opts,
       run_kind kind, const std::shared_ptr<scoreboard>& board)
    : runtime_(sys) {
    auto http =
      sys.spawn<http_actor>(upstream.url(), opts.client_timeout, board);
    actors_.push_back(http);
    auto target = guard(http, kind);
    if (kind != run_kind::bare)
      actors_.push_back(sys.spawn<observer>(runtime_.control(target), board));
    auto gap = duration{std::chrono::seconds{1}} / opts.rate;
    for (int i = 0; i < callers; ++i) {
      callers_.push_back(
        sys.spawn<caller>(target, board, i * gap, callers * gap));
      actors_.push_back(callers_.back());
    }
  }

  ~cast() {
    for (const auto& x : actors_)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  }

  cast(const cast&) = delete;
  cast& operator=(const cast&) = delete;

  template <class Message>
  void tell_callers(const Message& x) {
    for (const auto& who : callers_)
      resilience::compat::anon_post(who, x);
  }

private:
  caf::actor guard(const caf::actor& http, run_kind kind) {
    switch (kind) {
      case run_kind::bare:
        return http;
      case run_kind::guarded:
        return runtime_.guard(http, guard_policy());
      default:
        return runtime_.guard(
          http, armed_policy(),
          {.fallback = resilience::fallback::value(page{kept_page})});
    }
  }

  resilience::runtime runtime_;
  std::vector<caf::actor> actors_;
  std::vector<caf::actor> callers_;
};

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
    while (first_signal == 0 && clock::now() < end && !done()) {
      show();
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    show();
    return first_signal == 0;
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

std::optional<summary> run_once(caf::actor_system& sys, nginx& upstream,
                                const options& opts, run_kind kind,
                                screen& out) {
  upstream.start();
  auto board = std::make_shared<scoreboard>();
  cast actors{sys, upstream, opts, kind, board};
  out.head();
  watcher watch{*board, kind, out};
  timeline when;
  when.start = watch.start;
  actors.tell_callers(begin{});
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
  actors.tell_callers(halt{});
  // Whoever still waits is answered by the HTTP client's timeout at the latest.
  auto all_answered = [&] { return board->total().in_flight == 0; };
  if (!watch.until(when.end + opts.client_timeout + std::chrono::seconds{1},
                   all_answered))
    return std::nullopt;
  upstream.kill();
  return summarise(kind, when, board->all());
}

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int x) {
    if (first_signal == 0)
      first_signal = x;
  };
  for (auto x : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(x, &action, nullptr);
}

int signal_seen() {
  return first_signal;
}

} // namespace outage
