#include "resilience/sliding_window.hpp"

#include <algorithm>
#include <limits>

namespace resilience {

namespace {

constexpr unsigned failed_bit = 1;
constexpr unsigned slow_bit = 2;
constexpr size_t results_per_word = 32;
constexpr int32_t longest_window = 86'400;

// Also before the epoch: seconds begin at whole ones, not around zero.
constexpr int64_t second_of(time_point t) noexcept {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

// Exact where the result has a short decimal form: the product is, and the
// division rounds as the literal of a threshold does.
constexpr double percentage(uint64_t part, uint64_t whole) noexcept {
  return static_cast<double>(part) * 100.0 / static_cast<double>(whole);
}

} // namespace

// -- settings -----------------------------------------------------------------

faults validate(const window_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  if (x.kind == window_kind::time && x.window_size > longest_window)
    result.push_back(prefix + "window_size of a time window must be at most "
                     + std::to_string(longest_window) + ", is "
                     + std::to_string(x.window_size));
  if (x.failure_rate_threshold == 0)
    result.push_back(prefix + "failure_rate_threshold must be above 0");
  if (x.slow_call_rate_threshold == 0)
    result.push_back(prefix + "slow_call_rate_threshold must be above 0");
  return result;
}

int32_t effective_minimum(const window_config& x) noexcept {
  return x.kind == window_kind::count ? std::min(x.minimum_calls, x.window_size)
                                      : x.minimum_calls;
}

// -- the window ---------------------------------------------------------------

sliding_window::sliding_window(const window_config& cfg)
  : config_(cfg), second_(second_of(time_point::min())) {
  allocate();
}

void sliding_window::record(outcome what, duration took, time_point now) {
  if (what == outcome::neutral)
    return;
  auto bits = (what == outcome::failure ? failed_bit : 0u)
              | (took > config_.slow_call_duration ? slow_bit : 0u);
  if (config_.kind == window_kind::count)
    record_in_ring(bits);
  else
    record_in_second(bits, now);
}

window_rates sliding_window::rates(time_point now) {
  if (config_.kind == window_kind::time)
    move_to(second_of(now));
  window_rates result;
  result.buffered_calls = total_.calls;
  result.failed_calls = total_.failed;
  result.slow_calls = total_.slow;
  if (total_.calls >= static_cast<uint64_t>(effective_minimum(config_))) {
    result.failure_rate = percentage(total_.failed, total_.calls);
    result.slow_call_rate = percentage(total_.slow, total_.calls);
  }
  return result;
}

bool sliding_window::trips(time_point now) {
  auto x = rates(now);
  return x.failure_rate >= config_.failure_rate_threshold
         || x.slow_call_rate >= config_.slow_call_rate_threshold;
}

void sliding_window::clear() noexcept {
  if (total_.calls == 0)
    return; // a circuit changes its state more often than it has results
  total_ = {};
  at_ = 0;
  std::fill(ring_.begin(), ring_.end(), 0);
  std::fill(seconds_.begin(), seconds_.end(), sums<uint32_t>{});
}

void sliding_window::configure(const window_config& cfg, time_point now) {
  if (config_.kind == window_kind::time)
    move_to(second_of(now));
  if (cfg.kind == config_.kind && cfg.window_size == config_.window_size) {
    config_ = cfg;
    return;
  }
  sliding_window next{cfg};
  if (cfg.kind == config_.kind && cfg.kind == window_kind::count)
    next.keep_newest(*this);
  else if (cfg.kind == config_.kind)
    next.keep_seconds(*this);
  *this = std::move(next);
}

void sliding_window::refill(uint64_t calls, uint64_t failed, uint64_t slow,
                            time_point at) {
  constexpr uint64_t most = std::numeric_limits<uint32_t>::max();
  if (config_.kind == window_kind::time)
    return refill_second({static_cast<uint32_t>(std::min(calls, most)),
                          static_cast<uint32_t>(std::min(failed, most)),
                          static_cast<uint32_t>(std::min(slow, most))},
                         at);
  auto n = std::min(calls, static_cast<uint64_t>(config_.window_size));
  // Whether the i-th result of n is one of `part`.
  auto is_one = [n](uint64_t i, uint64_t part) {
    return (i + 1) * part / n != i * part / n;
  };
  for (uint64_t i = 0; i < n; ++i)
    record_in_ring((is_one(i, std::min(failed, n)) ? failed_bit : 0u)
                   | (is_one(i, std::min(slow, n)) ? slow_bit : 0u));
}

// -- private ------------------------------------------------------------------

void sliding_window::allocate() {
  auto n = static_cast<size_t>(config_.window_size);
  if (config_.kind == window_kind::count)
    ring_.resize((n + results_per_word - 1) / results_per_word);
  else
    seconds_.resize(n);
}

void sliding_window::record_in_ring(unsigned bits) {
  auto size = static_cast<size_t>(config_.window_size);
  if (total_.calls == size) {
    auto oldest = bits_at(at_);
    --total_.calls;
    total_.failed -= (oldest & failed_bit) != 0 ? 1 : 0;
    total_.slow -= (oldest & slow_bit) != 0 ? 1 : 0;
  }
  set_bits(at_, bits);
  add(bits);
  at_ = at_ + 1 == size ? 0 : at_ + 1;
}

void sliding_window::record_in_second(unsigned bits, time_point now) {
  auto second = second_of(now);
  move_to(second);
  if (second_ - second >= config_.window_size)
    return; // came after its second had left
  auto& x = seconds_[slot_of(second)];
  if (x.calls == std::numeric_limits<uint32_t>::max())
    return; // a clock that stands still
  ++x.calls;
  x.failed += (bits & failed_bit) != 0 ? 1 : 0;
  x.slow += (bits & slow_bit) != 0 ? 1 : 0;
  add(bits);
}

void sliding_window::refill_second(const sums<uint32_t>& x, time_point at) {
  auto second = second_of(at);
  move_to(second);
  if (second_ - second >= config_.window_size)
    return;
  seconds_[slot_of(second)] = x;
  total_ = {x.calls, x.failed, x.slow};
}

void sliding_window::keep_newest(const sliding_window& from) {
  auto old_size = static_cast<size_t>(from.config_.window_size);
  auto n = std::min<size_t>(from.total_.calls,
                            static_cast<size_t>(config_.window_size));
  auto i = (from.at_ + old_size - n) % old_size;
  for (; n > 0; --n) {
    record_in_ring(from.bits_at(i));
    i = i + 1 == old_size ? 0 : i + 1;
  }
}

void sliding_window::keep_seconds(const sliding_window& from) {
  second_ = from.second_;
  auto n = std::min(from.seconds_.size(), seconds_.size());
  for (size_t age = 0; age < n; ++age) {
    auto second = second_ - static_cast<int64_t>(age);
    auto& x = seconds_[slot_of(second)];
    x = from.seconds_[from.slot_of(second)];
    total_.calls += x.calls;
    total_.failed += x.failed;
    total_.slow += x.slow;
  }
}

// Clears the seconds between the newest and `second`, at most all.
void sliding_window::move_to(int64_t second) noexcept {
  if (second <= second_)
    return;
  auto size = static_cast<int64_t>(seconds_.size());
  auto steps = std::min(second - second_, size);
  second_ = second;
  if (total_.calls == 0)
    return; // all are clear: any may be the newest
  for (; steps > 0; --steps) {
    at_ = at_ + 1 == seconds_.size() ? 0 : at_ + 1;
    auto& x = seconds_[at_];
    total_.calls -= x.calls;
    total_.failed -= x.failed;
    total_.slow -= x.slow;
    x = {};
  }
}

// @pre `second` is in the window
size_t sliding_window::slot_of(int64_t second) const noexcept {
  auto back = static_cast<size_t>(second_ - second);
  return at_ >= back ? at_ - back : at_ + seconds_.size() - back;
}

unsigned sliding_window::bits_at(size_t i) const noexcept {
  auto shift = i % results_per_word * 2;
  return static_cast<unsigned>(ring_[i / results_per_word] >> shift & 3u);
}

void sliding_window::set_bits(size_t i, unsigned bits) noexcept {
  auto shift = i % results_per_word * 2;
  auto& x = ring_[i / results_per_word];
  x = (x & ~(uint64_t{3} << shift)) | uint64_t{bits} << shift;
}

void sliding_window::add(unsigned bits) noexcept {
  ++total_.calls;
  total_.failed += (bits & failed_bit) != 0 ? 1 : 0;
  total_.slow += (bits & slow_bit) != 0 ? 1 : 0;
}

} // namespace resilience
