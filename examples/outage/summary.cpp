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

summary summarise(std::string name, const timeline& when, const records& all) {
  auto up = [&](const answer& x) { return x.asked < when.hung; };
  auto out = [&](const answer& x) {
    return x.asked >= when.hung && x.asked < when.back;
  };
  auto any = waits_if(all, [](const answer&) { return true; });
  summary result;
  result.name = std::move(name);
  result.answers = static_cast<int>(all.answers.size());
  result.ok = count(all, answer_kind::ok);
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

std::vector<std::string> faults(const summary& bare, const summary& guarded) {
  std::vector<std::string> result;
  auto expect = [&](bool holds, const char* what) {
    if (!holds)
      result.emplace_back(what);
  };
  for (const auto* x : {&bare, &guarded}) {
    expect(x->early_failures == 0, "no failure before the outage");
    expect(x->unanswered == 0, "every request answered");
    expect(x->failed() > 0, "the outage felt");
    expect(x->to_success.has_value(), "a success after the outage");
  }
  expect(bare.rejected == 0, "nothing rejected without a guard");
  auto opened = std::find_if(
    guarded.changes.begin(), guarded.changes.end(), [&](const change& x) {
      return x.event.to == circuit_state::open && x.at >= guarded.when.hung;
    });
  expect(opened != guarded.changes.end(), "the circuit open in the outage");
  expect(guarded.rejected > 0
           && guarded.median_rejected < std::chrono::milliseconds{10},
         "fast rejections (median below 10 ms)");
  expect(guarded.sent_out < bare.sent_out,
         "less load on nginx during the outage");
  expect(!guarded.changes.empty()
           && guarded.changes.back().event.to == circuit_state::closed
           && guarded.changes.back().at >= guarded.when.back,
         "the circuit closed after the outage");
  return result;
}

} // namespace outage
