#include "resilience/restart.hpp"

namespace resilience {

faults validate(const restart_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

// -- intensity ----------------------------------------------------------------

void restart_intensity::configure(const restart_config& x) {
  most_ = static_cast<size_t>(x.max_restarts);
  window_ = x.window;
}

bool restart_intensity::take(time_point now) {
  std::erase_if(times_,
                [&](time_point t) { return saturating_sub(now, t) > window_; });
  if (times_.size() >= most_)
    return false;
  times_.push_back(now);
  return true;
}

// -- backoff ------------------------------------------------------------------

time_point restart_backoff::on_end(const restart_config& x,
                                   time_point now) noexcept {
  if (started_ && saturating_sub(now, *started_) >= x.stable_after)
    failures_ = 0;
  started_.reset();
  ++failures_;
  auto previous = failures_ > 1 ? delay_ : x.backoff.initial_delay;
  delay_ =
    backoff_delay(x.backoff, failures_, previous, draw_uniform(random_state_));
  return saturating_add(now, delay_);
}

void restart_backoff::reset() noexcept {
  failures_ = 0;
}

// -- both ---------------------------------------------------------------------

restart_machine::restart_machine(const restart_config& x, uint64_t seed)
  : backoff_(seed) {
  configure(x);
}

restart_machine::decision restart_machine::on_end(end_kind how,
                                                  time_point now) {
  if (gave_up_)
    return {verdict::give_up, {}};
  if (how == end_kind::graceful && config_.when == restart_when::failure_only)
    return {verdict::leave, {}};
  if (!intensity_.take(now)) {
    gave_up_ = true;
    return {verdict::give_up, {}};
  }
  return {verdict::restart, backoff_.on_end(config_, now)};
}

void restart_machine::reset() noexcept {
  gave_up_ = false;
  intensity_.clear();
  backoff_.reset();
}

void restart_machine::configure(const restart_config& x) {
  config_ = x;
  intensity_.configure(x);
}

} // namespace resilience
