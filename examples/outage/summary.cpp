#include "summary.hpp"

#include <algorithm>

namespace outage {

namespace {

using resilience::circuit_state;

template <class F>
std::vector<duration> waits_if(const records& all, F wanted) {
  std::vector<duration> result;
  for (const auto& x : all.answers)
    if (wanted(x))
      result.push_back(x.wait);
  return result;
}

int count(const records& all, answer_kind kind) {
  return static_cast<int>(
    std::count_if(all.answers.begin(), all.answers.end(),
                  [kind](const answer& x) { return x.kind == kind; }));
}

// The earliest answer of a kind that came at `since` or later.
std::optional<duration> first_since(const records& all, answer_kind kind,
                                    time_point since) {
  std::optional<duration> result;
  for (const auto& x : all.answers)
    if (auto after = x.asked + x.wait - since;
        x.kind == kind && after >= duration::zero())
      result = std::min(result.value_or(after), after);
  return result;
}

} // namespace

duration percentile(std::vector<duration> xs, double part) {
  if (xs.empty())
    return duration::zero();
  auto last = static_cast<double>(xs.size() - 1);
  auto nth = xs.begin() + static_cast<std::ptrdiff_t>(last * part);
  std::nth_element(xs.begin(), nth, xs.end());
  return *nth;
}

summary summarise(run_kind kind, const timeline& when, const records& all) {
  auto up = [&](const answer& x) { return x.asked < when.hung; };
  auto out = [&](const answer& x) {
    return x.asked >= when.hung && x.asked < when.back;
  };
  auto any = waits_if(all, [](const answer&) { return true; });
  summary result;
  result.kind = kind;
  result.answers = static_cast<int>(all.answers.size());
  result.ok = count(all, answer_kind::ok);
  result.fallbacks = count(all, answer_kind::fallback);
  result.rejected = count(all, answer_kind::rejected);
  result.guard_timeouts = count(all, answer_kind::guard_timeout);
  result.client_timeouts = count(all, answer_kind::client_timeout);
  result.refused = count(all, answer_kind::refused);
  result.early_failures = static_cast<int>(
    std::count_if(all.answers.begin(), all.answers.end(), [&](const answer& x) {
      return x.kind != answer_kind::ok && x.asked + x.wait < when.hung;
    }));
  result.unanswered = all.in_flight;
  result.median = percentile(any, 0.5);
  result.p99 = percentile(any, 0.99);
  result.median_up = percentile(waits_if(all, up), 0.5);
  result.median_out = percentile(waits_if(all, out), 0.5);
  result.p99_out = percentile(waits_if(all, out), 0.99);
  result.median_rejected = percentile(
    waits_if(all,
             [](const answer& x) { return x.kind == answer_kind::rejected; }),
    0.5);
  result.worst_in_flight = all.worst_in_flight;
  result.sent_out = static_cast<int>(
    std::count_if(all.sent.begin(), all.sent.end(), [&](time_point at) {
      return at >= when.hung && at < when.back;
    }));
  result.to_rejection = first_since(all, answer_kind::rejected, when.hung);
  result.to_success = first_since(all, answer_kind::ok, when.back);
  result.changes = all.changes;
  result.when = when;
  return result;
}

namespace {

class expectations {
public:
  explicit expectations(const summary& of) : of_(of) {}

  void expect(bool holds, const std::string& what) {
    if (!holds)
      missing.push_back(to_string(of_.kind) + (": " + what));
  }

  void of_every_run() {
    expect(of_.early_failures == 0, "no failure before the outage");
    expect(of_.unanswered == 0, "every request answered");
    expect(of_.to_success.has_value(), "a success after the outage");
  }

  void of_a_circuit() {
    auto opened = [&](const change& x) {
      return x.event.to == circuit_state::open && x.at >= of_.when.hung;
    };
    const auto& xs = of_.changes;
    expect(std::any_of(xs.begin(), xs.end(), opened),
           "the circuit open in the outage");
    expect(!xs.empty() && xs.back().event.to == circuit_state::closed
             && xs.back().at >= of_.when.back,
           "the circuit closed after the outage");
  }

  std::vector<std::string> missing;

private:
  const summary& of_;
};

} // namespace

std::vector<std::string> faults(const summaries& runs) {
  std::vector<std::string> result;
  if (runs.empty())
    return result;
  const auto& bare = runs.front();
  for (const auto& run : runs) {
    expectations x{run};
    x.of_every_run();
    if (run.kind == run_kind::armed) {
      x.expect(run.failed() + run.rejected == 0, "no caller sees an error");
      x.expect(run.fallbacks > 0, "fallback answers");
    } else {
      x.expect(run.failed() > 0, "the outage felt");
    }
    if (run.kind == run_kind::guarded)
      x.expect(run.rejected > 0
                 && run.median_rejected < std::chrono::milliseconds{10},
               "fast rejections (median below 10 ms)");
    if (run.kind == run_kind::bare) {
      x.expect(run.rejected == 0, "nothing rejected");
    } else {
      x.of_a_circuit();
      x.expect(run.sent_out < bare.sent_out,
               "less load on nginx during the outage");
    }
    result.insert(result.end(), x.missing.begin(), x.missing.end());
  }
  return result;
}

} // namespace outage
