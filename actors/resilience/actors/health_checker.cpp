#include "resilience/actors/health_checker.hpp"

#include "resilience/actors/error.hpp"
#include "resilience/random.hpp"

#include <algorithm>

namespace resilience {

namespace {

const char* const not_yet = "not checked yet";

} // namespace

health_report unchecked(const health_spec& x) {
  health_report result;
  result.name = x.name;
  result.message = not_yet;
  result.max_age = max_age_of(x.config);
  result.critical = x.config.critical;
  result.tags = x.tags;
  return result;
}

health_checker::health_checker(caf::actor_config& cfg,
                               std::shared_ptr<ticker> timer,
                               std::shared_ptr<services> common,
                               health_spec spec)
  : compat::actor_base(cfg), timer_(std::move(timer)),
    common_(std::move(common)), spec_(std::move(spec)),
    probed_(caf::actor_cast<caf::weak_actor_ptr>(spec_.what.target())),
    state_(spec_.config), last_(unchecked(spec_)), last_run_(random_seed()),
    next_(timer_->now()) {}

const char* health_checker::name() const {
  return "resilience.health_checker";
}

caf::behavior health_checker::make_behavior() {
  if (const auto& f = spec_.what.blocking()) {
    // Weak: a function that hangs must not keep the actor alive.
    auto tell = [weak = caf::weak_actor_ptr{ctrl()}](uint64_t id,
                                                     health_report x) {
      if (auto self = caf::actor_cast<caf::strong_actor_ptr>(weak))
        self->get()->enqueue(
          compat::make_value_element(nullptr, caf::make_message_id(),
                                     check_done{id, std::move(x)}),
          nullptr);
    };
    thread_ =
      std::make_unique<probe_thread>(f, std::move(tell), spec_.what.launch());
  }
  advance();
  caf::message_handler handlers{
    [this](tick x) { on_tick(time_point{duration{x.due}}); },
    [this](get_health) { return report(now()); },
    [this](check_now) { return on_check_now(); },
    [this](pause_checks) { return on_pause(true); },
    [this](resume_checks) { return on_pause(false); },
    [this](subscribe_health) { return on_subscribe(); },
    [this](unsubscribe_health) { return on_unsubscribe(); },
    [this](check_done& x) { ended(x.run, std::move(x.result)); },
    [this](const actor_ended& x) { subscribers_.erase(x.who); },
  };
  return handlers.or_else(outlive_links());
}

void health_checker::on_exit() {
  ended_ = true;
  run_.reset();
  thread_.reset();
  // Nobody would do so later.
  if (spec_.isolates)
    spec_.isolates->machine().restore(owner::health, now());
  for (auto& x : std::exchange(waiting_, {}))
    x.deliver(make_error(errc::shutting_down, spec_.name, std::string{}));
  for (const auto& x : std::exchange(subscribers_, {}))
    common_->ends->remove(caf::actor_cast<caf::actor_control_block*>(x),
                          ctrl());
  spec_.what = {};
  spec_.observer = {};
}

caf::strong_actor_ptr health_checker::probed() const {
  return caf::actor_cast<caf::strong_actor_ptr>(probed_);
}

// -- messages -----------------------------------------------------------------

caf::result<health_report> health_checker::on_check_now() {
  if (run_ && run_->stuck)
    return report(now());
  if (waiting_.size() >= max_waiting)
    return make_error(errc::limit_reached, spec_.name,
                      std::to_string(max_waiting) + " wait for the check");
  waiting_.push_back(make_response_promise());
  if (!run_)
    begin(now());
  return caf::delegated<health_report>{};
}

health_report health_checker::on_pause(bool paused) {
  auto at = now();
  auto changes = paused != paused_;
  paused_ = paused;
  if (changes) {
    isolate_or_restore(at);
    publish(at, true);
    advance();
  }
  return report(at);
}

caf::result<health_report> health_checker::on_subscribe() {
  auto who = caf::actor_cast<caf::strong_actor_ptr>(current_sender());
  auto addr = caf::actor_cast<caf::actor_addr>(who);
  if (who && subscribers_.count(addr) == 0) {
    if (subscribers_.size() >= static_cast<size_t>(spec_.max_subscribers))
      return make_error(errc::limit_reached, spec_.name,
                        std::to_string(spec_.max_subscribers) + " subscribers");
    subscribers_.insert(addr);
    common_->ends->add(who, caf::strong_actor_ptr{ctrl()});
  }
  return report(now());
}

health_report health_checker::on_unsubscribe() {
  auto addr = caf::actor_cast<caf::actor_addr>(current_sender());
  if (subscribers_.erase(addr) != 0)
    common_->ends->remove(caf::actor_cast<caf::actor_control_block*>(addr),
                          ctrl());
  return report(now());
}

// -- time ---------------------------------------------------------------------

void health_checker::on_tick(time_point due) {
  // Another one comes where this was not the latest that was asked for.
  if (due == armed_)
    armed_ = time_point::max();
  advance();
}

void health_checker::advance() {
  auto at = now();
  if (run_ && !run_->stuck && at >= run_->due)
    took_too_long(at);
  if (!run_ && !paused_ && at >= next_)
    begin(at);
  publish(at, false);
  wake_for_next();
}

void health_checker::wake_for_next() {
  auto due = time_point::max();
  if (!run_ && !paused_)
    due = next_;
  else if (run_ && !run_->stuck)
    due = run_->due;
  // The instant at which the last result is too old.
  if (told_ != health_status::unknown)
    if (auto age = state_.age(now()))
      due = std::min(due, saturating_add(now(), max_age_of(spec_.config) - *age
                                                  + duration{1}));
  if (due >= armed_)
    return;
  armed_ = due;
  timer_->wake(caf::weak_actor_ptr{ctrl()}, due);
}

// -- checks -------------------------------------------------------------------

void health_checker::begin(time_point at) {
  run_ = run{++last_run_, at, wall_clock::now(),
             saturating_add(at, spec_.config.timeout), false};
  next_ = saturating_add(at, spec_.config.interval);
  if (!thread_)
    ask();
  else if (!thread_->start(last_run_))
    run_.reset(); // the next interval will try again
  wake_for_next();
}

void health_checker::ask() {
  // CAF forgets the request with the timeout; our own deadline decides.
  request_any(caf::actor_cast<caf::actor>(spec_.what.target()),
              spec_.config.timeout, spec_.what.request(),
              [this, id = last_run_](caf::message& x) { answered(id, x); });
}

void health_checker::answered(uint64_t id, caf::message& answer) {
  if (!run_ || run_->id != id)
    return;
  auto late = compat::error_in(answer) != nullptr && now() >= run_->due;
  if (late)
    advance();
  else
    ended(id, read(answer));
}

health_report health_checker::read(const caf::message& answer) {
  auto has_sender = current_sender() != nullptr;
  auto e = compat::error_in(answer);
  if (e == nullptr)
    return spec_.what.read()(answer);
  if (compat::says_nobody_answered(*e, has_sender))
    return health_report::unhealthy(
      "the actor that is asked has ended, or gave no answer");
  return health_report::unhealthy("the answer is an error: "
                                  + compat::render(system(), *e));
}

void health_checker::ended(uint64_t id, health_report result) {
  if (!run_ || run_->id != id)
    return;
  auto at = now();
  // It may have come before the tick, yet too late.
  if (!run_->stuck && at > run_->due)
    took_too_long(at);
  if (run_ && !run_->stuck)
    note(at, std::move(result));
  run_.reset();
  advance();
}

void health_checker::took_too_long(time_point at) {
  if (thread_)
    run_->stuck = true;
  note(at, health_report::unhealthy("took longer than "
                                    + to_string(spec_.config.timeout)));
  if (!thread_)
    run_.reset();
}

void health_checker::note(time_point at, health_report result) {
  count(at, result);
  cut_to_limits(result);
  last_.message = std::move(result.message);
  last_.details = std::move(result.details);
  last_.checked_at = wall_clock::now();
  last_.took = std::max(saturating_sub(at, run_->began), duration::zero());
  isolate_or_restore(at);
  publish(at, true);
  // Those who come from now on want the next check.
  auto answer = report(at);
  for (auto& x : std::exchange(waiting_, {}))
    x.deliver(answer);
}

void health_checker::count(time_point at, health_report& result) {
  switch (result.status) {
    case health_status::healthy:
      return state_.success(at);
    case health_status::degraded:
      return state_.partial(at);
    case health_status::unknown:
      return state_.unclear(at);
    case health_status::unhealthy:
      return state_.failure(at);
  }
  state_.failure(at);
  result.message = "the probe returned a status that does not exist: "
                   + std::to_string(static_cast<int>(result.status));
}

// -- results ------------------------------------------------------------------

health_report health_checker::report(time_point at) const {
  auto result = last_;
  result.status = state_.status(at);
  result.message = message(at, result.status);
  result.age = state_.age(at);
  result.failures = state_.failures();
  result.successes = state_.successes();
  result.paused = paused_;
  if (run_ && run_->stuck)
    result.stuck_since = run_->began_wall;
  return result;
}

std::string health_checker::message(time_point at, health_status status) const {
  auto age = state_.age(at);
  if (!age)
    return not_yet;
  auto result = last_.message;
  if (run_ && run_->stuck)
    result += ", still running since " + iso8601(run_->began_wall);
  if (*age > max_age_of(spec_.config))
    return "no result for " + to_string(*age) + "; the last: " + result;
  // Why it is unhealthy although the last check was fine.
  if (status == health_status::unhealthy && state_.failures() == 0)
    return std::to_string(state_.successes()) + " of "
           + std::to_string(spec_.config.healthy_after)
           + " successes in a row: " + result;
  return result;
}

void health_checker::isolate_or_restore(time_point at) {
  if (!spec_.isolates)
    return;
  auto& machine = spec_.isolates->machine();
  // Told each time: a circuit may have been isolated before a restart, and
  // telling it twice changes nothing.
  auto status = state_.status(at);
  if (status == health_status::unhealthy && !paused_)
    machine.isolate(owner::health, at);
  else if (status != health_status::unknown || paused_)
    machine.restore(owner::health, at);
}

void health_checker::publish(time_point at, bool always) {
  auto status = state_.status(at);
  if (status == told_ && !always)
    return;
  auto x = report(at);
  observe(x);
  if (status == told_)
    return;
  health_changed event{spec_.name, std::exchange(told_, status), status,
                       std::move(x)};
  common_->events->push(event);
  auto* self = this;
  for (const auto& who : subscribers_)
    if (auto hdl = caf::actor_cast<caf::actor>(who))
      compat::post(self, hdl, event);
}

void health_checker::observe(const health_report& x) const {
  if (!spec_.observer)
    return;
  try {
    spec_.observer(x);
  } catch (...) {
    // A faulty observer must not end the checks.
  }
}

} // namespace resilience
