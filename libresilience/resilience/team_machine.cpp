#include "resilience/team_machine.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

faults validate(const team_options& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

team_machine::team_machine(size_t children, const team_options& x,
                           time_point now, uint64_t seed)
  : options_(x), stopping_(children) {
  intensity_.configure(x.restart);
  for (size_t i = 0; i < children; ++i) {
    children_.emplace_back(split_mix(seed + i));
    children_.back().due = now;
  }
}

// -- orders -------------------------------------------------------------------

std::optional<team_machine::order> team_machine::next(time_point now) {
  if (over_)
    return std::nullopt;
  if (stopping_ < size()) {
    if (now < kill_at_)
      return std::nullopt;
    kill_at_ = time_point::max();
    return order{verb::kill, stopping_};
  }
  if (auto stop = next_stop(now))
    return stop;
  if (ending_) {
    over_ = true;
    return order{verb::end};
  }
  auto i = next_start();
  if (i == size() || children_[i].due > now)
    return std::nullopt;
  return order{verb::start, i};
}

std::optional<team_machine::order>
team_machine::next_stop(time_point now) noexcept {
  for (auto i = size(); i-- > 0;)
    if (auto& x = children_[i]; x.doomed) {
      x.state = child_state::stopping;
      stopping_ = i;
      kill_at_ = saturating_add(now, options_.stop_limit);
      return order{verb::stop, i};
    }
  return std::nullopt;
}

// The first of those that are due first: where one depends on those before it,
// its time is not before theirs.
size_t team_machine::next_start() const noexcept {
  auto result = size();
  for (size_t i = 0; i < size(); ++i)
    if (children_[i].state == child_state::waiting
        && (result == size() || children_[i].due < children_[result].due))
      result = i;
  return result;
}

time_point team_machine::due() const noexcept {
  if (over_)
    return time_point::max();
  if (stopping_ < size())
    return kill_at_;
  auto i = next_start();
  return i < size() ? children_[i].due : time_point::max();
}

// -- events -------------------------------------------------------------------

void team_machine::on_started(size_t i, time_point now) noexcept {
  auto& x = children_[i];
  x.state = child_state::running;
  x.doomed = ending_;
  ++x.starts;
  x.backoff.on_started(now);
}

void team_machine::on_end(size_t i, end_kind how, time_point now) {
  auto& x = children_[i];
  auto wanted = std::exchange(x.doomed, false);
  if (stopping_ == i)
    stopping_ = size();
  x.state = child_state::stopped;
  if (ending_)
    return;
  if (wanted) {
    x.state = child_state::waiting;
    return;
  }
  if (how == end_kind::graceful
      && options_.restart.when == restart_when::failure_only)
    return;
  if (!intensity_.take(now)) {
    culprit_ = i;
    return quit();
  }
  x.state = child_state::waiting;
  x.due = x.backoff.on_end(options_.restart, now);
  restart_with(i, x.due);
}

bool team_machine::restarts_together(size_t first,
                                     size_t other) const noexcept {
  switch (options_.strategy) {
    case team_strategy::one_for_all:
      return other != first;
    case team_strategy::rest_for_one:
      return other > first;
    default:
      return false;
  }
}

void team_machine::restart_with(size_t first, time_point due) noexcept {
  for (size_t i = 0; i < size(); ++i) {
    if (!restarts_together(first, i))
      continue;
    auto& x = children_[i];
    x.due = std::max(x.due, due);
    if (x.state == child_state::running)
      x.doomed = true;
    else if (x.state == child_state::stopped)
      x.state = child_state::waiting;
  }
}

void team_machine::quit() noexcept {
  ending_ = true;
  for (auto& x : children_) {
    if (x.state == child_state::running)
      x.doomed = true;
    else if (x.state == child_state::waiting)
      x.state = child_state::stopped;
  }
}

} // namespace resilience
