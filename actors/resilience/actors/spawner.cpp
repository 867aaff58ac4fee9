#include "resilience/actors/spawner.hpp"

#include "resilience/actors/chain.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/guard.hpp"
#include "resilience/actors/restarter.hpp"
#include "resilience/actors/team_actor.hpp"
#include "resilience/actors/team_member.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <utility>

namespace resilience {

namespace {

caf::error fault(const policy& p, std::string text) {
  return make_error(errc::invalid_config, p.name, std::move(text));
}

// Work that is no actor is bounded by its permit's lease alone.
policy permits_of(const policy& p) {
  policy result;
  result.name = p.name;
  result.provider = p.provider;
  result.breaker = p.breaker;
  result.max_in_flight = p.max_in_flight;
  result.timeout.reset();
  return result;
}

} // namespace

spawner::spawner(caf::actor_system& sys, std::shared_ptr<ticker> timer,
                 std::shared_ptr<services> common,
                 std::shared_ptr<registry> circuits)
  : sys_(sys), timer_(std::move(timer)), common_(std::move(common)),
    circuits_(std::move(circuits)) {}

void spawner::stop() {
  std::vector<caf::weak_actor_ptr> spawned;
  std::vector<team> teams;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    spawned.swap(spawned_);
    teams.swap(teams_);
  }
  for (const auto& x : teams)
    x.quit();
  for (const auto& weak : spawned)
    if (auto hdl = caf::actor_cast<caf::actor>(weak))
      caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
}

caf::expected<caf::actor> spawner::spawn_guard(caf::strong_actor_ptr target,
                                               policy from_code, hooks x,
                                               bool takes_empty_answers) {
  // Before the user's settings: those may turn it off.
  if (x.respawn && !from_code.restart)
    from_code.restart = restart_config{};
  auto p = common_->settings.apply(std::move(from_code));
  if (x.fallback && !p.fallback)
    p.fallback = fallback_config{};
  std::unique_ptr<target_keeper> keeper;
  if (auto make = std::exchange(x.respawn, nullptr))
    keeper = std::make_unique<restarter>(p.name, common_, std::move(make), p);
  auto result = make_guard(std::move(target), p, std::move(x),
                           takes_empty_answers, std::move(keeper));
  if (result)
    track(*result);
  return result;
}

caf::expected<resilience::team>
spawner::spawn_team(const std::string& name, std::vector<child_spec> children,
                    const team_options& options) {
  auto found = validate(name, children, options);
  std::vector<team_core::seat> seats;
  for (size_t i = 0; found.empty() && i < children.size(); ++i)
    if (auto seat = make_seat(name, std::move(children[i]), i))
      seats.push_back(std::move(*seat));
    else
      found.push_back("children[" + std::to_string(i)
                      + "]: " + detail_of(seat.error()));
  if (!found.empty())
    return make_error(errc::invalid_config, name, to_string(found));
  auto core = std::make_unique<team_core>(sys_, common_, timer_, name,
                                          std::move(seats), options);
  auto board = core->board();
  core->run();
  auto self = sys_.spawn<team_actor>(std::move(core), timer_);
  resilience::team result{std::move(self), std::move(board)};
  std::lock_guard<std::mutex> guard{mutex_};
  std::erase_if(teams_, [](const auto& x) { return x.is_over(); });
  teams_.push_back(result);
  return result;
}

caf::expected<caf::actor> spawner::spawn_breaker(const policy& from_code) {
  auto p = common_->settings.apply(from_code);
  if (auto found = validate(p); !found.empty())
    return common_->configured_fault(p, found);
  caf::error error;
  auto circuit = circuits_->get_or_make(p, error);
  if (!circuit)
    return error;
  return track(sys_.spawn<resilience::breaker>(std::move(circuit), timer_,
                                               common_, permits_of(p)));
}

// @param p with the user's settings.
// @param target null only where a keeper brings one.
caf::expected<caf::actor> spawner::make_guard(
  caf::strong_actor_ptr target, const policy& p, hooks x,
  bool takes_empty_answers, std::unique_ptr<target_keeper> keeper) {
  auto found = validate(p);
  check_hooks(found, p, x, takes_empty_answers);
  check_restart(found, p, keeper.get());
  if (!found.empty())
    return common_->configured_fault(p, found);
  if (!target && !(keeper && keeper->brings_first()))
    return fault(p, "the target is null");
  caf::error error;
  auto circuit = circuits_->get_or_make(p, error);
  if (!circuit)
    return error;
  // It would take two permits for each request, and wait for itself where
  // there is only one.
  if (passes_through(target, circuit.get()))
    return fault(p, "the target is a guard or breaker of the same circuit");
  return caf::expected<caf::actor>{sys_.spawn<resilience::guard>(
    std::move(target), std::move(circuit), timer_, common_, p, std::move(x),
    takes_empty_answers, std::move(keeper))};
}

caf::expected<team_core::seat> spawner::make_seat(const std::string& team,
                                                  child_spec x, size_t index) {
  auto p =
    x.guard.value_or(policy{.breaker = std::nullopt, .timeout = std::nullopt});
  if (p.name.empty())
    p.name = team + "/" + x.name;
  p = common_->settings.apply(std::move(p));
  // What is said of all guards is not meant for a team's children.
  p.restart.reset();
  if (x.extras.fallback && !p.fallback)
    p.fallback = fallback_config{};
  auto keeper = std::make_unique<team_member>(index);
  auto* member = keeper.get();
  auto handle =
    make_guard(nullptr, p, std::move(x.extras), true, std::move(keeper));
  if (!handle)
    return handle.error();
  auto* before = dynamic_cast<resilience::guard*>(
    breaker_of(caf::actor_cast<caf::strong_actor_ptr>(*handle)));
  return team_core::seat{std::move(x.name), std::move(x.start),
                         std::move(*handle), before, member};
}

// Remembers whom to end, and from time to time forgets who is gone.
caf::actor spawner::track(caf::actor x) {
  std::lock_guard<std::mutex> guard{mutex_};
  if (spawned_.size() >= prune_at_) {
    std::erase_if(spawned_, compat::is_gone);
    prune_at_ = 2 * spawned_.size() + 1'024;
  }
  spawned_.emplace_back(caf::actor_cast<caf::weak_actor_ptr>(x));
  return x;
}

} // namespace resilience
