#include "report.hpp"

#include "cast.hpp"
#include "history.hpp"
#include "run.hpp"
#include "screen.hpp"

#include <nlohmann/json.hpp>

#include <iomanip>

namespace outage {

namespace {

using json = nlohmann::ordered_json;

double in_ms(duration x) {
  return std::chrono::duration<double, std::milli>{x}.count();
}

template <class F>
std::string render(const std::optional<duration>& x, F how) {
  return x ? how(*x) : "-";
}

json to_json(const std::optional<duration>& x) {
  return x ? json(in_ms(*x)) : json();
}

json to_json(const summary& x) {
  auto at = [&](time_point t) { return in_ms(t - x.when.start); };
  auto changes = json::array();
  for (const auto& c : x.changes)
    changes.push_back({{"at_ms", at(c.at)},
                       {"from", to_string(c.event.from)},
                       {"to", to_string(c.event.to)},
                       {"cause", to_string(c.event.why)},
                       {"failures", c.event.failures},
                       {"last_failure", c.event.last_failure}});
  return {
    {"nginx_hung_at_ms", at(x.when.hung)},
    {"nginx_killed_at_ms", at(x.when.killed)},
    {"nginx_back_at_ms", at(x.when.back)},
    {"end_at_ms", at(x.when.end)},
    {"answers", x.answers},
    {"ok", x.ok},
    {"fallbacks", x.fallbacks},
    {"failed", x.failed()},
    {"failed_by_guard_timeout", x.guard_timeouts},
    {"failed_by_client_timeout", x.client_timeouts},
    {"failed_refused_or_broken", x.refused},
    {"rejected", x.rejected},
    {"unanswered", x.unanswered},
    {"wait_median_ms", in_ms(x.median)},
    {"wait_p99_ms", in_ms(x.p99)},
    {"wait_before_outage_median_ms", in_ms(x.median_up)},
    {"wait_in_outage_median_ms", in_ms(x.median_out)},
    {"wait_in_outage_p99_ms", in_ms(x.p99_out)},
    {"wait_for_rejection_median_ms", in_ms(x.median_rejected)},
    {"worst_in_flight", x.worst_in_flight},
    {"sent_to_nginx_in_outage", x.sent_out},
    {"outage_to_first_rejection_ms", to_json(x.to_rejection)},
    {"recovery_to_first_success_ms", to_json(x.to_success)},
    {"transitions", std::move(changes)},
  };
}

} // namespace

namespace {

class table {
public:
  table(std::ostream& out, const summaries& runs) : out_(out), runs_(runs) {}

  template <class F>
  void row(const char* what, F value) {
    out_ << "  " << std::left << std::setw(40) << what << std::right;
    for (const auto& x : runs_)
      out_ << std::setw(12) << value(x);
    out_ << '\n';
  }

private:
  std::ostream& out_;
  const summaries& runs_;
};

void write_circuit(std::ostream& out, const summary& x) {
  out << "\n  the circuit of the " << to_string(x.kind) << " run (outage at "
      << seconds(x.when.hung - x.when.start) << ", nginx back at "
      << seconds(x.when.back - x.when.start) << ")\n";
  for (const auto& c : x.changes)
    out << "  " << std::setw(9) << seconds(c.at - x.when.start) << "  "
        << std::left << std::setw(9) << to_string(c.event.from) << " -> "
        << std::setw(10) << to_string(c.event.to) << std::right
        << to_string(c.event.why) << '\n';
}

} // namespace

void write_table(std::ostream& out, const summaries& runs) {
  table t{out, runs};
  using s = const summary&;
  t.row("", [](s x) { return to_string(x.kind); });
  t.row("answers", [](s x) { return x.answers; });
  t.row("  ok", [](s x) { return x.ok; });
  t.row("  by the fallback", [](s x) { return x.fallbacks; });
  t.row("  failed", [](s x) { return x.failed(); });
  t.row("    the HTTP client gave up", [](s x) { return x.client_timeouts; });
  t.row("    the guard gave up", [](s x) { return x.guard_timeouts; });
  t.row("    refused, or the connection broke", [](s x) { return x.refused; });
  t.row("  rejected by the guard", [](s x) { return x.rejected; });
  out << "\n  a caller waits for its answer, whatever it is\n";
  t.row("  median", [](s x) { return milliseconds(x.median); });
  t.row("  99 of 100 at most", [](s x) { return milliseconds(x.p99); });
  t.row("  median before the outage",
        [](s x) { return milliseconds(x.median_up); });
  t.row("  median in the outage",
        [](s x) { return milliseconds(x.median_out); });
  t.row("  99 of 100 in the outage at most",
        [](s x) { return milliseconds(x.p99_out); });
  out << '\n';
  t.row("most requests in flight", [](s x) { return x.worst_in_flight; });
  t.row("requests sent to nginx in the outage", [](s x) { return x.sent_out; });
  t.row("outage to first fast rejection",
        [](s x) { return render(x.to_rejection, seconds); });
  t.row("nginx back to first success",
        [](s x) { return render(x.to_success, seconds); });
  for (const auto& x : runs)
    if (x.kind != run_kind::bare)
      write_circuit(out, x);
  out
    << "\n  A guard's price: until its next probe it rejects although nginx is "
       "back,\n  at most one cooldown ("
    << milliseconds(guard_policy().breaker->cooldown) << ").\n"
    << std::flush;
}

void write_json(std::ostream& out, const options& opts, const summaries& runs,
                const restart_summary& last,
                const std::vector<std::string>& missing) {
  json result{
    {"requests_per_second", opts.rate},
    {"callers", callers},
    {"client_timeout_ms", in_ms(opts.client_timeout)},
    {"guard", resilience::describe(guard_policy())},
    {"armed_guard", resilience::describe(armed_policy())},
  };
  for (const auto& x : runs)
    result[to_string(x.kind)] = to_json(x);
  result["killed"] = to_json(last);
  result["missing"] = missing;
  out << result.dump(2) << std::endl;
}

} // namespace outage
