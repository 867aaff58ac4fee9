#include "resilience/actors/shared_circuit.hpp"

#include "resilience/actors/compat_errors.hpp"
#include "resilience/actors/compat_sending.hpp"
#include "resilience/actors/event_log.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <algorithm>

namespace resilience {

std::shared_ptr<shared_circuit>
shared_circuit::make(std::shared_ptr<const surroundings> around,
                     const policy& p, const circuit_snapshot* from) {
  std::shared_ptr<shared_circuit> result{
    new shared_circuit(std::move(around), p)};
  if (from != nullptr)
    result->recall(*from);
  return result;
}

shared_circuit::shared_circuit(std::shared_ptr<const surroundings> around,
                               const policy& p)
  : around_(std::move(around)),
    machine_(p.name, p.provider, p.breaker,
             [this](const transition& x) { on_transition(x); }) {}

void shared_circuit::recall(const circuit_snapshot& from) {
  if (from.last_failure)
    last_failure_ = caf::make_message(from.last_failure->reason);
  auto at = now();
  machine_.recall(from, at, wall_clock::now());
  // Nothing else would see the end of its cooldown without a call.
  auto timer = around_->timer.lock();
  if (timer && machine_.state() == circuit_state::open)
    timer->wake(std::weak_ptr<tickable>{weak_from_this()},
                machine_.open_until());
}

// -- settings -----------------------------------------------------------------

faults shared_circuit::configure(const std::optional<breaker_config>& value) {
  {
    std::lock_guard<brief_mutex> guard{mutex_};
    if (!asked_apart_)
      asked_apart_ =
        std::make_unique<std::optional<breaker_config>>(machine_.config());
  }
  return machine_.configure(value, now());
}

std::optional<std::optional<breaker_config>> shared_circuit::asked_for() const {
  std::lock_guard<brief_mutex> guard{mutex_};
  if (!asked_)
    return std::nullopt;
  return asked_apart_ ? *asked_apart_ : machine_.config();
}

void shared_circuit::ask_for(const std::optional<breaker_config>& value) {
  {
    std::lock_guard<brief_mutex> guard{mutex_};
    asked_ = true;
    if (asked_apart_)
      *asked_apart_ = value;
    else if (machine_.config() != value)
      asked_apart_ = std::make_unique<std::optional<breaker_config>>(value);
  }
  if (machine_.config() != value)
    static_cast<void>(configure(value)); // valid: there are no faults
}

time_point shared_circuit::now() const {
  auto timer = around_->timer.lock();
  return timer ? timer->now() : clock::now();
}

// -- failures -----------------------------------------------------------------

void shared_circuit::note_failure(caf::message what) {
  std::lock_guard<brief_mutex> guard{mutex_};
  std::swap(last_failure_, what);
}

void shared_circuit::note_lease_end() {
  note_failure(caf::make_message(std::string{"a permit's lease ended"}));
}

circuit_status shared_circuit::status() {
  auto result = machine_.status(now(), wall_clock::now());
  result.chaotic_guards = chaotic_guards_.load(std::memory_order_relaxed);
  if (result.last_failure)
    result.last_failure->reason = last_failure();
  return result;
}

circuit_metrics shared_circuit::metrics() {
  return machine_.metrics(now());
}

circuit_snapshot shared_circuit::snapshot() {
  auto result = machine_.snapshot(now(), wall_clock::now());
  if (result.last_failure)
    result.last_failure->reason = last_failure();
  return result;
}

std::string shared_circuit::last_failure() {
  caf::message msg;
  {
    std::lock_guard<brief_mutex> guard{mutex_};
    msg = last_failure_;
  }
  if (msg.match_elements<std::string>())
    return msg.get_as<std::string>(0);
  auto e = compat::error_in(msg);
  return e != nullptr ? compat::render(around_->sys, *e) : std::string{};
}

// -- subscribers --------------------------------------------------------------

bool shared_circuit::subscribe(const caf::strong_actor_ptr& who) {
  auto addr = caf::actor_cast<caf::actor_addr>(who);
  {
    std::lock_guard<brief_mutex> guard{mutex_};
    auto known =
      std::find_if(subscribers_.begin(), subscribers_.end(),
                   [&](const subscriber& x) { return x.who == addr; });
    if (known != subscribers_.end() && known->active)
      return true;
    auto active = std::count_if(subscribers_.begin(), subscribers_.end(),
                                [](const subscriber& x) { return x.active; });
    if (active >= around_->max_subscribers)
      return false;
    if (known != subscribers_.end()) {
      known->active = true;
      return true;
    }
    subscribers_.push_back({addr, true});
  }
  // Runs at once if the subscriber is dead already.
  who->get()->attach_functor([weak = weak_from_this(), addr] {
    if (auto self = weak.lock())
      self->forget(addr);
  });
  return true;
}

void shared_circuit::unsubscribe(const caf::actor_addr& who) {
  std::lock_guard<brief_mutex> guard{mutex_};
  for (auto& x : subscribers_)
    if (x.who == who)
      x.active = false;
}

void shared_circuit::forget(const caf::actor_addr& who) {
  std::lock_guard<brief_mutex> guard{mutex_};
  std::erase_if(subscribers_,
                [&](const subscriber& x) { return x.who == who; });
}

// -- time and transitions -----------------------------------------------------

void shared_circuit::on_tick(time_point now) {
  machine_.advance(now);
}

std::vector<caf::actor> shared_circuit::active_subscribers() {
  std::vector<caf::actor> result;
  std::lock_guard<brief_mutex> guard{mutex_};
  // No handle is dropped under the lock: it might be an actor's last, and its
  // end comes back here.
  for (const auto& s : subscribers_)
    if (s.active)
      if (auto hdl = caf::actor_cast<caf::actor>(s.who))
        result.push_back(std::move(hdl));
  return result;
}

transition_event shared_circuit::event_of(const transition& x,
                                          time_point now) const {
  transition_event result;
  result.name = machine_.name();
  result.from = x.from;
  result.to = x.to;
  result.why = x.why;
  result.generation = x.generation;
  result.failures = x.failures;
  result.at =
    wall_clock::now() - std::chrono::nanoseconds{saturating_sub(now, x.at)};
  return result;
}

void shared_circuit::publish_key(std::string_view key, const transition& x) {
  auto active = active_subscribers();
  if (active.empty())
    return;
  auto event = event_of(x, now());
  event.name.append("[").append(key).append("]");
  for (const auto& hdl : active)
    compat::anon_post(hdl, event);
}

void shared_circuit::on_transition(const transition& x) {
  auto timer = around_->timer.lock();
  if (!timer)
    return;
  if (x.to == circuit_state::open)
    // So that the end of the cooldown is seen on time without any call.
    timer->wake(std::weak_ptr<tickable>{weak_from_this()},
                machine_.open_until());
  auto active = active_subscribers();
  auto log = machine_.name().empty() ? nullptr : around_->events.lock();
  if (active.empty() && !log)
    return;
  auto event = event_of(x, timer->now());
  event.last_failure = last_failure();
  for (const auto& hdl : active)
    compat::anon_post(hdl, event);
  if (log)
    log->push({std::move(event), snapshot()});
}

} // namespace resilience
