#include "resilience/store/kept.hpp"

#include "resilience/utf8.hpp"

#include <algorithm>
#include <limits>

namespace resilience::store {

namespace {

constexpr auto max_count =
  static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

void cut(uint64_t& x) noexcept {
  x = std::min(x, max_count);
}

} // namespace

bool can_keep_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_name_bytes && is_utf8(name);
}

bool can_keep(const circuit_snapshot& x) {
  return can_keep_name(x.name) && validate(x.memory).empty();
}

bool can_keep(const transition_event& x) noexcept {
  return can_keep_name(x.name) && valid(x.from) && valid(x.to) && valid(x.why)
         && x.generation > 0 && x.generation <= max_generation
         && x.failures >= 0;
}

bool can_keep(const restart_record& x) noexcept {
  return can_keep_name(x.name);
}

circuit_snapshot as_kept(circuit_snapshot x) {
  x.provider = clean_text(x.provider, max_name_bytes);
  if (x.last_failure)
    x.last_failure->reason =
      clean_text(x.last_failure->reason, max_reason_bytes);
  for (auto* n :
       {&x.memory.window_calls, &x.memory.window_failed, &x.memory.window_slow})
    cut(*n);
  auto& t = x.totals;
  for (auto* n : {&t.total_calls, &t.successes, &t.failures, &t.rejected,
                  &t.neutral, &t.late, &t.expired, &t.late_answers, &t.dropped,
                  &t.times_opened, &t.transitions, &t.slow_calls})
    cut(*n);
  if (t.latency.size() > max_buckets)
    t.latency.resize(max_buckets);
  for (auto& n : t.latency)
    cut(n);
  t.success_rate = success_rate(t.successes, t.failures);
  t.layers = {};
  return x;
}

transition_event as_kept(transition_event x) {
  x.last_failure = clean_text(x.last_failure, max_reason_bytes);
  return x;
}

restart_record as_kept(restart_record x) {
  cut(x.restarts);
  return x;
}

double success_rate(uint64_t successes, uint64_t failures) noexcept {
  auto settled = successes + failures;
  return settled == 0
           ? 1.0
           : static_cast<double>(successes) / static_cast<double>(settled);
}

bool replaces(const circuit_snapshot& next,
              const circuit_snapshot& old) noexcept {
  if (next.memory.generation != old.memory.generation)
    return next.memory.generation > old.memory.generation;
  auto calls = [](const circuit_snapshot& x) {
    return x.totals.total_calls + x.totals.rejected;
  };
  return next.saved_at >= old.saved_at || calls(next) > calls(old);
}

bool loads_before(const circuit_snapshot& a,
                  const circuit_snapshot& b) noexcept {
  auto closed = [](const circuit_snapshot& x) {
    return x.memory.state == circuit_state::closed;
  };
  if (closed(a) != closed(b))
    return closed(b);
  if (a.saved_at != b.saved_at)
    return a.saved_at > b.saved_at;
  return a.name < b.name;
}

wall_time oldest_kept(duration age, wall_time now) noexcept {
  return wall_time{
    saturating_sub(time_point{now.time_since_epoch()}, time_point{age})};
}

bool is_past_its_time(const circuit_snapshot& x, wall_time oldest) noexcept {
  return x.memory.state == circuit_state::closed && x.saved_at < oldest;
}

} // namespace resilience::store
