#include "resilience/actors/spawner.hpp"

#include "resilience/actors/chain.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/guard.hpp"
#include "resilience/actors/restarter.hpp"
#include "resilience/actors/team_actor.hpp"
#include "resilience/actors/team_member.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <map>
#include <string_view>
#include <utility>

namespace resilience {

namespace {

caf::error fault(const policy& p, std::string text) {
  return make_error(errc::invalid_config, p.name, std::move(text));
}

// How `b` asks for another circuit than `a`.
faults differences(const policy& a, const policy& b) {
  faults result;
  append_differences(result, "provider", a.provider, b.provider);
  append_differences(result, "breaker", a.breaker, b.breaker);
  return result;
}

std::string child_path(size_t i) {
  return "children[" + std::to_string(i) + "]: ";
}

// With the user's settings. What needs no more than code beside the policy is
// on before they are read: they may turn it off.
policy applied(const runtime_settings& settings, policy p, const hooks& x) {
  auto by_key_alone = x.key && !p.keyed;
  if (x.fallback && !p.fallback)
    p.fallback = fallback_config{};
  if (by_key_alone)
    p.keyed = keyed_config{};
  if (x.respawn && !p.restart)
    p.restart = restart_config{};
  p = settings.apply(std::move(p));
  // Nobody has asked for keys of a breaker that is off.
  if (by_key_alone && !p.breaker && p.keyed == keyed_config{})
    p.keyed.reset();
  return p;
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
  auto p = applied(common_->settings, std::move(from_code), x);
  std::unique_ptr<target_keeper> keeper;
  if (auto make = std::exchange(x.respawn, nullptr))
    keeper = std::make_unique<restarter>(p.name, common_, std::move(make), p);
  auto error = check_guard(target, p, x, takes_empty_answers, keeper.get());
  if (compat::failed(error))
    return error;
  auto circuit = circuits_->get_or_make(p, error);
  if (!circuit)
    return error;
  // It would take two permits for each request, and wait for itself where
  // there is only one.
  if (passes_through(target, circuit.get()))
    return fault(p, "the target is a guard or breaker of the same circuit");
  return track(make_guard(std::move(target), std::move(circuit), p,
                          std::move(x), takes_empty_answers,
                          std::move(keeper)));
}

caf::expected<resilience::team>
spawner::spawn_team(const std::string& name, std::vector<child_spec> children,
                    const team_options& options) {
  auto found = validate(name, children, options);
  std::vector<plan> plans;
  for (size_t i = 0; found.empty() && i < children.size(); ++i)
    plans.push_back(plan_child(name, std::move(children[i])));
  // Before anything is made: what is refused leaves nothing behind.
  if (found.empty())
    found = check_children(plans);
  std::vector<team_core::seat> seats;
  for (size_t i = 0; found.empty() && i < plans.size(); ++i)
    if (auto seat = make_seat(std::move(plans[i]), i))
      seats.push_back(std::move(*seat));
    else
      found.push_back(child_path(i) + detail_of(seat.error()));
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
caf::error spawner::check_guard(const caf::strong_actor_ptr& target,
                                const policy& p, const hooks& x,
                                bool takes_empty_answers,
                                const target_keeper* keeper) const {
  auto found = validate(p);
  check_hooks(found, p, x, takes_empty_answers);
  check_restart(found, p, keeper);
  if (!found.empty())
    return common_->configured_fault(p, found);
  if (!target && !(keeper && keeper->brings_first()))
    return fault(p, "the target is null");
  return {};
}

// Of what `check_guard` found nothing against.
caf::actor spawner::make_guard(caf::strong_actor_ptr target,
                               registry::circuit_ptr circuit, const policy& p,
                               hooks x, bool takes_empty_answers,
                               std::unique_ptr<target_keeper> keeper) {
  return sys_.spawn<resilience::guard>(std::move(target), std::move(circuit),
                                       timer_, common_, p, std::move(x),
                                       takes_empty_answers, std::move(keeper));
}

// -- children of teams --------------------------------------------------------

spawner::plan spawner::plan_child(const std::string& team, child_spec x) const {
  auto p =
    x.guard.value_or(policy{.breaker = std::nullopt, .timeout = std::nullopt});
  auto has_name = !p.name.empty();
  if (!has_name)
    p.name = team + "/" + x.name;
  p = applied(common_->settings, std::move(p), x.extras);
  // What is said of all guards is not meant for a team's children.
  p.restart.reset();
  // A circuit that is off has nothing to tell.
  auto listed = has_name || p.breaker;
  return {std::move(x), std::move(p), listed};
}

faults spawner::check_children(const std::vector<plan>& plans) const {
  faults result;
  for (size_t i = 0; i < plans.size(); ++i) {
    const auto& x = plans[i];
    team_member member{i};
    auto error = check_guard(nullptr, x.p, x.spec.extras, true, &member);
    if (compat::failed(error))
      result.push_back(child_path(i) + detail_of(error));
  }
  check_circuits(result, plans);
  return result;
}

// Whether their circuits can be as they want them, beside those there are and
// each other's.
void spawner::check_circuits(faults& out,
                             const std::vector<plan>& plans) const {
  std::map<std::string_view, size_t> firsts;
  for (size_t i = 0; i < plans.size(); ++i) {
    const auto& p = plans[i].p;
    if (!plans[i].listed)
      continue;
    if (auto found = circuits_->differences(p); !found.empty())
      out.push_back(child_path(i) + "the circuit exists with other settings: "
                    + to_string(found));
    auto first = firsts.emplace(p.name, i).first->second;
    if (auto found = differences(plans[first].p, p); !found.empty())
      out.push_back(child_path(i) + "children[" + std::to_string(first)
                    + "] has a circuit of that name with other settings: "
                    + to_string(found));
  }
}

caf::expected<team_core::seat> spawner::make_seat(plan from, size_t index) {
  auto& [x, p, listed] = from;
  caf::error error;
  auto circuit =
    listed ? circuits_->get_or_make(p, error) : circuits_->make_unlisted(p);
  if (!circuit)
    return error;
  auto keeper = std::make_unique<team_member>(index);
  auto* member = keeper.get();
  auto handle = make_guard(nullptr, std::move(circuit), p, std::move(x.extras),
                           true, std::move(keeper));
  auto* before = dynamic_cast<resilience::guard*>(
    breaker_of(caf::actor_cast<caf::strong_actor_ptr>(handle)));
  return team_core::seat{std::move(x.name), std::move(x.start),
                         std::move(handle), before, member};
}

// -- all ----------------------------------------------------------------------

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
