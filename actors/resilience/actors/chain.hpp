// What stands behind a handle: guards before guards, checkers that ask guards.
//
// Thread-safe. For actors of this process; what is behind a handle to another
// node cannot be seen.
#pragma once

#include "resilience/actors/breaker.hpp"

namespace resilience {

/// The breaker or guard behind a handle; null for other and for remote actors.
breaker* breaker_of(const caf::strong_actor_ptr& x);

/// Whether calls to `x` need a permit of `circuit`: `x`, or a guard behind it,
/// is a guard or breaker of it.
bool passes_through(caf::strong_actor_ptr x, const shared_circuit* circuit);

/// Whether `x` is `whom`, or a guard somewhere before it.
bool leads_to(caf::strong_actor_ptr x, const caf::actor_control_block* whom);

/// The same as `passes_through` where `x` may also be a health checker, which
/// asks another actor.
bool checks_through(caf::strong_actor_ptr x, const shared_circuit* circuit);

} // namespace resilience
