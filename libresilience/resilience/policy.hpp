// Everything a guard does to a request, as one value.
#pragma once

#include "resilience/bulkhead.hpp"
#include "resilience/chaos.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/fallback.hpp"
#include "resilience/hedge.hpp"
#include "resilience/keyed_config.hpp"
#include "resilience/rate_limiter.hpp"
#include "resilience/restart.hpp"
#include "resilience/retry.hpp"
#include "resilience/shedding.hpp"
#include "resilience/timeout.hpp"
#include "resilience/validation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
  /// `std::nullopt`: a call is one attempt.
  std::optional<retry_config> retry{};
  /// `std::nullopt`: only `max_in_flight` bounds the calls that run at once.
  std::optional<bulkhead_config> bulkhead{};
  /// `std::nullopt`: any number of calls may start.
  std::optional<rate_limit_config> rate_limiter{};
  /// `std::nullopt`: a caller sees every error, unless a fallback is given
  /// beside the policy.
  std::optional<fallback_config> fallback{};
  /// Most requests in flight, 1 to 1,000,000.
  int32_t max_in_flight = 1'000'000;
  /// `std::nullopt`: the end of the target is final, unless a function that
  /// makes a new one is given beside the policy (`hooks::respawn`).
  std::optional<restart_config> restart{};
  /// `std::nullopt`: an attempt is never raced by another. Needs an
  /// `idempotent` function beside the policy, which marks the requests that may
  /// be sent twice.
  std::optional<hedge_config> hedge{};
  /// `std::nullopt`: a target may leave requests unanswered up to their limit
  /// before anybody is turned away.
  std::optional<shedding_config> shedding{};
  /// `std::nullopt`: no faults but real ones.
  std::optional<chaos_config> chaos{};
  /// `std::nullopt`: one circuit for all requests, unless a `key` function is
  /// given beside the policy. With keys each key has a circuit of its own,
  /// which lives in memory only. Needs a breaker, and stays as it is under way.
  std::optional<keyed_config> keyed{};

  friend bool operator==(const policy&, const policy&) = default;
};

template <>
struct settings_of<policy> {
  static constexpr auto name = "policy";
  static constexpr auto list = std::tuple{
    setting{"name", &policy::name, max_bytes{256},
            "guards of one name share one circuit"},
    setting{"provider", &policy::provider, max_bytes{256},
            "whose service it is, for people"},
    setting{"breaker", &policy::breaker, any_value{},
            "when the circuit opens and how it heals"},
    setting{"timeout", &policy::timeout, any_value{},
            "how long an attempt and a call may take"},
    setting{"retry", &policy::retry, any_value{},
            "which failures are tried again"},
    setting{"bulkhead", &policy::bulkhead, any_value{},
            "how many calls run at once, and who waits"},
    setting{"rate_limiter", &policy::rate_limiter, any_value{},
            "how many calls may start in a period"},
    setting{"fallback", &policy::fallback, any_value{},
            "which errors a fallback answers"},
    setting{"max_in_flight", &policy::max_in_flight, range{1, 1'000'000},
            "most requests in flight"},
    setting{"restart", &policy::restart, any_value{},
            "how a target that has ended is replaced"},
    setting{"hedge", &policy::hedge, any_value{},
            "when a second attempt races a slow one"},
    setting{"shedding", &policy::shedding, any_value{},
            "when a target that is stuck turns callers away"},
    setting{"chaos", &policy::chaos, any_value{}, "faults made on purpose"},
    setting{"keyed", &policy::keyed, any_value{},
            "how many keys have circuits of their own"},
  };
};

/// Every fault of `x` with its path.
faults validate(const policy& x, const std::string& prefix = {});

/// A sentence for each setting of `x` that is allowed and does harm.
/// @pre `validate(x).empty()`
std::vector<std::string> warnings(const policy& x);

/// What will happen to a request, layer by layer, outermost first, and the
/// warnings. A layer that is off has no line, but for breaker and timeout.
/// @pre `validate(x).empty()`
std::string describe(const policy& x);

} // namespace resilience
