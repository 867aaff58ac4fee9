// Everything a guard does to a request, as one value.
#pragma once

#include "resilience/circuit_breaker.hpp"
#include "resilience/timeout.hpp"
#include "resilience/validation.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace resilience {

/// A policy without a word has breaker and timeout on with their defaults. The
/// order of the fields is public (designated initialisers).
struct policy {
  /// Guards of one name share one circuit. Empty: a circuit of its own. At most
  /// 256 bytes.
  std::string name{};
  /// Whose service it is, for people. At most 256 bytes.
  std::string provider{};
  /// `std::nullopt`: nothing trips; calls are still counted.
  std::optional<breaker_config> breaker{breaker_config{}};
  /// `std::nullopt`: only the breaker's lease bounds a call (60 s where the
  /// breaker is off, too).
  std::optional<timeout_config> timeout{timeout_config{}};
  /// Most requests in flight, 1 to 1,000,000.
  int32_t max_in_flight = 1'000'000;

  friend bool operator==(const policy&, const policy&) = default;
};

/// Every fault of `x` with its path.
faults validate(const policy& x);

/// What will happen to a request, layer by layer, outermost first, and a
/// warning for each setting that does harm.
std::string describe(const policy& x);

} // namespace resilience
