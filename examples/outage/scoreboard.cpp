#include "scoreboard.hpp"

#include <algorithm>

namespace outage {

const char* to_string(run_kind x) {
  switch (x) {
    case run_kind::bare:
      return "bare";
    case run_kind::guarded:
      return "guarded";
    default:
      return "armed";
  }
}

using lock = std::lock_guard<std::mutex>;

void scoreboard::asked() {
  lock guard{mutex_};
  ++totals_.in_flight;
  records_.worst_in_flight =
    std::max(records_.worst_in_flight, totals_.in_flight);
}

void scoreboard::answered(time_point asked, time_point now, answer_kind kind) {
  lock guard{mutex_};
  --totals_.in_flight;
  records_.answers.push_back({asked, now - asked, kind});
  if (kind == answer_kind::ok)
    ++totals_.ok;
  else if (kind == answer_kind::fallback)
    ++totals_.fallback;
  else if (kind == answer_kind::rejected)
    ++totals_.rejected;
  else
    ++totals_.failed;
}

void scoreboard::sent() {
  lock guard{mutex_};
  records_.sent.push_back(clock::now());
}

void scoreboard::changed(const resilience::transition_event& x) {
  // The event has wall time, for people; the run is measured in steady time.
  auto age = resilience::wall_clock::now() - x.at;
  auto at = clock::now() - std::chrono::duration_cast<duration>(age);
  lock guard{mutex_};
  records_.changes.push_back({at, x});
}

totals scoreboard::total() const {
  lock guard{mutex_};
  return totals_;
}

std::vector<change> scoreboard::changes_from(size_t first) const {
  lock guard{mutex_};
  const auto& xs = records_.changes;
  auto from = static_cast<std::ptrdiff_t>(std::min(first, xs.size()));
  return {xs.begin() + from, xs.end()};
}

std::vector<duration> scoreboard::waits_since(time_point since) const {
  lock guard{mutex_};
  std::vector<duration> result;
  // They are in the order in which they came.
  for (auto i = records_.answers.rbegin(); i != records_.answers.rend(); ++i) {
    if (i->asked + i->wait < since)
      break;
    result.push_back(i->wait);
  }
  return result;
}

records scoreboard::all() const {
  lock guard{mutex_};
  auto result = records_;
  result.in_flight = totals_.in_flight;
  return result;
}

} // namespace outage
