#include "resilience/actors/controls.hpp"

#include "resilience/actors/breaker.hpp"
#include "resilience/actors/chain.hpp"
#include "resilience/actors/error.hpp"

#include <caf/exit_reason.hpp>
#include <caf/spawn_options.hpp>

namespace resilience {

namespace {

// Anybody may have told it to quit.
bool lives(const caf::actor& x) {
  auto* present = breaker_of(caf::actor_cast<caf::strong_actor_ptr>(x));
  return present != nullptr && !present->ended();
}

} // namespace

controls::controls(caf::actor_system& sys, std::shared_ptr<ticker> timer,
                   std::shared_ptr<services> common,
                   std::shared_ptr<registry> circuits)
  : sys_(sys), timer_(std::move(timer)), common_(std::move(common)),
    circuits_(std::move(circuits)) {}

caf::expected<caf::actor> controls::find(std::string_view name) {
  caf::error error;
  auto circuit = circuits_->find(name, error);
  if (!circuit)
    return error;
  return of(circuit);
}

caf::expected<caf::actor> controls::ensure(const policy& from_code,
                                           registry::on_difference how) {
  auto p = common_->settings.apply(from_code);
  auto found = validate(p);
  if (p.name.empty())
    found.push_back("name must not be empty");
  if (!found.empty())
    return common_->configured_fault(p, found);
  caf::error error;
  auto circuit = circuits_->get_or_make(p, error, how);
  if (!circuit)
    return error;
  return of(circuit);
}

caf::expected<caf::actor> controls::of(const registry::circuit_ptr& circuit) {
  const auto& machine = circuit->machine();
  std::lock_guard<std::mutex> guard{mutex_};
  if (stopped_)
    return make_error(errc::shutting_down, machine.name(), std::string{});
  auto& result = actors_[circuit.get()];
  if (!lives(result)) {
    policy p;
    p.name = machine.name();
    p.provider = machine.provider();
    p.timeout.reset();
    result =
      sys_.spawn<resilience::breaker, caf::hidden>(circuit, timer_, common_, p);
  }
  return result;
}

void controls::stop() {
  std::map<const shared_circuit*, caf::actor> ended;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    stopped_ = true;
    actors_.swap(ended);
  }
  for (const auto& kvp : ended)
    caf::anon_send_exit(kvp.second, caf::exit_reason::user_shutdown);
}

} // namespace resilience
