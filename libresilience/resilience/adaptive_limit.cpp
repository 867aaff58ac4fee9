#include "resilience/adaptive_limit.hpp"

#include "resilience/random.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace resilience {

namespace {

/// No limit is higher.
constexpr int32_t most_calls = 1'000'000;
/// How many times the least results a window may have.
constexpr double patience = 20;
/// A latency counts as at most so many times the one expected: one call that
/// hung is no queue.
constexpr double outlier = 10;
/// How many times the calls in flight are left out after a change: by then
/// nearly all that began before are done.
constexpr double rounds = 2;
/// A probe's limit, as a share of the calls that ran.
constexpr double probe_share = 0.7;
/// Likewise after a probe that got as much done.
constexpr double next_probe_share = 0.5;
/// Weight of a new baseline that is near the old one.
constexpr double smoothing = 0.3;
/// A limit that fewer results find taken is not what holds calls back.
constexpr double reached_share = 0.1;
/// First step of a growth, as a share of the limit; each next one is double.
constexpr double first_step = 0.05;
constexpr double greatest_step = 0.5;
/// More quick failures than this share are no accident.
constexpr double failure_share = 0.1;
constexpr double failure_cut = 0.8;
/// Failures that are at least this share of what they were are not fewer.
constexpr double same_failures = 0.9;
/// Between periodic probes there are at least so many times the results of the
/// last one: it lost throughput.
constexpr double probe_cost = 10;
/// A baseline that is new or has risen is measured anew after `2^-most_trust`
/// of the interval, then after twice that, up to all of it: what measured it
/// may have been queueing that was still rising.
constexpr int32_t most_trust = 4;
/// Likewise after so many times the results of the last probe, where they come
/// sooner: they come so fast that it does not cost much.
constexpr double free_probe = 160;

double count(duration x) noexcept {
  return static_cast<double>(x.count());
}

} // namespace

faults validate(const adaptive_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

adaptive_limit::adaptive_limit(const adaptive_config& cfg, int32_t ceiling,
                               uint64_t seed) noexcept
  : config_(cfg), ceiling_(std::clamp(ceiling, 1, most_calls)), random_(seed) {
  limit_ = cfg.initial;
  set_limit(limit_);
}

duration adaptive_limit::baseline() const noexcept {
  // The greatest duration as a double is above it.
  return baseline_ < count(duration::max())
           ? duration{static_cast<duration::rep>(baseline_)}
           : duration::max();
}

void adaptive_limit::configure(const adaptive_config& cfg,
                               int32_t ceiling) noexcept {
  // What was measured at a floor may be queueing: nothing lower could be tried.
  if (cfg.floor < config_.floor) {
    baseline_ = 0;
    window_ = {};
    probing_ = false;
  }
  config_ = cfg;
  ceiling_ = std::clamp(ceiling, 1, most_calls);
  set_limit(limit_);
}

void adaptive_limit::record(outcome what, duration took, int32_t in_flight,
                            time_point now) noexcept {
  if (what == outcome::neutral)
    return;
  last_in_flight_ = std::clamp(in_flight, 1, most_calls);
  note_time(now);
  since_probe_ += 1;
  if (left_out_ > 0) {
    --left_out_;
    return;
  }
  add(what, std::max(count(took), 1.0), last_in_flight_);
  if (complete()) {
    decide();
    window_ = {};
  }
}

/// What was before a pause says nothing about what is after it.
void adaptive_limit::note_time(time_point now) noexcept {
  now = std::max(now, last_);
  auto pause = std::max(count(config_.probe_interval), 4 * baseline_);
  if (count(saturating_sub(now, last_)) > pause) {
    window_ = {};
    queueing_ = false;
    left_out_ = rounds * last_in_flight_;
    if (probing_) {
      probing_ = false;
      set_limit(above_.limit);
    }
  }
  last_ = now;
}

void adaptive_limit::add(outcome what, double took, double in_flight) noexcept {
  window_.results += 1;
  window_.in_flight += in_flight;
  if (in_flight >= limit_)
    window_.reached += 1;
  auto known = baseline_ > 0;
  if (what == outcome::failure) {
    if (!known || !is_queueing(took, baseline_)) {
      window_.quick_failures += 1;
      return;
    }
    window_.slow_failures += 1;
  }
  if (known)
    took = std::min(took, outlier * std::max(baseline_, above_.latency));
  window_.samples += 1;
  window_.sum += took;
  window_.squares += took * took;
}

/// Whether the mean is known well enough for what depends on it.
bool adaptive_limit::complete() const noexcept {
  const auto& x = window_;
  auto least = std::max<double>(config_.window_size, x.in_flight / x.results);
  if (x.results < least)
    return false;
  if (x.results >= patience * least
      || x.quick_failures > (given_failures_ + failure_share) * x.results)
    return true;
  if (x.samples < 2)
    return false;
  auto mean = x.sum / x.samples;
  auto variance = std::max(x.squares / x.samples - mean * mean, 0.0);
  auto error = std::sqrt(variance / x.samples);
  if (error <= config_.tolerance / 3 * mean)
    return true;
  // To grow needs less than to cut or to learn: what was wrong is seen soon.
  return baseline_ > 0 && !probing_ && is_reached()
         && !is_queueing(baseline_, mean)
         && !is_queueing(mean + 2 * error, baseline_);
}

bool adaptive_limit::is_reached() const noexcept {
  return window_.reached >= reached_share * window_.results;
}

void adaptive_limit::decide() noexcept {
  if (cut_for_failures() || window_.samples == 0)
    return;
  reading x{limit_, window_.in_flight / window_.results,
            window_.sum / window_.samples};
  if (probing_)
    end_probe(x);
  else if (baseline_ > 0)
    follow(x);
  else {
    set_baseline(x);
    start_probe(x, probe_share);
  }
}

/// Rule 4. Whether that was the decision.
bool adaptive_limit::cut_for_failures() noexcept {
  if (window_.slow_failures * 2 > window_.results) {
    probing_ = false;
    streak_ = 0;
    set_limit(limit_ / 2);
    return true;
  }
  auto share = window_.quick_failures / window_.results;
  if (share <= given_failures_ + failure_share) {
    given_failures_ = std::min(given_failures_, share);
    limit_before_failures_ = 0;
    return false;
  }
  streak_ = 0;
  if (probing_) {
    probing_ = false;
    set_limit(above_.limit);
  }
  if (limit_before_failures_ == 0) {
    limit_before_failures_ = limit_;
    share_before_failures_ = share;
  }
  auto halved = limit_ * 2 <= limit_before_failures_;
  auto lowest = limit_ <= config_.floor;
  if ((halved || lowest) && share > same_failures * share_before_failures_) {
    // Half the calls at once, and as many fail: it is not the limit.
    given_failures_ = share;
    set_limit(limit_before_failures_);
    limit_before_failures_ = 0;
    return true;
  }
  if (halved) {
    limit_before_failures_ = limit_;
    share_before_failures_ = share;
  }
  set_limit(std::min(failure_cut * limit_, limit_ - 1.0));
  return true;
}

bool adaptive_limit::is_queueing(double latency,
                                 double baseline) const noexcept {
  return latency > baseline * (1 + config_.tolerance);
}

/// A window that was no probe, the baseline known.
void adaptive_limit::follow(const reading& x) noexcept {
  if (is_queueing(x.latency, baseline_))
    return follow_queueing(x);
  queueing_ = false;
  if (is_queueing(baseline_, x.latency))
    set_baseline(x);
  if (!is_reached()) {
    streak_ = 0;
    if (x.in_flight <= calm_)
      learn(x);
  } else if (is_probe_due()) {
    start_probe(x, probe_share);
  } else {
    grow();
  }
}

bool adaptive_limit::is_probe_due() const noexcept {
  auto free = std::ldexp(free_probe, trust_ - most_trust);
  auto times = last_ >= next_probe_ ? std::min(probe_cost, free) : free;
  return since_probe_ >= times * probe_results_;
}

void adaptive_limit::follow_queueing(const reading& x) noexcept {
  streak_ = 0;
  if (queueing_)
    return start_probe(x, probe_share);
  queueing_ = true;
  pausing_ = true;
  set_limit(limit_ * std::max(baseline_ / x.latency, 0.5));
}

/// Lowers the limit below `x`, for a window. Where nothing is lower, `x` itself
/// is as undisturbed as can be.
void adaptive_limit::start_probe(const reading& x, double share) noexcept {
  queueing_ = false;
  plan_probe();
  auto running = std::min<double>(limit_, std::ceil(x.in_flight));
  auto lower = std::max<double>(std::floor(share * running),
                                std::min(config_.floor, ceiling_));
  if (lower >= running) {
    note_probe();
    return set_baseline(x);
  }
  probing_ = true;
  above_ = x;
  set_limit(lower);
}

void adaptive_limit::note_probe() noexcept {
  probe_results_ = window_.results;
  since_probe_ = 0;
}

void adaptive_limit::plan_probe() noexcept {
  auto interval =
    count(config_.probe_interval) * (1 + draw_uniform(random_) / 4);
  auto wait = std::ldexp(interval, trust_ - most_trust);
  next_probe_ =
    saturating_add(last_, duration{static_cast<duration::rep>(wait)});
  trust_ = std::min(trust_ + 1, most_trust);
}

void adaptive_limit::end_probe(const reading& x) noexcept {
  probing_ = false;
  note_probe();
  // Where calls only wait for each other the throughput stays, else it falls
  // with the calls. What is nearer? Fewer calls that take longer: the target
  // has changed meanwhile, and the two do not compare.
  auto expected = (1 + x.in_flight / above_.in_flight) / 2;
  if (x.throughput() >= expected * above_.throughput()
      || is_queueing(x.latency, above_.latency)) {
    // Above was too high, and perhaps here is, too.
    set_baseline(x);
    return start_probe(x, next_probe_share);
  }
  learn(x);
  auto knee = above_.in_flight * x.latency / above_.latency;
  auto queueing = is_queueing(above_.latency, x.latency);
  set_limit(queueing ? std::max<double>(knee, limit_) : above_.limit);
}

void adaptive_limit::learn(const reading& x) noexcept {
  if (is_queueing(x.latency, baseline_) || is_queueing(baseline_, x.latency))
    return set_baseline(x);
  baseline_ += smoothing * (x.latency - baseline_);
  calm_ = x.in_flight;
}

void adaptive_limit::set_baseline(const reading& x) noexcept {
  if (x.latency > baseline_) {
    trust_ = 0;
    plan_probe();
  }
  baseline_ = x.latency;
  calm_ = x.in_flight;
}

void adaptive_limit::grow() noexcept {
  // One window more at the knee than above it.
  if (std::exchange(pausing_, false))
    return;
  auto step = std::ldexp(std::max(first_step * limit_, 1.0), streak_);
  streak_ = std::min(streak_ + 1, 20);
  set_limit(limit_ + std::min(step, std::max(greatest_step * limit_, 1.0)));
}

void adaptive_limit::set_limit(double x) noexcept {
  auto lowest = std::min(config_.floor, ceiling_);
  auto next =
    static_cast<int32_t>(std::clamp<double>(std::round(x), lowest, ceiling_));
  if (next == limit_)
    return;
  limit_ = next;
  left_out_ = rounds * last_in_flight_;
}

} // namespace resilience
