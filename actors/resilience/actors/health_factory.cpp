#include "resilience/actors/health_factory.hpp"

#include "resilience/actors/chain.hpp"
#include "resilience/actors/error.hpp"

#include <caf/exit_reason.hpp>

#include <utility>

namespace resilience {

namespace {

health_checker& checker_behind(const caf::actor& x) {
  return *static_cast<health_checker*>(
    caf::actor_cast<caf::abstract_actor*>(x));
}

} // namespace

health_factory::health_factory(caf::actor_system& sys,
                               std::shared_ptr<ticker> timer,
                               std::shared_ptr<services> common,
                               std::shared_ptr<registry> circuits,
                               const runtime_options& opts)
  : sys_(sys), timer_(std::move(timer)), common_(std::move(common)),
    circuits_(std::move(circuits)), opts_(opts) {}

caf::expected<caf::actor>
health_factory::spawn(const std::string& name, probe what,
                      const health_check_config& config, health_options x) {
  auto found = check(name, what, config, x);
  caf::error error;
  auto circuit =
    x.isolates.empty() ? nullptr : circuits_->find(x.isolates, error);
  // Declared first: who is forgotten is released after the lock.
  std::vector<caf::actor> forgotten;
  std::lock_guard<std::mutex> guard{mutex_};
  forget_ended(forgotten);
  if (checkers_.count(name) != 0)
    found.push_back("name \"" + name + "\" belongs to another health checker");
  if (!x.isolates.empty())
    check_isolation(found, what, x.isolates, circuit.get());
  if (!found.empty())
    return make_error(errc::invalid_config, name, to_string(found));
  if (checkers_.size() >= static_cast<size_t>(opts_.max_health_checkers))
    return make_error(errc::limit_reached, name,
                      std::to_string(opts_.max_health_checkers)
                        + " health checkers");
  health_spec spec{name,
                   std::move(what),
                   config,
                   std::move(x.tags),
                   reporting(std::move(x.observer)),
                   std::move(circuit),
                   opts_.max_subscribers};
  // Until it says more: what nobody has looked at is not well.
  put(*reports_, unchecked(spec), timer_->now());
  auto result = sys_.spawn<health_checker>(timer_, common_, std::move(spec));
  checkers_.emplace(name, result);
  return result;
}

// Keeps what a checker says, then passes it on.
health_observer health_factory::reporting(health_observer next) const {
  return [board = reports_, timer = timer_, common = common_,
          next = std::move(next)](const health_report& x) {
    put(*board, x, timer->now());
    if (!next)
      return;
    start_gate::pass pass{common->starts};
    if (pass)
      next(x);
  };
}

void health_factory::put(reports& into, health_report x, time_point now) {
  std::lock_guard<std::mutex> guard{into.mutex};
  // There is room: there are no more checkers than parts.
  static_cast<void>(into.board.put(std::move(x), now));
}

health_board health_factory::board() {
  std::vector<caf::actor> forgotten;
  std::lock_guard<std::mutex> guard{mutex_};
  forget_ended(forgotten);
  std::lock_guard<std::mutex> board_guard{reports_->mutex};
  return reports_->board;
}

void health_factory::stop() {
  checkers all;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    all.swap(checkers_);
  }
  for (const auto& [name, x] : all)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

faults health_factory::check(const std::string& name, const probe& what,
                             const health_check_config& config,
                             const health_options& x) {
  auto result = validate(config);
  if (name.empty())
    result.push_back("name must not be empty");
  if (name == store_part || name.starts_with(circuit_part))
    result.push_back("name \"" + name
                     + "\" belongs to the runtime's own parts");
  check_text(result, "name", name, 256);
  check_texts(result, "tags", x.tags, 64);
  for (const auto& text : what.found())
    result.push_back(text);
  if (what.found().empty() && !what.target() && !what.blocking())
    result.push_back("the probe does nothing");
  return result;
}

void health_factory::check_isolation(faults& out, const probe& what,
                                     const std::string& circuit,
                                     const shared_circuit* found) const {
  auto quoted = "isolates \"" + circuit + "\", ";
  if (!found) {
    out.push_back(quoted + "which is no circuit");
    return;
  }
  if (checks_through(what.target(), found))
    out.push_back(quoted
                  + "which the probe goes through: it could never "
                    "recover");
  // The one's recovery would end what the other has isolated.
  for (const auto& [name, x] : checkers_)
    if (checker_behind(x).isolated_by_this() == found)
      out.push_back(quoted + "as does the health checker \"" + name + "\"");
}

// Anybody may have told them to quit.
void health_factory::forget_ended(std::vector<caf::actor>& forgotten) {
  std::erase_if(checkers_, [&](auto& kvp) {
    if (!checker_behind(kvp.second).ended())
      return false;
    std::lock_guard<std::mutex> guard{reports_->mutex};
    reports_->board.remove(kvp.first);
    forgotten.push_back(std::move(kvp.second));
    return true;
  });
}

} // namespace resilience
