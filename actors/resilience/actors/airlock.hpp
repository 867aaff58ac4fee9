// A guard for an agent that may be rate limited, or ill, and shall never leave
// its callers without a word. Nothing more than a policy and hooks, which may
// be taken one by one and changed:
//
//   auto safe = airlock(rt, agent, {.fallback_response = caf::make_message(
//                                     std::string{"try again later"})});
//
// An `airlock_config` is a value; the functions may be called by any thread.
#pragma once

#include "resilience/actors/compat_answers.hpp"
#include "resilience/actors/hooks.hpp"
#include "resilience/actors/runtime.hpp"
#include "resilience/policy.hpp"

#include <caf/expected.hpp>
#include <caf/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

struct airlock_config {
  /// As `policy::name`.
  std::string name{};
  /// As `policy::provider`.
  std::string provider{};
  /// Failures in a row that open the circuit; each attempt counts. 1 to
  /// 1,000,000.
  int32_t circuit_breaker_threshold = 3;
  /// How long it stays open. 1 ms to 365 days.
  duration cooldown = std::chrono::seconds{60};
  /// Limit of one attempt. 1 ms to 365 days.
  duration timeout = std::chrono::seconds{30};
  /// Limit of a whole call, attempts and waits. 1 ms to 365 days;
  /// `std::nullopt`: none.
  std::optional<duration> total{};
  /// Whether a call that met a rate limit is tried again, after its backoff or
  /// the time that the error asks for (`retry_after`), whichever is longer.
  /// Nothing else is tried again.
  bool retry_on_rate_limit = true;
  /// Errors that say so (error_filter.hpp), 1 to 64. By default only what our
  /// own rate limiters say, passed on by the agent: CAF has no such error, so
  /// those of an application are to be named here, e.g. `shop::errc:429`. They
  /// count as failures.
  std::vector<std::string> rate_limit_errors{"resilience:rate_limited"};
  /// Attempts per call, the first one included. 1 to 1,000.
  int32_t max_attempts = 2;
  /// Longest wait that a rate limit may ask for. 0 to 365 days.
  duration max_wait = std::chrono::seconds{60};
  /// What callers get in place of an error; empty: the error. The circuit sees
  /// the error. Such an answer is known by `answered_by_guard`, and counted in
  /// `layer_metrics::fallbacks`.
  caf::message fallback_response{};
};

template <>
struct settings_of<airlock_config> {
  static constexpr auto name = "airlock_config";
  static constexpr auto list = std::tuple{
    setting{"name", &airlock_config::name, max_bytes{256},
            "guards of one name share one circuit"},
    setting{"provider", &airlock_config::provider, max_bytes{256},
            "whose service it is, for people"},
    setting{"circuit_breaker_threshold",
            &airlock_config::circuit_breaker_threshold, range{1, 1'000'000},
            "failures in a row that open the circuit"},
    setting{"cooldown", &airlock_config::cooldown, any_length,
            "how long it stays open"},
    setting{"timeout", &airlock_config::timeout, any_length,
            "limit of one attempt"},
    setting{"total", &airlock_config::total, any_length,
            "limit of a whole call"},
    setting{"retry_on_rate_limit", &airlock_config::retry_on_rate_limit,
            any_value{}, "whether a call that met a rate limit is tried again"},
    setting{"rate_limit_errors", &airlock_config::rate_limit_errors,
            max_entries{64}, "errors that say so"},
    setting{"max_attempts", &airlock_config::max_attempts, range{1, 1000},
            "attempts per call, the first one included"},
    setting{"max_wait", &airlock_config::max_wait, any_wait,
            "longest wait that a rate limit may ask for"},
  };
};

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const airlock_config& x, const std::string& prefix = {});

/// What an airlock does, e.g. to `describe`. Asks for a fallback beside it
/// where there is one.
/// @pre `validate(x).empty()`
policy airlock_policy(const airlock_config& x);

/// What stands beside that policy: the fallback, and what rejections mean that
/// the agent passes on from guards behind it. Those that are rate limits count
/// as failures, so that they are tried again; all do where there is a fallback,
/// so that it answers.
hooks airlock_hooks(const airlock_config& x);

/// Puts an airlock before `agent`; the result takes its place (`guard`).
/// @throws invalid_config_error naming every fault, as `runtime::guard` does;
///         also where the type of `agent` promises no answer like
///         `fallback_response`.
template <class Handle>
Handle airlock(runtime& rt, const Handle& agent,
               const airlock_config& config = {});

/// Like `airlock`, with an error instead of an exception.
template <class Handle>
caf::expected<Handle> try_airlock(runtime& rt, const Handle& agent,
                                  const airlock_config& config = {});

/// Whether the answer that `self` (an actor, or a `caf::scoped_actor`) handles
/// right now was made by the guard it had asked, in place of the target's: a
/// fallback's value, a substitute for a timeout, an error of the guard's own.
/// Such answers come in nobody's name. Only within the handler of an answer,
/// and only of the guard asked: one in between speaks in its own name.
template <class Self>
bool answered_by_guard(const Self& self) {
  return self->current_sender() == nullptr;
}

// -- implementation -----------------------------------------------------------

/// The same as `validate`, and whether callers can take the fallback.
template <class Handle>
faults check_airlock(const airlock_config& x) {
  auto result = validate(x);
  const auto& content = x.fallback_response;
  if (!content.empty() && !compat::may_answer<Handle>(content))
    result.push_back("fallback_response must be an answer that the agent's "
                     "type promises");
  return result;
}

template <class Handle>
Handle airlock(runtime& rt, const Handle& agent, const airlock_config& config) {
  if (auto found = check_airlock<Handle>(config); !found.empty())
    throw invalid_config_error{found};
  return rt.guard(agent, airlock_policy(config), airlock_hooks(config));
}

template <class Handle>
caf::expected<Handle> try_airlock(runtime& rt, const Handle& agent,
                                  const airlock_config& config) {
  if (auto found = check_airlock<Handle>(config); !found.empty())
    return make_error(errc::invalid_config, config.name, to_string(found));
  return rt.try_guard(agent, airlock_policy(config), airlock_hooks(config));
}

} // namespace resilience
