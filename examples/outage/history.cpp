#include "history.hpp"

#include "service.hpp"

#include <algorithm>
#include <functional>
#include <iomanip>

namespace outage {

namespace {

using json = nlohmann::ordered_json;
using resilience::circuit_state;

double in_ms(duration x) {
  return std::chrono::duration<double, std::milli>{x}.count();
}

json maybe_ms(const std::optional<duration>& x) {
  return x ? json(in_ms(*x)) : json();
}

// -- the list -----------------------------------------------------------------

void row(std::ostream& out, const std::string& at, const std::string& name,
         const std::string& what, const std::string& why,
         const std::string& failures) {
  out << "  " << std::right << std::setw(9) << at << "  " << std::left
      << std::setw(9) << name << std::setw(24) << what << std::setw(20) << why
      << std::right << std::setw(9) << failures << '\n';
}

std::string arrow(const resilience::transition_event& x) {
  std::string from = to_string(x.from);
  from.resize(std::max<size_t>(from.size(), 9), ' ');
  return from + " -> " + to_string(x.to);
}

// What the database has, and between that, what was done meanwhile.
void write_list(std::ostream& out, const restart_summary& x) {
  struct deed {
    wall_time at;
    const char* text;
  };
  std::vector<deed> deeds{{x.nginx_down, "nginx is killed"},
                          {x.killed, "the process is killed"},
                          {x.started_again, "it starts again"},
                          {x.nginx_back, "nginx is back"}};
  auto next = deeds.begin();
  auto deeds_until = [&](wall_time end) {
    for (; next != deeds.end() && next->at <= end; ++next)
      out << "  " << std::right << std::setw(9) << seconds(next->at - x.start)
          << "  . . . " << next->text << '\n';
  };
  row(out, "at", "circuit", "from         to", "cause", "failures");
  for (const auto& [id, event, settings] : x.history) {
    deeds_until(event.at);
    row(out, seconds(event.at - x.start), event.name, arrow(event),
        to_string(event.why), std::to_string(event.failures));
  }
  deeds_until(x.end);
}

// -- the bar ------------------------------------------------------------------

constexpr int width = 66;

// One character for each of `width` equal parts of the act; `sign` gets the
// begin and the end of the part.
std::string bar(const restart_summary& x,
                const std::function<char(wall_time, wall_time)>& sign) {
  std::string result;
  auto at = [&](int part) {
    return x.start + (x.end - x.start) * part / width;
  };
  for (int i = 0; i < width; ++i)
    result += sign(at(i), at(i + 1));
  return result;
}

char sign_of(circuit_state x) {
  switch (x) {
    case circuit_state::closed:
      return '-';
    case circuit_state::open:
      return '#';
    case circuit_state::half_open:
      return '?';
    default:
      return '!';
  }
}

// Of the state at the end of that part; half-open is shown however short.
char circuit_sign(const restart_summary& x, wall_time begin, wall_time end) {
  auto result = x.history.empty() ? ' ' : sign_of(x.history[0].event.from);
  for (const auto& entry : x.history) {
    const auto& event = entry.event;
    if (event.at >= end)
      break;
    result = sign_of(event.to);
    if (event.at >= begin && event.from == circuit_state::half_open)
      return sign_of(event.from);
  }
  return result;
}

// A line `from` and `to` between which it is away.
char gap_sign(wall_time at, wall_time from, wall_time to) {
  return at >= from && at < to ? ' ' : '=';
}

void write_bars(std::ostream& out, const restart_summary& x) {
  out << "\n  circuit  "
      << bar(x, [&](auto a, auto b) { return circuit_sign(x, a, b); })
      << "\n  process  "
      << bar(x, [&](auto a,
                    auto) { return gap_sign(a, x.killed, x.started_again); })
      << "\n  nginx    "
      << bar(x, [&](auto a,
                    auto) { return gap_sign(a, x.nginx_down, x.nginx_back); })
      << "\n           0 s" << std::setw(width - 3) << seconds(x.end - x.start)
      << "\n           - closed   # open   ? half-open   = up\n";
}

void write_findings(std::ostream& out, const restart_summary& x) {
  if (!x.after.retry_after || !x.opened())
    return;
  out << "\n  The circuit opened at " << seconds(*x.opened() - x.start)
      << " for " << seconds(service_policy().breaker->cooldown)
      << ". Its process was dead for " << seconds(x.started_again - x.killed)
      << ";\n  at " << seconds(x.after.read_at - x.start)
      << " the new one found it " << x.after.state_at_start << " for another "
      << seconds(*x.after.retry_after) << ". Of its callers "
      << x.after.total.rejected << "\n  were turned away, in "
      << milliseconds(x.after.median_rejected) << " (median).\n";
}

json to_json(const life& x) {
  return {
    {"state_at_start", x.state_at_start},
    {"cooldown_left_ms", maybe_ms(x.retry_after)},
    {"first_caller_error", x.first_error ? json(*x.first_error) : json()},
    {"first_caller_wait_ms", in_ms(x.first_wait)},
    {"first_caller_retry_after_ms", maybe_ms(x.first_retry_after)},
    {"ok", x.total.ok},
    {"failed", x.total.failed},
    {"rejected", x.total.rejected},
  };
}

} // namespace

void write_history(std::ostream& out, const restart_summary& x) {
  out << "\n  the circuit that outlived its process, as its database has it"
         " (0 s is\n  "
      << resilience::iso8601(x.start) << ")\n";
  write_list(out, x);
  write_bars(out, x);
  write_findings(out, x);
  out << std::flush;
}

json to_json(const restart_summary& x) {
  auto at = [&](wall_time t) { return in_ms(t - x.start); };
  auto history = json::array();
  for (const auto& [id, event, settings] : x.history)
    history.push_back({{"at_ms", at(event.at)},
                       {"at", resilience::iso8601(event.at)},
                       {"name", event.name},
                       {"from", to_string(event.from)},
                       {"to", to_string(event.to)},
                       {"cause", to_string(event.why)},
                       {"failures", event.failures}});
  auto after = to_json(x.after);
  after["rejection_median_ms"] = in_ms(x.after.median_rejected);
  after["unanswered"] = x.after.unanswered;
  after["saved"] = x.after.saved;
  return {
    {"guard", resilience::describe(service_policy())},
    {"nginx_killed_at_ms", at(x.nginx_down)},
    {"process_killed_at_ms", at(x.killed)},
    {"state_when_killed", x.state_when_killed},
    {"process_started_again_at_ms", at(x.started_again)},
    {"cooldown_left_expected_ms", maybe_ms(x.expected_rest())},
    {"nginx_back_at_ms", at(x.nginx_back)},
    {"end_at_ms", at(x.end)},
    {"before", to_json(x.before)},
    {"after", std::move(after)},
    {"history", std::move(history)},
  };
}

} // namespace outage
