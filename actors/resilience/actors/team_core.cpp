#include "resilience/actors/team_core.hpp"

#include "resilience/actors/error.hpp"

#include <caf/exit_reason.hpp>

#include <utility>

namespace resilience {

team_core::team_core(caf::actor_system& sys, std::shared_ptr<services> common,
                     std::shared_ptr<ticker> timer, std::string name,
                     std::vector<seat> seats, const team_options& options)
  : sys_(sys), common_(std::move(common)), timer_(std::move(timer)),
    name_(std::move(name)), seats_(std::move(seats)), options_(options),
    machine_(seats_.size(), options, timer_->now()),
    board_(std::make_shared<team_board>(team_status{name_, {}, {}})) {
  for (const auto& x : seats_)
    board_->handles.emplace(x.name, x.handle);
}

void team_core::bind(const caf::actor& self) {
  for (auto& x : seats_)
    x.member->bind(self);
}

// -- orders -------------------------------------------------------------------

bool team_core::run() {
  if (board_->over)
    return true;
  auto over = false;
  while (auto next = machine_.next(timer_->now()))
    switch (next->what) {
      case team_machine::verb::start:
        start(next->child);
        break;
      case team_machine::verb::stop:
        stop(next->child, caf::exit_reason::user_shutdown);
        break;
      case team_machine::verb::kill:
        stop(next->child, caf::exit_reason::kill);
        break;
      default:
        over = true;
    }
  if (auto culprit = machine_.culprit(); culprit && ended_.empty())
    ended_ = why_given_up(*culprit);
  if (over)
    finish();
  else
    tell_callers();
  publish();
  return over;
}

void team_core::start(size_t i) {
  auto& x = seats_[i];
  std::string fault;
  auto child = start_target(*common_, sys_, x.start, fault);
  if (child)
    fault = x.before->refusal(child);
  if (fault.empty() && !x.before->adopt(child)) {
    caf::anon_send_exit(caf::actor_cast<caf::actor>(child),
                        caf::exit_reason::user_shutdown);
    fault = "its guard has ended";
  }
  if (!fault.empty()) {
    x.last_end = std::move(fault);
    machine_.on_end(i, end_kind::failed, timer_->now());
    return;
  }
  x.child = std::move(child);
  machine_.on_started(i, timer_->now());
  if (machine_.restarts(i) > 0)
    common_->restarts->add(name_ + "/" + x.name, wall_clock::now());
}

void team_core::stop(size_t i, caf::exit_reason why) {
  if (const auto& child = seats_[i].child)
    caf::anon_send_exit(caf::actor_cast<caf::actor>(child), why);
}

// -- events -------------------------------------------------------------------

void team_core::on_ended(const child_ended& x) {
  if (x.child >= seats_.size())
    return;
  auto i = static_cast<size_t>(x.child);
  auto& who = seats_[i];
  // The handle that callers have is dead then: no restart would help them. And
  // nobody would tell of the child's end.
  if (x.guard_too) {
    quit("child \"" + who.name + "\": " + x.why);
    stop(i, caf::exit_reason::user_shutdown);
  }
  if (!who.child)
    return;
  who.child = nullptr;
  who.last_end = x.why;
  machine_.on_end(i, x.graceful ? end_kind::graceful : end_kind::failed,
                  timer_->now());
}

void team_core::quit(std::string why) {
  if (ended_.empty())
    ended_ = std::move(why);
  machine_.quit();
}

void team_core::finish() {
  board_->over = true;
  for (auto& x : seats_)
    if (machine_.culprit())
      x.before->expect({false, time_point::max(), ended_});
    else
      caf::anon_send_exit(x.handle, caf::exit_reason::user_shutdown);
}

void team_core::abandon() {
  if (board_->over)
    return;
  board_->over = true;
  ended_ = "was killed";
  machine_.quit();
  for (auto i = seats_.size(); i-- > 0;) {
    stop(i, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(seats_[i].handle, caf::exit_reason::user_shutdown);
  }
  publish();
}

// -- words --------------------------------------------------------------------

std::string team_core::why_given_up(size_t culprit) const {
  const auto& x = seats_[culprit];
  return "gave up: its children ended more than "
         + std::to_string(options_.restart.max_restarts) + " times in "
         + to_string(options_.restart.window) + ", at last \"" + x.name
         + "\": " + x.last_end;
}

caf::error team_core::reason() const {
  return make_error(errc::target_down, name_, ended_);
}

// What callers get while their child is down.
void team_core::tell_callers() {
  for (size_t i = 0; i < seats_.size(); ++i) {
    auto& x = seats_[i];
    auto why = x.last_end.empty() ? "has not started yet" : x.last_end;
    if (machine_.state(i) == child_state::waiting)
      x.before->expect({true, machine_.due(i), std::move(why)});
    else if (machine_.state(i) == child_state::stopped)
      x.before->expect({false, time_point::max(), std::move(why)});
  }
}

void team_core::publish() {
  team_status result{name_, ended_, {}};
  result.children.reserve(seats_.size());
  for (size_t i = 0; i < seats_.size(); ++i)
    result.children.push_back({seats_[i].name, machine_.state(i),
                               machine_.restarts(i), seats_[i].last_end});
  board_->write(std::move(result));
}

} // namespace resilience
