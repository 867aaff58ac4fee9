#include "resilience/actors/restarter.hpp"

#include <caf/exit_reason.hpp>

#include <utility>

namespace resilience {

restarter::restarter(std::string name, std::shared_ptr<services> common,
                     respawn_function make, const policy& p)
  : name_(std::move(name)), common_(std::move(common)), make_(std::move(make)),
    machine_(p.restart.value_or(restart_config{})), on_(p.restart.has_value()) {
}

void restarter::on_begin(time_point now) {
  machine_.on_started(now);
}

void restarter::on_adopted(time_point now) {
  target_keeper::on_adopted(now);
  owns_ = true;
  machine_.on_started(now);
  common_->restarts->add(name_, wall_clock::now());
}

void restarter::stay_down(std::string why) {
  due_ = time_point::max();
  expect({false, due_, std::move(why)});
}

time_point restarter::on_end(const ending& x, time_point now) {
  owns_ = false;
  if (!on_) {
    stay_down(x.why);
    return due_;
  }
  auto next = machine_.on_end(x.how, now);
  const auto& cfg = machine_.config();
  switch (next.what) {
    case restart_machine::verdict::restart:
      due_ = next.at;
      expect({true, due_, x.why});
      break;
    case restart_machine::verdict::leave:
      stay_down(x.why);
      break;
    default:
      stay_down("stays down, ended more than "
                + std::to_string(cfg.max_restarts) + " times in "
                + to_string(cfg.window) + ", at last: " + x.why);
  }
  return due_;
}

bool restarter::is_due(time_point now) const {
  return now >= due_;
}

caf::strong_actor_ptr restarter::start(caf::actor_system& sys,
                                       std::string& fault) {
  due_ = time_point::max();
  return start_target(*common_, sys, make_, fault);
}

bool restarter::on_reset() {
  machine_.reset();
  return on_;
}

void restarter::check(faults&, const policy&) const {}

void restarter::configure(const policy& p) {
  on_ = p.restart.has_value();
  if (on_)
    machine_.configure(*p.restart);
  else if (due_ != time_point::max())
    stay_down("restarts were turned off");
}

void restarter::describe_into(policy& into) const {
  if (on_)
    into.restart = machine_.config();
}

void restarter::on_guard_end(const caf::strong_actor_ptr& target) {
  // It may hold a handle of the guard.
  make_ = nullptr;
  // What lives on another node was found rather than made.
  if (owns_ && target && target->node() == target->home_system->node())
    caf::anon_send_exit(caf::actor_cast<caf::actor>(target),
                        caf::exit_reason::user_shutdown);
}

} // namespace resilience
