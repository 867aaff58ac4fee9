#include "resilience/actors/guard_keys.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

keyed_circuits::listener
tell_subscribers_of(const std::shared_ptr<shared_circuit>& home) {
  return [weak = std::weak_ptr<shared_circuit>{home}](std::string_view key,
                                                      const transition& x) {
    // The circuit of those without a key is never used.
    if (auto self = weak.lock(); self && !key.empty())
      self->publish_key(key, x);
  };
}

} // namespace

guard_keys::guard_keys(const policy& p,
                       const std::shared_ptr<shared_circuit>& home)
  : circuits_(
    keyed_circuits::make(*p.keyed, *p.breaker, tell_subscribers_of(home))),
    overflow_(circuits_->overflow()) {}

std::shared_ptr<circuit> guard_keys::circuit_of(std::string_view key,
                                                time_point now) {
  auto result = circuits_->get_or_make(key, now);
  return result != overflow_ ? std::move(result) : nullptr;
}

void guard_keys::configure(const breaker_config& x) {
  static_cast<void>(circuits_->configure(x)); // valid: there are no faults
}

keys_status guard_keys::status(const get_keys& x, time_point now) const {
  constexpr uint64_t most = 1'000;
  keys_status result;
  auto counts = circuits_->counts();
  result.keys = counts.keys;
  result.not_closed = counts.not_closed;
  result.evicted = counts.evicted;
  result.overflowed = counts.overflowed;
  result.unfit = counts.unfit;
  for (const auto& c : circuits_->list(x.offset, std::min(x.limit, most)))
    result.circuits.push_back(status_of_key(*c, now));
  return result;
}

std::shared_ptr<circuit> guard_keys::find(std::string_view key) const {
  // Those without a key are in the guard's own circuit.
  return key.empty() ? nullptr : circuits_->find(key);
}

bool guard_keys::reset(std::string_view key, time_point now) {
  return circuits_->reset(key, now);
}

void guard_keys::reset_all(time_point now) {
  circuits_->reset_all(now);
}

void guard_keys::forget_idle(time_point now) {
  constexpr size_t looks = 64;
  circuits_->evict_idle(now, looks);
}

const keyed_config& guard_keys::config() const noexcept {
  return circuits_->config();
}

circuit_status status_of_key(circuit& x, time_point now) {
  return x.status(now, wall_clock::now());
}

} // namespace resilience
