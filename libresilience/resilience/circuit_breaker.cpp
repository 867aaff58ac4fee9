#include "resilience/circuit_breaker.hpp"

#include "resilience/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace resilience {

namespace {

constexpr uint8_t bit(owner who) noexcept {
  return static_cast<uint8_t>(1u << static_cast<uint8_t>(who));
}

constexpr uint8_t all_owners =
  bit(owner::hand) | bit(owner::health) | bit(owner::cluster);

// Both are far below the end of the clock's range; `factor` may be infinite.
duration scaled(duration d, double factor, duration most) noexcept {
  auto x = static_cast<double>(d.count()) * factor;
  if (x >= static_cast<double>(most.count()))
    return most;
  return duration{static_cast<duration::rep>(x)};
}

} // namespace

faults validate(const breaker_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  if (x.cooldown_growth > 1 && x.max_cooldown < x.cooldown)
    result.push_back(prefix + "max_cooldown must be at least " + prefix
                     + "cooldown, " + to_string(x.cooldown) + ", is "
                     + to_string(x.max_cooldown));
  if (x.cooldown_jitter == 1)
    result.push_back(prefix + "cooldown_jitter must be below 1");
  return result;
}

circuit_breaker::circuit_breaker(breaker_config cfg, uint64_t seed)
  : config_(cfg), random_(seed) {
  if (cfg.window)
    window_.emplace(*cfg.window);
}

// -- calls --------------------------------------------------------------------

admission circuit_breaker::admit(time_point now, transitions& out) {
  advance(now, out);
  switch (state_) {
    case circuit_state::open:
      return {rejection::open, {}, saturating_sub(open_until_, now)};
    case circuit_state::isolated:
      return {rejection::isolated, {}, {}};
    case circuit_state::half_open:
      if (std::ssize(probes_) >= config_.half_open_max_calls)
        return {rejection::half_open_full, {}, {}};
      probes_.push_back(++last_probe_);
      return {rejection::none, {generation_, last_probe_}, {}};
    default:
      return {rejection::none, {generation_, 0}, {}};
  }
}

settlement circuit_breaker::settle(const permit& pass, outcome what,
                                   duration took, time_point now,
                                   transitions& out) {
  advance(now, out);
  if (pass.generation == 0 || pass.generation > generation_)
    return {};
  if (pass.generation < generation_)
    return {true, true};
  switch (state_) {
    case circuit_state::open:
    case circuit_state::isolated:
      return {}; // these generations give no permits
    case circuit_state::half_open:
      if (!take_probe(pass.probe))
        return {};
      break;
    default:
      if (pass.probe != 0)
        return {};
  }
  auto counts = window_ && state_ == circuit_state::closed;
  if (counts)
    window_->record(what, took, now);
  if (what == outcome::success)
    on_success(now, out);
  else if (what == outcome::failure)
    on_failure(now, out);
  // Whichever rule is first opens it; a neutral result changes no rate.
  if (counts && what != outcome::neutral && state_ == circuit_state::closed)
    check_window(now, out);
  return {true, false};
}

void circuit_breaker::advance(time_point now, transitions& out) {
  if (state_ == circuit_state::open && now >= open_until_)
    enter(circuit_state::half_open, cause::cooldown_elapsed, open_until_, out);
}

// -- by hand ------------------------------------------------------------------

void circuit_breaker::reset(time_point now, transitions& out) {
  advance(now, out);
  disabled_by_hand_ = false;
  isolation_ &= static_cast<uint8_t>(~bit(owner::hand));
  enter(at_rest(circuit_state::closed), cause::reset, now, out);
}

void circuit_breaker::isolate(owner who, time_point now, transitions& out) {
  advance(now, out);
  isolation_ |= bit(who);
  if (who == owner::hand)
    disabled_by_hand_ = false;
  if (state_ != circuit_state::isolated && !disabled_by_hand_)
    enter(circuit_state::isolated, cause::isolated, now, out);
}

void circuit_breaker::turn_off(bool off, time_point now, transitions& out) {
  advance(now, out);
  off_ = off;
  auto by_hand = disabled_by_hand_ || state_ == circuit_state::isolated;
  if (!by_hand && off != (state_ == circuit_state::disabled))
    enter(at_rest(circuit_state::closed),
          off ? cause::disabled : cause::restored, now, out);
}

void circuit_breaker::disable(time_point now, transitions& out) {
  advance(now, out);
  disabled_by_hand_ = true;
  isolation_ &= static_cast<uint8_t>(~bit(owner::hand));
  if (state_ != circuit_state::disabled)
    enter(circuit_state::disabled, cause::disabled, now, out);
}

void circuit_breaker::restore(owner who, time_point now, transitions& out) {
  advance(now, out);
  isolation_ &= static_cast<uint8_t>(~bit(who));
  auto wanted = circuit_state::half_open;
  if (who == owner::hand && disabled_by_hand_) {
    disabled_by_hand_ = false;
    wanted = circuit_state::closed;
  } else if (state_ != circuit_state::isolated) {
    return;
  }
  if (auto next = at_rest(wanted); next != state_)
    enter(next, cause::restored, now, out);
}

void circuit_breaker::configure(const breaker_config& cfg, time_point now,
                                transitions& out) {
  advance(now, out);
  if (window_ && cfg.window)
    window_->configure(*cfg.window, now);
  else if (cfg.window)
    window_.emplace(*cfg.window);
  else
    window_.reset();
  config_ = cfg;
}

std::optional<window_rates> circuit_breaker::rates(time_point now) {
  if (!window_)
    return std::nullopt;
  return window_->rates(now);
}

// -- over a restart -----------------------------------------------------------

faults validate(const breaker_memory& x, const std::string& prefix) {
  faults result;
  auto counter = [&](const char* name, int32_t value) {
    check_range(result, prefix + name, value, 0,
                std::numeric_limits<int32_t>::max());
  };
  if (!valid(x.state))
    result.push_back(prefix + "state is unknown");
  if (x.generation == 0 || x.generation > max_generation)
    result.push_back(prefix + "generation is out of range");
  counter("failures", x.failures);
  counter("successes", x.successes);
  counter("reopened", x.reopened);
  if (x.isolation > all_owners)
    result.push_back(prefix + "isolation has unknown owners");
  check_range(result, prefix + "remaining", x.remaining, duration::zero(),
              2 * any_length.highest);
  if (x.window_failed > x.window_calls || x.window_slow > x.window_calls)
    result.push_back(prefix
                     + "window has more failures or slow calls than "
                       "calls");
  return result;
}

breaker_memory circuit_breaker::memory(time_point now) const {
  breaker_memory result{.state = state_,
                        .generation = generation_,
                        .failures = failures_,
                        .successes = successes_,
                        .reopened = reopened_,
                        .isolation = isolation_,
                        .disabled_by_hand = disabled_by_hand_};
  if (state_ == circuit_state::open)
    result.remaining =
      std::max(saturating_sub(open_until_, now), duration::zero());
  if (window_) {
    // A copy: whoever reads moves no window on.
    auto x = sliding_window{*window_}.rates(now);
    result.window_calls = x.buffered_calls;
    result.window_failed = x.failed_calls;
    result.window_slow = x.slow_calls;
  }
  return result;
}

void circuit_breaker::recall(const breaker_memory& x, duration downtime,
                             time_point now, transitions& out) {
  disabled_by_hand_ = x.disabled_by_hand;
  isolation_ = x.isolation & static_cast<uint8_t>(~bit(owner::health));
  state_ = x.state;
  generation_ = x.generation;
  failures_ = x.failures;
  successes_ = x.successes;
  reopened_ = x.reopened;
  open_until_ = saturating_add(now, x.remaining);
  if (window_)
    window_->refill(x.window_calls, x.window_failed, x.window_slow,
                    saturating_add(now, -downtime));
  auto rest = x.state;
  if (x.state == circuit_state::isolated)
    rest = at_rest(circuit_state::half_open);
  else if (disabled_by_hand_)
    rest = circuit_state::disabled;
  else if (off_ || x.state == circuit_state::disabled)
    rest = at_rest(circuit_state::closed);
  if (rest != state_)
    enter(rest, cause::restored, now, out);
}

// -- private ------------------------------------------------------------------

// Where the circuit goes when nothing is left to hold it: to `wanted`, unless
// somebody isolates it or it is off.
circuit_state circuit_breaker::at_rest(circuit_state wanted) const noexcept {
  if (isolation_ != 0)
    return circuit_state::isolated;
  return off_ ? circuit_state::disabled : wanted;
}

void circuit_breaker::enter(circuit_state next, cause why, time_point at,
                            transitions& out) {
  ++generation_;
  out.push({state_, next, why, generation_, failures_, at});
  state_ = next;
  failures_ = 0;
  successes_ = 0;
  probes_.clear();
  if (next == circuit_state::closed)
    reopened_ = 0;
  // While open it shows why.
  if (window_ && next != circuit_state::open)
    window_->clear();
}

void circuit_breaker::open(cause why, time_point at, transitions& out) {
  enter(circuit_state::open, why, at, out);
  open_until_ = saturating_add(at, next_cooldown());
}

duration circuit_breaker::next_cooldown() {
  auto result = config_.cooldown;
  // Where nothing grows it stays exact, and `max_cooldown` does not matter.
  if (reopened_ > 0 && config_.cooldown_growth > 1)
    result = scaled(result, std::pow(config_.cooldown_growth, reopened_),
                    config_.max_cooldown);
  if (config_.cooldown_jitter > 0)
    result +=
      scaled(result, config_.cooldown_jitter * draw_uniform(random_), result);
  return result;
}

void circuit_breaker::on_success(time_point now, transitions& out) {
  failures_ = 0;
  if (state_ == circuit_state::half_open
      && ++successes_ >= config_.success_threshold)
    enter(circuit_state::closed, cause::probes_succeeded, now, out);
}

void circuit_breaker::on_failure(time_point now, transitions& out) {
  // While disabled nothing bounds them.
  if (failures_ < std::numeric_limits<int32_t>::max())
    ++failures_;
  if (state_ == circuit_state::half_open) {
    if (reopened_ < std::numeric_limits<int32_t>::max())
      ++reopened_;
    open(cause::probe_failed, now, out);
  } else if (state_ == circuit_state::closed
             && failures_ >= config_.failure_threshold) {
    open(cause::failures, now, out);
  }
}

void circuit_breaker::check_window(time_point now, transitions& out) {
  const auto& limits = window_->config();
  auto x = window_->rates(now);
  if (x.failure_rate >= limits.failure_rate_threshold)
    open(cause::failure_rate, now, out);
  else if (x.slow_call_rate >= limits.slow_call_rate_threshold)
    open(cause::slow_call_rate, now, out);
}

bool circuit_breaker::take_probe(uint64_t probe) {
  auto i = std::find(probes_.begin(), probes_.end(), probe);
  if (i == probes_.end())
    return false;
  *i = probes_.back();
  probes_.pop_back();
  return true;
}

} // namespace resilience
