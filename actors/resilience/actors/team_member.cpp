#include "resilience/actors/team_member.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

void team_member::bind(const caf::actor& team) {
  std::vector<child_ended> early;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    team_ = caf::actor_cast<caf::weak_actor_ptr>(team);
    early.swap(early_);
  }
  for (auto& x : early)
    compat::anon_post(team, std::move(x));
}

void team_member::report(child_ended x) {
  caf::actor team;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    if (!team_) {
      early_.push_back(std::move(x));
      return;
    }
    team = caf::actor_cast<caf::actor>(team_);
  }
  if (team)
    compat::anon_post(team, std::move(x));
}

uint64_t team_member::restarts() const noexcept {
  auto n = target_keeper::restarts();
  return n > 0 ? n - 1 : 0;
}

time_point team_member::on_end(const ending& x, time_point) {
  expect({true, time_point::max(), x.why});
  return time_point::max();
}

void team_member::after_end(const ending& x) {
  report({index_, x.how == end_kind::graceful, false, x.why});
}

void team_member::check(faults& out, const policy& p) const {
  if (p.restart)
    out.push_back("restart must be off: the team restarts");
}

void team_member::on_guard_end(const caf::strong_actor_ptr&) {
  report({index_, false, true, "somebody ended its guard"});
}

} // namespace resilience
