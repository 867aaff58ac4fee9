#include "restart.hpp"

#include "child_process.hpp"
#include "service.hpp"
#include "signals.hpp"

#include <resilience/store/sqlite_store.hpp>

#include <algorithm>
#include <memory>

namespace outage {

namespace {

using namespace std::chrono_literals;
using resilience::circuit_state;

constexpr auto well_before = 1s;
constexpr auto open_before_kill = 600ms;
constexpr auto dead_for = 700ms;
constexpr auto down_after_restart = 1s;
constexpr auto well_after = 1s;
// How long to wait for what should come at once.
constexpr auto patience = 5s;

class act {
public:
  act(nginx& upstream, const options& opts, screen& out)
    : upstream_(upstream), opts_(opts), out_(out),
      database_((opts.prefix / "resilience.db").string()) {
    upstream_.start();
    result_.start = wall_clock::now();
  }

  // False if a signal came. However it goes, the process ends as it should.
  bool play() {
    auto on = first_life() && death() && second_life();
    end();
    return on;
  }

  restart_summary take() {
    resilience::sqlite_store store{{.path = database_}};
    result_.history = store.history({});
    return std::move(result_);
  }

private:
  void start(life& whose) {
    living_ = &whose;
    process_ = std::make_unique<child_process>(std::vector<std::string>{
      "--child", database_, "--url", upstream_.url(), "--rate",
      std::to_string(opts_.rate), "--client-timeout",
      std::to_string(opts_.client_timeout.count())});
  }

  bool first_life() {
    start(result_.before);
    event("process " + std::to_string(process_->pid()) + " starts");
    if (!until(patience, [this] { return asked(); }) || !wait(well_before))
      return false;
    upstream_.kill();
    result_.nginx_down = wall_clock::now();
    nginx_is("down", "nginx is killed: connections are refused");
    return until(patience, [this] { return state_is("open"); })
           && wait(open_before_kill);
  }

  bool death() {
    result_.state_when_killed = result_.before.state;
    auto pid = std::to_string(process_->pid());
    process_->kill();
    result_.killed = wall_clock::now();
    living_ = nullptr;
    event("process " + pid + " is killed (SIGKILL), the circuit "
          + result_.state_when_killed);
    return wait(dead_for);
  }

  bool second_life() {
    result_.started_again = wall_clock::now();
    start(result_.after);
    event("process " + std::to_string(process_->pid())
          + " starts with the same database");
    if (!until(patience, [this] { return asked(); })
        || !wait(down_after_restart))
      return false;
    upstream_.start();
    result_.nginx_back = wall_clock::now();
    nginx_is("up", "nginx is started again");
    return until(service_policy().breaker->cooldown + patience,
                 [this] { return state_is("closed"); })
           && wait(well_after);
  }

  void end() {
    process_->terminate();
    auto limit = clock::now() + patience;
    while (process_->running() && clock::now() < limit)
      look(10ms);
    look(1ms); // what it said last
    result_.end = wall_clock::now();
    result_.exit_code = process_->exit_code();
    upstream_.kill();
  }

  bool asked() const {
    return living_->first_error.has_value();
  }

  bool state_is(const std::string& x) const {
    return living_->state == x;
  }

  bool wait(duration time) {
    return until(time, [] { return false; });
  }

  // False if a signal came; true also when it takes too long or the process is
  // lost, which the expectations tell.
  template <class F>
  bool until(duration limit, F done) {
    auto end = clock::now() + limit;
    auto lost = [this] { return living_ && !process_->running(); };
    while (signal_seen() == 0 && clock::now() < end && !done() && !lost())
      look(10ms);
    return signal_seen() == 0;
  }

  // Takes in what the process has said and shows how things stand.
  void look(std::chrono::milliseconds time) {
    for (const auto& line : process_->lines(time))
      if (living_)
        if (auto text = hear(*living_, line); !text.empty())
          event(text);
    static const life nobody;
    const auto& now = living_ ? *living_ : nobody;
    out_.show({"killed", clock::now() - start_, nginx_, now.state, now.total,
               now.median});
  }

  void nginx_is(const std::string& state, const std::string& text) {
    nginx_ = state;
    event(text);
  }

  void event(const std::string& text) {
    out_.event("killed", clock::now() - start_, text);
  }

  nginx& upstream_;
  const options& opts_;
  screen& out_;
  std::string database_;
  restart_summary result_;
  std::unique_ptr<child_process> process_;
  /// Whose lines come; null while there is no process.
  life* living_ = nullptr;
  std::string nginx_ = "up";
  time_point start_ = clock::now();
};

} // namespace

std::optional<wall_time> restart_summary::opened() const {
  std::optional<wall_time> result;
  for (const auto& x : history)
    if (x.event.to == circuit_state::open && x.event.at < killed)
      result = x.event.at;
  return result;
}

std::optional<duration> restart_summary::expected_rest() const {
  auto since = opened();
  if (!since)
    return std::nullopt;
  return *since + service_policy().breaker->cooldown - after.read_at;
}

std::optional<restart_summary> play_restart(nginx& upstream,
                                            const options& opts, screen& out) {
  out.head();
  act all{upstream, opts, out};
  if (!all.play())
    return std::nullopt;
  return all.take();
}

namespace {

// The circuit closed, after probes, when the second process had it.
bool closed_at_last(const restart_summary& x) {
  const auto& xs = x.history;
  return !xs.empty() && xs.back().event.to == circuit_state::closed
         && xs.back().event.at > x.started_again;
}

// No transition is missing, over both processes.
bool without_gap(const std::vector<resilience::history_entry>& xs) {
  auto gap = [](const auto& a, const auto& b) {
    return b.event.generation != a.event.generation + 1;
  };
  return std::adjacent_find(xs.begin(), xs.end(), gap) == xs.end();
}

bool rest_as_expected(const restart_summary& x) {
  auto rest = x.expected_rest();
  return rest && x.after.retry_after
         && std::chrono::abs(*rest - *x.after.retry_after) < 100ms;
}

} // namespace

std::vector<std::string> faults(const restart_summary& x) {
  std::vector<std::string> result;
  auto expect = [&](bool holds, const char* what) {
    if (!holds)
      result.push_back(std::string{"killed: "} + what);
  };
  expect(x.before.first_error == "", "an answer before the outage");
  expect(x.state_when_killed == "open", "the circuit open when killed");
  expect(x.after.state_at_start == "open",
         "the circuit open after the restart");
  expect(rest_as_expected(x), "the rest of the cooldown, less the downtime");
  expect(x.after.first_error == "circuit_open" && x.after.first_wait < 50ms,
         "circuit_open at once for the first caller");
  expect(x.after.total.rejected > 0 && x.after.median_rejected < 10ms,
         "fast rejections (median below 10 ms)");
  expect(x.after.total.failed == 0, "nothing sent to the dead nginx");
  expect(closed_at_last(x), "the circuit closed by probes");
  expect(without_gap(x.history), "a history without a gap");
  expect(x.after.ended && x.after.saved && x.exit_code == 0,
         "a clean end on SIGTERM, all saved");
  expect(x.after.ended && x.after.unanswered == 0, "every caller answered");
  return result;
}

} // namespace outage
