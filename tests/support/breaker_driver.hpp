// A circuit and a ledger in virtual time, put together as a guard does it: the
// ledger gives each permit its lease, refuses second settles and expires the
// lost; the circuit decides. Calls are named by the caller's own numbers.
#pragma once

#include "resilience/circuit.hpp"
#include "resilience/ledger.hpp"

#include <cstdint>
#include <cstdlib>
#include <unordered_map>

namespace resilience::test {

class breaker_driver {
public:
  explicit breaker_driver(const breaker_config& cfg, time_point start = {},
                          uint64_t seed = 0)
    : circuit_("driven", "", cfg, {}, seed), now_(start) {}

  // -- events -----------------------------------------------------------------

  void move_to(time_point t) {
    now_ = t;
    apply_time();
  }

  admission admit(uint64_t id) {
    apply_time();
    auto result = circuit_.admit(now_);
    if (result) {
      nothing payload;
      auto deadline = saturating_add(now_, circuit_.lease());
      keys_[id] = ledger_.open(payload, result.pass, now_, deadline).id;
    }
    return result;
  }

  /// Whether the permit was out; a lost, settled or invented one is not.
  bool settle(uint64_t id, outcome what) {
    apply_time();
    auto key = keys_.find(id);
    if (key == keys_.end())
      return false;
    auto entry = ledger_.close(key->second);
    return entry
           && circuit_.settle(entry->pass, what, now_ - entry->opened, now_);
  }

  void reset() {
    apply_time();
    circuit_.reset(now_);
  }

  void isolate(owner who) {
    apply_time();
    circuit_.isolate(who, now_);
  }

  void disable() {
    apply_time();
    circuit_.disable(now_);
  }

  void restore(owner who) {
    apply_time();
    circuit_.restore(who, now_);
  }

  void configure(const breaker_config& cfg) {
    apply_time();
    if (!circuit_.configure(cfg, now_).empty())
      std::abort(); // courses hold valid settings only
  }

  // -- properties -------------------------------------------------------------

  time_point now() const {
    return now_;
  }

  size_t outstanding() const {
    return ledger_.size();
  }

  circuit_status status() {
    apply_time();
    return circuit_.status(now_, {});
  }

  circuit_metrics metrics() {
    apply_time();
    return circuit_.metrics(now_);
  }

private:
  struct nothing {};

  // What time alone causes comes in the order of time: the circuit itself puts
  // the end of a cooldown before a lease that ends at the same instant.
  void apply_time() {
    for (const auto& x : ledger_.expire(now_))
      circuit_.expire(x.pass, x.deadline - x.opened, x.deadline);
    circuit_.advance(now_);
  }

  circuit circuit_;
  ledger<nothing> ledger_;
  std::unordered_map<uint64_t, uint64_t> keys_;
  time_point now_;
};

} // namespace resilience::test
