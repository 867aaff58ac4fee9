#include "resilience/actors/registry.hpp"

#include "resilience/actors/error.hpp"

namespace resilience {

namespace {

// What `wanted` asks for that the circuit of that name does not have.
faults differences(shared_circuit& present, const policy& wanted) {
  faults result;
  append_differences(result, "provider", present.machine().provider(),
                     wanted.provider);
  append_differences(result, "breaker", present.made_with(), wanted.breaker);
  return result;
}

} // namespace

registry::registry(caf::actor_system& sys, std::shared_ptr<ticker> timer,
                   const runtime_options& opts)
  : sys_(sys), timer_(std::move(timer)), opts_(opts) {}

std::shared_ptr<shared_circuit> registry::get_or_make(const policy& p,
                                                      caf::error& error) {
  if (p.name.empty())
    return shared_circuit::make(sys_, timer_, p, opts_.max_subscribers);
  // Declared first: what is forgotten is destroyed after the lock is released.
  std::vector<std::shared_ptr<shared_circuit>> forgotten;
  std::lock_guard<std::mutex> guard{mutex_};
  if (auto i = circuits_.find(p.name); i != circuits_.end()) {
    auto found = differences(*i->second, p);
    if (found.empty())
      return i->second;
    error =
      make_error(errc::invalid_config, p.name,
                 "the circuit exists with other settings: " + to_string(found));
    return nullptr;
  }
  if (circuits_.size() >= opts_.max_circuits && !make_room(forgotten)) {
    error = make_error(errc::limit_reached, p.name,
                       std::to_string(opts_.max_circuits) + " circuits");
    return nullptr;
  }
  auto result = shared_circuit::make(sys_, timer_, p, opts_.max_subscribers);
  circuits_.emplace(p.name, result);
  return result;
}

std::shared_ptr<shared_circuit> registry::find(std::string_view name) const {
  std::lock_guard<std::mutex> guard{mutex_};
  auto i = circuits_.find(name);
  return i == circuits_.end() ? nullptr : i->second;
}

std::vector<std::string> registry::names() const {
  std::lock_guard<std::mutex> guard{mutex_};
  std::vector<std::string> result;
  for (const auto& kvp : circuits_)
    result.push_back(kvp.first);
  return result;
}

// Forgets circuits that nobody uses, but never one that is not closed.
bool registry::make_room(
  std::vector<std::shared_ptr<shared_circuit>>& forgotten) {
  std::erase_if(circuits_, [&](auto& kvp) {
    if (kvp.second.use_count() > 1
        || kvp.second->machine().state() != circuit_state::closed)
      return false;
    forgotten.push_back(std::move(kvp.second));
    return true;
  });
  return !forgotten.empty();
}

} // namespace resilience
