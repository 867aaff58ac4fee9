#include "resilience/actors/runtime.hpp"

#include "resilience/actors/chain.hpp"
#include "resilience/actors/controls.hpp"
#include "resilience/actors/health_factory.hpp"
#include "resilience/actors/open_store.hpp"
#include "resilience/actors/overview.hpp"
#include "resilience/actors/registry.hpp"
#include "resilience/actors/settings.hpp"
#include "resilience/actors/snapshot_writer.hpp"
#include "resilience/actors/spawner.hpp"
#include "resilience/actors/supervisor.hpp"
#include "resilience/actors/ticker.hpp"

#include <caf/exit_reason.hpp>
#include <caf/spawn_options.hpp>

#include <mutex>
#include <utility>

namespace resilience {

namespace {

[[noreturn]] void throw_error(const caf::error& e,
                              const std::string& about = "circuit") {
  auto name = circuit_of(e);
  auto text = name.empty() ? std::string{} : about + " \"" + name + "\": ";
  auto code = code_of(e);
  auto detail = detail_of(e);
  if (code != errc::invalid_config)
    text += sentence(code);
  if (code != errc::invalid_config && !detail.empty())
    text += ": ";
  throw invalid_config_error{text + detail};
}

// What a user has configured; the runtime cannot do without it.
runtime_settings settings_or_throw(caf::actor_system& sys) {
  auto result = runtime_settings::read(sys.config());
  if (!result)
    throw_error(result.error());
  return std::move(*result);
}

runtime_options checked(runtime_options x) {
  if (auto found = validate(x); !found.empty())
    throw invalid_config_error{found};
  return x;
}

bool is_local(caf::actor_system& sys, const caf::strong_actor_ptr& x) {
  return x->node() == sys.node();
}

} // namespace

class runtime::impl {
public:
  impl(caf::actor_system& sys, const runtime_options& from_code)
    : sys_(sys), common_(std::make_shared<services>(settings_or_throw(sys))),
      options_(checked(settings().apply(from_code))),
      memory_(std::make_shared<journal>(open_store(options_))),
      timer_(ticker::make(sys)),
      circuits_(std::make_shared<registry>(
        shared_circuit::surroundings{sys, timer_, common_->events,
                                     options_.max_subscribers},
        options_, memory_)),
      handles_(std::make_shared<controls>(sys, timer_, common_, circuits_)),
      actors_(sys, timer_, common_, circuits_),
      checkers_(std::make_shared<health_factory>(sys, timer_, common_,
                                                 circuits_, options_)),
      view_(std::make_shared<overview>(circuits_, checkers_, memory_, timer_)) {
    auto from = memory_->load(static_cast<size_t>(options_.max_circuits));
    common_->restarts->restore(from.restarts);
    circuits_->recall(std::move(from));
    writer_ = spawn_writer();
    supervisor_ = sys.spawn<resilience::supervisor, caf::hidden>(
      resilience::supervisor::surroundings{common_, timer_, circuits_, handles_,
                                           view_, memory_, writer_, options_});
    common_->events->send_to(supervisor_);
  }

  /// Waits for functions of the user's, which may hold a reference to the
  /// runtime.
  void close() {
    common_->starts.close();
  }

  // Does not wait for the actors: the journal is closed under its lock, and
  // whoever comes later finds it so.
  ~impl() {
    checkers_->stop();
    timer_->stop();
    actors_.stop();
    end(relay_);
    handles_->stop();
    common_->events->send_to(nullptr);
    end(supervisor_);
    end(writer_);
    save();
    memory_->close();
  }

  void relay_to(metrics_callback f) {
    caf::actor next;
    if (f)
      next = sys_.spawn<metrics_relay, caf::hidden + caf::detached>(
        caf::actor_cast<supervisor_actor>(supervisor_), std::move(f));
    {
      std::lock_guard<std::mutex> guard{mutex_};
      std::swap(next, relay_);
    }
    end(next);
  }

  /// Saves everything; blocks. False: the store failed.
  bool save() {
    common_->events->settle(*memory_);
    auto wanted = memory_->added();
    // What ends with the process knows what the circuits in memory know.
    auto saved = options_.database.empty()
                 || save_all(*circuits_, *common_->restarts, *memory_);
    return memory_->flush() >= wanted && saved;
  }

  caf::actor_system& system() noexcept {
    return sys_;
  }

  const runtime_settings& settings() const noexcept {
    return common_->settings;
  }

  registry& circuits() noexcept {
    return *circuits_;
  }

  /// @throws invalid_config_error if there is none.
  registry::circuit_ptr circuit(std::string_view name) {
    caf::error error;
    auto result = circuits_->find(name, error);
    if (!result)
      throw_error(error);
    return result;
  }

  controls& handles() noexcept {
    return *handles_;
  }

  journal& memory() noexcept {
    return *memory_;
  }

  const caf::actor& supervisor() const noexcept {
    return supervisor_;
  }

  spawner& actors() noexcept {
    return actors_;
  }

  restart_counts& restarts() noexcept {
    return *common_->restarts;
  }

  overview& view() noexcept {
    return *view_;
  }

  health_factory& checkers() noexcept {
    return *checkers_;
  }

private:
  static void end(const caf::actor& x) {
    if (x)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  }

  // A store in memory never blocks; one on a disk needs a thread of its own.
  caf::actor spawn_writer() {
    if (options_.database.empty())
      return sys_.spawn<snapshot_writer, caf::hidden>(
        memory_, circuits_, common_->restarts, options_);
    return sys_.spawn<snapshot_writer, caf::hidden + caf::detached>(
      memory_, circuits_, common_->restarts, options_);
  }

  caf::actor_system& sys_;
  const std::shared_ptr<services> common_;
  const runtime_options options_;
  const std::shared_ptr<journal> memory_;
  const std::shared_ptr<ticker> timer_;
  const std::shared_ptr<registry> circuits_;
  const std::shared_ptr<controls> handles_;
  spawner actors_;
  const std::shared_ptr<health_factory> checkers_;
  const std::shared_ptr<overview> view_;
  caf::actor writer_;
  caf::actor supervisor_;
  std::mutex mutex_;
  /// Null unless somebody wants metrics.
  caf::actor relay_;
};

runtime::runtime(caf::actor_system& sys, runtime_options opts)
  : impl_(std::make_unique<impl>(sys, opts)) {}

runtime::~runtime() {
  impl_->close();
}

caf::expected<caf::actor> runtime::try_spawn_guard(caf::strong_actor_ptr target,
                                                   const policy& p, hooks x,
                                                   bool takes_empty_answers) {
  return impl_->actors().spawn_guard(std::move(target), p, std::move(x),
                                     takes_empty_answers);
}

caf::actor runtime::or_throw(caf::expected<caf::actor> x) {
  if (!x)
    throw_error(x.error());
  return std::move(*x);
}

control_actor runtime::breaker(const policy& p) {
  return caf::actor_cast<control_actor>(
    or_throw(impl_->actors().spawn_breaker(p)));
}

caf::expected<control_actor> runtime::try_breaker(const policy& p) {
  auto result = impl_->actors().spawn_breaker(p);
  if (!result)
    return result.error();
  return caf::actor_cast<control_actor>(*result);
}

caf::expected<team> runtime::try_team(std::string name,
                                      std::vector<child_spec> children,
                                      const team_options& options) {
  return impl_->actors().spawn_team(name, std::move(children), options);
}

team runtime::team(std::string name, std::vector<child_spec> children,
                   const team_options& options) {
  auto result = impl_->actors().spawn_team(name, std::move(children), options);
  if (!result)
    throw_error(result.error());
  return std::move(*result);
}

restart_counts& runtime::restarts() noexcept {
  return impl_->restarts();
}

health_actor runtime::health_checker(const std::string& name, probe what,
                                     const health_check_config& config,
                                     health_options x) {
  auto result = try_health_checker(name, std::move(what), config, std::move(x));
  if (!result)
    throw_error(result.error(), "health checker");
  return std::move(*result);
}

caf::expected<health_actor> runtime::try_health_checker(
  const std::string& name, probe what, const health_check_config& config,
  health_options x) {
  auto result =
    impl_->checkers().spawn(name, std::move(what), config, std::move(x));
  if (!result)
    return result.error();
  return caf::actor_cast<health_actor>(*result);
}

control_actor runtime::control_of(const caf::strong_actor_ptr& guard) {
  if (!guard)
    throw invalid_config_error{"the handle is null"};
  if (is_local(impl_->system(), guard) && !breaker_of(guard))
    throw invalid_config_error{"the actor is no guard or breaker"};
  return caf::actor_cast<control_actor>(guard);
}

control_actor runtime::control(std::string_view name) {
  return caf::actor_cast<control_actor>(or_throw(impl_->handles().find(name)));
}

control_actor runtime::control(const std::string& name) {
  return control(std::string_view{name});
}

control_actor runtime::control(const char* name) {
  return control(std::string_view{name});
}

caf::expected<control_actor> runtime::try_control(std::string_view name) {
  auto result = impl_->handles().find(name);
  if (!result)
    return result.error();
  return caf::actor_cast<control_actor>(*result);
}

const runtime_settings& runtime::settings() const noexcept {
  return impl_->settings();
}

supervisor_actor runtime::supervisor() const {
  return caf::actor_cast<supervisor_actor>(impl_->supervisor());
}

control_actor runtime::ensure_breaker(const policy& p, bool replace) {
  using how = registry::on_difference;
  return caf::actor_cast<control_actor>(
    or_throw(impl_->handles().ensure(p, replace ? how::replace : how::refuse)));
}

circuit_status runtime::status_of(std::string_view name) const {
  return impl_->circuit(name)->status();
}

circuit_metrics runtime::metrics_of(std::string_view name) const {
  return impl_->circuit(name)->metrics();
}

std::vector<circuit_status> runtime::all_status() const {
  return impl_->view().status();
}

std::vector<named_metrics> runtime::all_metrics() const {
  return impl_->view().metrics();
}

uint64_t runtime::reset_all() {
  return impl_->view().reset_all();
}

health_summary runtime::health(std::string_view view) const {
  return impl_->view().health(view);
}

void runtime::set_metrics_callback(metrics_callback f) {
  impl_->relay_to(std::move(f));
}

bool runtime::persist() {
  return impl_->save();
}

std::vector<std::string> runtime::circuits() const {
  return impl_->circuits().names();
}

} // namespace resilience
