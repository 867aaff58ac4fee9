#include "resilience/actors/team_actor.hpp"

#include "resilience/actors/error.hpp"

namespace resilience {

team_actor::team_actor(caf::actor_config& cfg, std::unique_ptr<team_core> core,
                       std::shared_ptr<ticker> timer)
  : compat::actor_base(cfg), core_(std::move(core)), timer_(std::move(timer)),
    board_(core_->board()) {}

const char* team_actor::name() const {
  return "resilience.team";
}

caf::behavior team_actor::make_behavior() {
  auto on_exit_message = [this](const caf::exit_msg& x) {
    if (!told_to_end_) {
      told_to_end_ = true;
      exit_reason_ = x.reason;
    }
    core_->quit("told to quit");
    run();
  };
  auto self = caf::actor_cast<caf::actor>(caf::strong_actor_ptr{ctrl()});
  core_->bind(self);
  // The children may have come to their end already, and an actor must not quit
  // before it has a behaviour.
  compat::anon_post(self, tick{});
  caf::message_handler handlers{
    [this](tick x) {
      timers_.rang(x.due);
      run();
    },
    [this](const child_ended& x) {
      core_->on_ended(x);
      run();
    },
    [this](get_team_status) { return board_->read(); },
    [this](const get_child& x) -> caf::result<caf::actor> {
      auto i = board_->handles.find(x.name);
      if (i == board_->handles.end())
        return make_error(errc::invalid_config, board_->read().name,
                          "no child \"" + x.name + "\"");
      return i->second;
    },
  };
  return handlers.or_else(trap_exit(on_exit_message));
}

void team_actor::run() {
  if (core_->run()) {
    quit(told_to_end_ ? exit_reason_ : core_->reason());
    return;
  }
  wake_at(core_->due());
}

// Not through the ticker: a child may have to be killed when the runtime has
// ended.
void team_actor::wake_at(time_point due) {
  if (auto delay = timers_.set(due, timer_->now()))
    post_self_after(*delay, tick{own_timers::key_of(due)});
}

void team_actor::on_exit() {
  if (auto core = std::move(core_))
    core->abandon();
  board_.reset();
}

} // namespace resilience
