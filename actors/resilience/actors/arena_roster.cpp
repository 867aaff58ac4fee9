#include "resilience/actors/arena_roster.hpp"

#include "resilience/actors/chain.hpp"
#include "resilience/actors/error.hpp"

#include <utility>

namespace resilience {

namespace {

guard* guard_behind(const caf::actor& x) {
  return dynamic_cast<guard*>(
    breaker_of(caf::actor_cast<caf::strong_actor_ptr>(x)));
}

} // namespace

arena_roster::arena_roster(runtime& rt, const arena_config& config,
                           std::shared_ptr<start_gate> gate)
  : rt_(rt), config_(config), gate_(std::move(gate)) {}

// -- coming and going ---------------------------------------------------------

caf::error arena_roster::join(const join_arena& x,
                              const caf::actor_control_block* arena) {
  if (auto found = check(x, arena); !found.empty())
    return make_error(errc::invalid_config, config_.name, to_string(found));
  if (members_.size() >= static_cast<size_t>(config_.max_agents))
    return make_error(errc::limit_reached, config_.name,
                      std::to_string(config_.max_agents) + " agents");
  auto handle = guarded(x);
  if (!handle)
    return handle.error();
  members_[x.name] = {*handle, guard_behind(*handle),
                      caf::actor_cast<caf::actor_addr>(x.agent)};
  return {};
}

faults arena_roster::check(const join_arena& x,
                           const caf::actor_control_block* arena) const {
  faults result;
  check_arena_name(result, "name", x.name);
  check_text(result, "name", x.name, max_arena_name);
  if (members_.contains(x.name))
    result.push_back("name must be another, \"" + x.name + "\" is taken");
  auto agent = caf::actor_cast<caf::strong_actor_ptr>(x.agent);
  if (!agent)
    result.push_back("the agent is null");
  else if (leads_to(agent, arena))
    result.push_back("the agent is the arena itself");
  else if (breaker_of(agent) != nullptr && guard_behind(x.agent) == nullptr)
    result.push_back("the agent is a breaker: nobody is behind it");
  for (const auto& [name, other] : members_)
    if (agent && other.agent == agent)
      result.push_back("the agent is here as \"" + name + "\"");
  if (x.guard && agent && guard_behind(x.agent) != nullptr)
    result.push_back("the agent is a guard and has its policy");
  return result;
}

caf::expected<caf::actor> arena_roster::guarded(const join_arena& x) {
  if (guard_behind(x.agent) != nullptr)
    return x.agent;
  auto p = x.guard.value_or(config_.agent);
  if (p.name.empty())
    p.name = config_.name + "/" + x.name;
  start_gate::pass pass{*gate_};
  if (!pass)
    return make_error(errc::shutting_down, config_.name, std::string{});
  return rt_.try_guard(x.agent, p);
}

caf::error arena_roster::leave(const std::string& name) {
  if (members_.erase(name) > 0)
    return {};
  return make_error(errc::invalid_config, config_.name,
                    "no agent \"" + name + "\"");
}

void arena_roster::clear() {
  members_.clear();
}

// -- rounds -------------------------------------------------------------------

std::vector<arena_round::seat> arena_roster::seats() const {
  std::vector<arena_round::seat> result;
  result.reserve(members_.size());
  for (const auto& [name, x] : members_)
    result.push_back(
      {name, x.handle, x.before->circuit_ptr()->machine().name()});
  return result;
}

// The guard would say so, too, but later: a round that knows it before it
// begins shows it in any case, and asks nobody where its quorum is out of
// reach.
caf::error arena_roster::obstacle(const std::string& name,
                                  time_point now) const {
  const auto& x = members_.at(name);
  auto& circuit = x.before->circuit_ptr()->machine();
  if (circuit.state() == circuit_state::isolated)
    return make_error(errc::circuit_isolated, circuit.name(), std::string{});
  if (circuit.state() != circuit_state::open || circuit.open_until() <= now)
    return {};
  return make_error(errc::circuit_open, circuit.name(),
                    saturating_sub(circuit.open_until(), now));
}

void arena_roster::count(const arena_round& x) {
  for (size_t i = 0; i < x.seats().size(); ++i) {
    auto found = members_.find(x.seats()[i].name);
    if (found == members_.end())
      continue;
    auto& who = found->second;
    switch (x.machine().of(i)) {
      case part::answered:
        ++who.answered;
        break;
      case part::failed:
        ++who.failed;
        break;
      case part::skipped:
        ++who.skipped;
        break;
      default:
        break;
    }
  }
}

std::vector<agent_status> arena_roster::status() const {
  std::vector<agent_status> result;
  result.reserve(members_.size());
  for (const auto& [name, x] : members_)
    result.push_back({name, x.before->circuit_ptr()->status(), x.answered,
                      x.failed, x.skipped});
  return result;
}

} // namespace resilience
