// The circuits by key of one guard: whose circuit a message is counted in, and
// what is told of them.
//
// Thread-safe. Owned by the guard; null where its policy has no keys. Circuits
// by key live in memory only; their transitions go to the subscribers of the
// guard's circuit, under the name `circuit[key]`.
#pragma once

#include "resilience/actors/hooks.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/shared_circuit.hpp"
#include "resilience/keyed_circuits.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace resilience {

class guard_keys {
public:
  /// @param home the guard's circuit, where calls are counted that have no key
  ///             or find no room.
  /// @pre `validate(p).empty()`, `p.keyed` and `p.breaker` are set
  guard_keys(const policy& p, const std::shared_ptr<shared_circuit>& home);

  /// The circuit of that key; null for the guard's own.
  std::shared_ptr<circuit> circuit_of(std::string_view key, time_point now);

  /// Applies new settings of the breaker to every key.
  /// @pre they are valid
  void configure(const breaker_config& x);

  keys_status status(const get_keys& x, time_point now) const;

  /// Null if there is no such key.
  std::shared_ptr<circuit> find(std::string_view key) const;

  bool reset(std::string_view key, time_point now);

  /// Closes all that are not closed.
  void reset_all(time_point now);

  /// Forgets a few that are idle.
  void forget_idle(time_point now);

  const keyed_config& config() const noexcept;

private:
  const std::shared_ptr<keyed_circuits> circuits_;
  /// Of those without a circuit of their own.
  const std::shared_ptr<circuit> overflow_;
};

/// How the circuit of a key is; `name` is the key.
circuit_status status_of_key(circuit& x, time_point now);

} // namespace resilience
