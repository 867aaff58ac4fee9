#include "resilience/circuit.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

breaker_config checked(const std::optional<breaker_config>& cfg) {
  auto result = cfg.value_or(breaker_config{});
  if (auto found = validate(result); !found.empty())
    throw invalid_config_error{found};
  return result;
}

// The wall time of `t`, given that `at` and `wall` are the same instant.
wall_time to_wall(time_point t, time_point at, wall_time wall) {
  time_point here{duration{wall.time_since_epoch()}};
  auto there = saturating_add(here, saturating_sub(t, at));
  return wall_time{std::chrono::nanoseconds{there.time_since_epoch()}};
}

// And back.
time_point from_wall(wall_time t, time_point at, wall_time wall) {
  return saturating_add(
    at, saturating_sub(time_point{duration{t.time_since_epoch()}},
                       time_point{duration{wall.time_since_epoch()}}));
}

} // namespace

circuit::circuit(std::string name, std::string provider,
                 const std::optional<breaker_config>& cfg,
                 listener on_transition, uint64_t seed)
  : lease_(cfg.value_or(breaker_config{}).lease.count()),
    machine_(checked(cfg), seed), listener_(std::move(on_transition)),
    name_(std::move(name)), provider_(std::move(provider)) {
  // Off from the start is no transition: the time does not matter.
  transitions none;
  machine_.turn_off(!cfg, time_point{}, none);
  word_ = word_now();
}

uint64_t circuit::word_now() const noexcept {
  return word(machine_.state(), machine_.generation(),
              machine_.failures() != 0 || window() != nullptr);
}

// The window in force, or null. While the breaker is off its settings are kept
// and mean nothing.
const window_config* circuit::window() const noexcept {
  const auto& x = machine_.config().window;
  return x && !machine_.off() ? &*x : nullptr;
}

// Runs `f` on the machine, then makes the result visible: first to the fast
// way, then to the listener.
template <class F>
auto circuit::locked(F f) {
  std::unique_lock<brief_mutex> guard{mutex_};
  transitions changes;
  auto result = f(changes);
  for (const auto& x : changes)
    note(x);
  // The word is stored last: who sees `open` sees the end of its cooldown.
  if (machine_.state() == circuit_state::open)
    open_until_.store(machine_.open_until().time_since_epoch().count(),
                      std::memory_order_relaxed);
  word_.store(word_now(), std::memory_order_release);
  publish(guard);
  return result;
}

// For what has no result.
template <class F>
void circuit::change(F f) {
  locked([&](transitions& out) {
    f(out);
    return nullptr;
  });
}

// No transition need tell of what somebody has set.
template <class F>
void circuit::change_by_hand(F f) {
  change([&](transitions& out) {
    auto before = machine_.set_by_hand();
    f(out);
    if (machine_.set_by_hand() != before)
      ++changes_by_hand_;
  });
}

void circuit::note(const transition& x) {
  ++transitions_;
  if (x.to == circuit_state::open) {
    ++times_opened_;
    opened_at_ = x.at;
  }
  if (listener_)
    outbox_.push_back(x);
}

// One thread publishes at a time, so that the order of the transitions is the
// order in which the listener sees them.
void circuit::publish(std::unique_lock<brief_mutex>& guard) {
  if (outbox_.empty() || publishing_)
    return;
  publishing_ = true;
  while (!outbox_.empty()) {
    auto batch = std::exchange(outbox_, {});
    guard.unlock();
    for (const auto& x : batch)
      listener_(x);
    guard.lock();
  }
  publishing_ = false;
}

admission circuit::admit_slowly(time_point now) {
  return locked([&](transitions& out) {
    auto result = machine_.admit(now, out);
    auto& counter = result ? admitted_ : rejected_;
    counter.fetch_add(1, std::memory_order_relaxed);
    return result;
  });
}

settlement circuit::settle_slowly(const permit& pass, outcome what,
                                  duration took, time_point now, bool expired) {
  return locked([&](transitions& out) {
    auto result = machine_.settle(pass, what, took, now, out);
    if (!result.known)
      return result;
    if (what == outcome::neutral) {
      ++neutral_;
      return result;
    }
    latency_.record(took);
    if (auto x = window(); x != nullptr && took > x->slow_call_duration)
      ++slow_calls_;
    if (what == outcome::failure) {
      ++failed_;
      last_failure_ = now;
    }
    late_ += result.late ? 1 : 0;
    expired_ += expired ? 1 : 0;
    return result;
  });
}

void circuit::advance(time_point now) {
  change([&](transitions& out) { machine_.advance(now, out); });
}

void circuit::reset(time_point now) {
  change_by_hand([&](transitions& out) { machine_.reset(now, out); });
}

void circuit::isolate(owner who, time_point now) {
  change_by_hand([&](transitions& out) { machine_.isolate(who, now, out); });
}

void circuit::disable(time_point now) {
  change_by_hand([&](transitions& out) { machine_.disable(now, out); });
}

void circuit::restore(owner who, time_point now) {
  change_by_hand([&](transitions& out) { machine_.restore(who, now, out); });
}

faults circuit::configure(const std::optional<breaker_config>& cfg,
                          time_point now) {
  auto result = cfg ? validate(*cfg) : faults{};
  if (!result.empty())
    return result;
  return locked([&](transitions& out) {
    if (cfg) {
      machine_.configure(*cfg, now, out);
      lease_.store(cfg->lease.count(), std::memory_order_relaxed);
    }
    machine_.turn_off(!cfg, now, out);
    ++changes_by_hand_;
    return faults{};
  });
}

std::optional<breaker_config> circuit::config() const {
  std::lock_guard<brief_mutex> guard{mutex_};
  if (machine_.off())
    return std::nullopt;
  return machine_.config();
}

circuit_status circuit::status(time_point at, wall_time wall) {
  return locked([&](transitions& out) {
    machine_.advance(at, out);
    circuit_status result;
    result.name = name_;
    result.provider = provider_;
    result.state = machine_.state();
    result.generation = machine_.generation();
    result.consecutive_failures = machine_.failures();
    result.consecutive_successes = machine_.successes();
    // The counters are read settled first, so that a call between the reads
    // shows as in use rather than as a negative number.
    auto settled = latency_.total() + neutral_;
    auto admitted = admitted_.load(std::memory_order_relaxed);
    result.permits_in_use = admitted - std::min(admitted, settled);
    if (result.state == circuit_state::open) {
      result.retry_after = saturating_sub(machine_.open_until(), at);
      result.opened_at = to_wall(opened_at_, at, wall);
    }
    if (failed_ > 0)
      result.last_failure = failure_info{to_wall(last_failure_, at, wall), {}};
    if (window() == nullptr)
      return result;
    if (auto x = machine_.rates(at); x && x->failure_rate >= 0) {
      result.failure_rate = x->failure_rate;
      result.slow_call_rate = x->slow_call_rate;
    }
    return result;
  });
}

circuit_metrics circuit::metrics(time_point at) {
  // Apart, for what it changes is counted only when it is done.
  advance(at);
  std::lock_guard<brief_mutex> guard{mutex_};
  return totals();
}

// Under the lock.
circuit_metrics circuit::totals() const {
  circuit_metrics result;
  auto settled = latency_.total();
  result.total_calls = admitted_.load(std::memory_order_relaxed);
  result.successes = settled - failed_;
  result.failures = failed_;
  result.rejected = rejected_.load(std::memory_order_relaxed);
  result.neutral = neutral_;
  result.late = late_;
  result.expired = expired_;
  if (settled > 0)
    result.success_rate =
      static_cast<double>(result.successes) / static_cast<double>(settled);
  result.late_answers = late_answers_.load(std::memory_order_relaxed);
  result.dropped = dropped_.load(std::memory_order_relaxed);
  result.times_opened = times_opened_;
  result.transitions = transitions_;
  result.latency = latency_.counts();
  result.slow_calls = slow_calls_;
  return result;
}

// -- over a restart -----------------------------------------------------------

circuit_snapshot circuit::snapshot(time_point at, wall_time wall) const {
  std::lock_guard<brief_mutex> guard{mutex_};
  circuit_snapshot result;
  result.name = name_;
  result.provider = provider_;
  if (!machine_.off())
    result.config = machine_.config();
  result.memory = machine_.memory(at);
  result.totals = totals();
  result.saved_at = wall;
  if (machine_.state() == circuit_state::open) {
    result.open_until = to_wall(machine_.open_until(), at, wall);
    result.opened_at = to_wall(opened_at_, at, wall);
  }
  if (failed_ > 0)
    result.last_failure = failure_info{to_wall(last_failure_, at, wall), {}};
  return result;
}

uint64_t circuit::activity() const {
  std::lock_guard<brief_mutex> guard{mutex_};
  constexpr auto relaxed = std::memory_order_relaxed;
  return 1 + latency_.total() + neutral_ + transitions_ + changes_by_hand_
         + admitted_.load(relaxed) + rejected_.load(relaxed)
         + late_answers_.load(relaxed) + dropped_.load(relaxed);
}

void circuit::recall(const circuit_snapshot& from, time_point at,
                     wall_time wall) {
  change([&](transitions& out) {
    auto wanted = machine_.config();
    auto wanted_off = machine_.off();
    transitions unseen;
    if (from.config)
      machine_.configure(*from.config, at, unseen);
    machine_.turn_off(!from.config, at, unseen);
    auto memory = from.memory;
    memory.remaining = remaining_at(from, wall);
    machine_.recall(memory, downtime_at(from, wall), at, out);
    recall_totals(from, at, wall);
    machine_.configure(wanted, at, out);
    machine_.turn_off(wanted_off, at, out);
  });
}

// What was admitted and never settled died with its process.
void circuit::recall_totals(const circuit_snapshot& from, time_point at,
                            wall_time wall) {
  const auto& x = from.totals;
  latency_.assign(x.latency);
  failed_ = std::min(x.failures, latency_.total());
  neutral_ = x.neutral;
  admitted_ = latency_.total() + neutral_;
  rejected_ = x.rejected;
  late_answers_ = x.late_answers;
  dropped_ = x.dropped;
  late_ = x.late;
  expired_ = x.expired;
  slow_calls_ = x.slow_calls;
  times_opened_ = x.times_opened;
  transitions_ = x.transitions;
  if (from.opened_at)
    opened_at_ = from_wall(*from.opened_at, at, wall);
  if (from.last_failure)
    last_failure_ = from_wall(from.last_failure->at, at, wall);
}

} // namespace resilience
