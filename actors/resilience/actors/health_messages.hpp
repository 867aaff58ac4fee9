// Every message that health checkers understand, with one sentence each. Send
// them to what `runtime::health_checker` returns, or answer `get_health` in an
// actor of your own, and a `probe::actor` can ask it.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/type_ids.hpp"
#include "resilience/health_report.hpp"

#include <cstdint>
#include <string>

namespace resilience {

// -- requests -----------------------------------------------------------------

/// Asks for the last result; answered at once by a `health_report`, as are all
/// but `check_now`.
struct get_health {};

/// Checks at once, or waits for the check under way, then answers by the
/// `health_report`. Where a check is stuck it answers at once. Works while
/// paused, too.
struct check_now {};

/// No check begins by itself until resumed. What the checker has isolated is
/// restored: nobody would do so later.
struct pause_checks {};

/// Goes on, at once if a check is due.
struct resume_checks {};

/// From now on sends the sender a `health_changed` for each change of status.
struct subscribe_health {};

/// Ends what `subscribe_health` began.
struct unsubscribe_health {};

// -- events -------------------------------------------------------------------

/// The status of a check is another one, by a result or by its age alone.
struct health_changed {
  /// Of the check.
  std::string name;
  health_status from = health_status::unknown;
  health_status to = health_status::unknown;
  health_report report{};
};

// -- internal -----------------------------------------------------------------

/// A check that ran outside of the actor has ended.
struct check_done {
  uint64_t run = 0;
  health_report result{};
};

// -- inspection ---------------------------------------------------------------

RESILIENCE_INSPECT_ENUM(health_status)

#define RESILIENCE_INSPECT_EMPTY(type) \
  template <class Inspector> \
  auto inspect(Inspector& f, type& x) { \
    return compat::fields(f, x, "resilience::" #type); \
  }

RESILIENCE_INSPECT_EMPTY(get_health)
RESILIENCE_INSPECT_EMPTY(check_now)
RESILIENCE_INSPECT_EMPTY(pause_checks)
RESILIENCE_INSPECT_EMPTY(resume_checks)
RESILIENCE_INSPECT_EMPTY(subscribe_health)
RESILIENCE_INSPECT_EMPTY(unsubscribe_health)

#undef RESILIENCE_INSPECT_EMPTY

template <class Inspector>
auto inspect(Inspector& f, health_report& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::health_report", field("name", x.name),
    field("status", x.status), field("message", x.message),
    field("details", x.details), field("age", x.age),
    field("max_age", x.max_age), field("checked_at", x.checked_at),
    field("took", x.took), field("critical", x.critical), field("tags", x.tags),
    field("failures", x.failures), field("successes", x.successes),
    field("paused", x.paused), field("stuck_since", x.stuck_since));
}

template <class Inspector>
auto inspect(Inspector& f, health_changed& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::health_changed",
                        field("name", x.name), field("from", x.from),
                        field("to", x.to), field("report", x.report));
}

template <class Inspector>
auto inspect(Inspector& f, check_done& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::check_done", field("run", x.run),
                        field("result", x.result));
}

} // namespace resilience
