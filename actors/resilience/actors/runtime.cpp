#include "resilience/actors/runtime.hpp"

#include "resilience/actors/breaker.hpp"
#include "resilience/actors/guard.hpp"
#include "resilience/actors/registry.hpp"
#include "resilience/actors/restarter.hpp"
#include "resilience/actors/settings.hpp"
#include "resilience/actors/team_actor.hpp"
#include "resilience/actors/ticker.hpp"

#include <caf/exit_reason.hpp>

#include <map>
#include <mutex>
#include <utility>

namespace resilience {

namespace {

caf::error fault(const policy& p, std::string text) {
  return make_error(errc::invalid_config, p.name, std::move(text));
}

[[noreturn]] void throw_error(const caf::error& e) {
  auto name = circuit_of(e);
  auto text = name.empty() ? std::string{} : "circuit \"" + name + "\": ";
  auto code = code_of(e);
  if (code != errc::invalid_config)
    text += std::string{sentence(code)} + ": ";
  throw invalid_config_error{text + detail_of(e)};
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

// What a user has configured; the runtime cannot do without it.
runtime_settings settings_or_throw(caf::actor_system& sys) {
  auto result = runtime_settings::read(sys.config());
  if (!result)
    throw_error(result.error());
  return std::move(*result);
}

bool is_local(caf::actor_system& sys, const caf::strong_actor_ptr& x) {
  return x->node() == sys.node();
}

} // namespace

class runtime::impl {
public:
  impl(caf::actor_system& sys, runtime_options opts)
    : sys_(sys), common_(std::make_shared<services>(settings_or_throw(sys))),
      timer_(ticker::make(sys)),
      circuits_(sys, timer_, settings().apply(opts)) {}

  /// Waits for functions of the user's, which may hold a reference to the
  /// runtime.
  void close() {
    common_->starts.close();
  }

  ~impl() {
    timer_->stop();
    std::vector<caf::weak_actor_ptr> spawned;
    std::map<const shared_circuit*, caf::actor> controls;
    std::vector<resilience::team> teams;
    {
      std::lock_guard<std::mutex> guard{mutex_};
      spawned.swap(spawned_);
      controls.swap(controls_);
      teams.swap(teams_);
    }
    for (const auto& x : teams)
      x.quit();
    for (const auto& weak : spawned)
      if (auto hdl = caf::actor_cast<caf::actor>(weak))
        caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
  }

  caf::expected<caf::actor> spawn_guard(caf::strong_actor_ptr target,
                                        policy from_code, hooks x,
                                        bool takes_empty_answers) {
    // Before the user's settings: those may turn it off.
    if (x.respawn && !from_code.restart)
      from_code.restart = restart_config{};
    auto p = settings().apply(std::move(from_code));
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

  caf::expected<resilience::team> spawn_team(const std::string& name,
                                             std::vector<child_spec> children,
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

  caf::expected<caf::actor> spawn_breaker(const policy& from_code) {
    auto p = settings().apply(from_code);
    if (auto found = validate(p); !found.empty())
      return configured_fault(p, found);
    caf::error error;
    auto circuit = circuits_.get_or_make(p, error);
    if (!circuit)
      return error;
    return track(sys_.spawn<resilience::breaker>(std::move(circuit), timer_,
                                                 common_, permits_of(p)));
  }

  caf::expected<caf::actor> control(std::string_view name) {
    auto circuit = circuits_.find(name);
    if (!circuit)
      return make_error(errc::unknown_circuit, std::string{name},
                        std::string{});
    std::lock_guard<std::mutex> guard{mutex_};
    auto& result = controls_[circuit.get()];
    // Anybody may have told it to quit.
    auto* present = breaker_of(caf::actor_cast<caf::strong_actor_ptr>(result));
    if (!present || present->ended()) {
      policy p;
      p.name = circuit->machine().name();
      p.provider = circuit->machine().provider();
      p.timeout.reset();
      result = sys_.spawn<resilience::breaker, caf::hidden>(circuit, timer_,
                                                            common_, p);
      spawned_.emplace_back(caf::actor_cast<caf::weak_actor_ptr>(result));
    }
    return result;
  }

  caf::actor_system& system() noexcept {
    return sys_;
  }

  const runtime_settings& settings() const noexcept {
    return common_->settings;
  }

  registry& circuits() noexcept {
    return circuits_;
  }

  restart_counts& restarts() noexcept {
    return *common_->restarts;
  }

private:
  // The code alone may be right: the user learns what is theirs.
  caf::error configured_fault(const policy& p, const faults& found) const {
    auto text = to_string(found);
    for (const auto& line : settings().sources(p.name))
      text += "; set " + line;
    return fault(p, std::move(text));
  }

  // @param p with the user's settings.
  // @param target null only where a keeper brings one.
  caf::expected<caf::actor> make_guard(caf::strong_actor_ptr target,
                                       const policy& p, hooks x,
                                       bool takes_empty_answers,
                                       std::unique_ptr<target_keeper> keeper) {
    auto found = validate(p);
    check_hooks(found, p, x, takes_empty_answers);
    check_restart(found, p, keeper.get());
    if (!found.empty())
      return configured_fault(p, found);
    if (!target && !(keeper && keeper->brings_first()))
      return fault(p, "the target is null");
    caf::error error;
    auto circuit = circuits_.get_or_make(p, error);
    if (!circuit)
      return error;
    // It would take two permits for each request, and wait for itself where
    // there is only one.
    if (passes_circuit(target, circuit.get()))
      return fault(p, "the target is a guard or breaker of the same circuit");
    return caf::expected<caf::actor>{sys_.spawn<resilience::guard>(
      std::move(target), std::move(circuit), timer_, common_, p, std::move(x),
      takes_empty_answers, std::move(keeper))};
  }

  caf::expected<team_core::seat> make_seat(const std::string& team,
                                           child_spec x, size_t index) {
    auto p = x.guard.value_or(
      policy{.breaker = std::nullopt, .timeout = std::nullopt});
    if (p.name.empty())
      p.name = team + "/" + x.name;
    p = settings().apply(std::move(p));
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
  caf::actor track(caf::actor x) {
    std::lock_guard<std::mutex> guard{mutex_};
    if (spawned_.size() >= prune_at_) {
      std::erase_if(spawned_, compat::is_gone);
      prune_at_ = 2 * spawned_.size() + 1'024;
    }
    spawned_.emplace_back(caf::actor_cast<caf::weak_actor_ptr>(x));
    return x;
  }

  caf::actor_system& sys_;
  std::shared_ptr<services> common_;
  std::shared_ptr<ticker> timer_;
  registry circuits_;
  std::mutex mutex_;
  std::vector<caf::weak_actor_ptr> spawned_;
  size_t prune_at_ = 1'024;
  /// For circuits that were asked for by name.
  std::map<const shared_circuit*, caf::actor> controls_;
  /// Keeps them alive until they are over.
  std::vector<resilience::team> teams_;
};

runtime::runtime(caf::actor_system& sys, runtime_options opts)
  : impl_(std::make_unique<impl>(sys, opts)) {}

runtime::~runtime() {
  impl_->close();
}

caf::expected<caf::actor> runtime::try_spawn_guard(caf::strong_actor_ptr target,
                                                   const policy& p, hooks x,
                                                   bool takes_empty_answers) {
  return impl_->spawn_guard(std::move(target), p, std::move(x),
                            takes_empty_answers);
}

caf::actor runtime::or_throw(caf::expected<caf::actor> x) {
  if (!x)
    throw_error(x.error());
  return std::move(*x);
}

control_actor runtime::breaker(const policy& p) {
  return caf::actor_cast<control_actor>(or_throw(impl_->spawn_breaker(p)));
}

caf::expected<control_actor> runtime::try_breaker(const policy& p) {
  auto result = impl_->spawn_breaker(p);
  if (!result)
    return result.error();
  return caf::actor_cast<control_actor>(*result);
}

caf::expected<team> runtime::try_team(std::string name,
                                      std::vector<child_spec> children,
                                      const team_options& options) {
  return impl_->spawn_team(name, std::move(children), options);
}

team runtime::team(std::string name, std::vector<child_spec> children,
                   const team_options& options) {
  auto result = impl_->spawn_team(name, std::move(children), options);
  if (!result)
    throw_error(result.error());
  return std::move(*result);
}

restart_counts& runtime::restarts() noexcept {
  return impl_->restarts();
}

control_actor runtime::control_of(const caf::strong_actor_ptr& guard) {
  if (!guard)
    throw invalid_config_error{"the handle is null"};
  if (is_local(impl_->system(), guard) && !breaker_of(guard))
    throw invalid_config_error{"the actor is no guard or breaker"};
  return caf::actor_cast<control_actor>(guard);
}

control_actor runtime::control(std::string_view name) {
  return caf::actor_cast<control_actor>(or_throw(impl_->control(name)));
}

control_actor runtime::control(const std::string& name) {
  return control(std::string_view{name});
}

control_actor runtime::control(const char* name) {
  return control(std::string_view{name});
}

caf::expected<control_actor> runtime::try_control(std::string_view name) {
  auto result = impl_->control(name);
  if (!result)
    return result.error();
  return caf::actor_cast<control_actor>(*result);
}

const runtime_settings& runtime::settings() const noexcept {
  return impl_->settings();
}

std::vector<std::string> runtime::circuits() const {
  return impl_->circuits().names();
}

} // namespace resilience
