#include "resilience/actors/chain.hpp"

#include "resilience/actors/health_checker.hpp"

namespace resilience {

namespace {

/// Respawned targets can make guards stand in a ring, by mistake; that must not
/// hold anybody here.
constexpr int longest_chain = 1'000;

health_checker* checker_of(const caf::strong_actor_ptr& x) {
  return x ? dynamic_cast<health_checker*>(x->get()) : nullptr;
}

} // namespace

breaker* breaker_of(const caf::strong_actor_ptr& x) {
  return x ? dynamic_cast<breaker*>(x->get()) : nullptr;
}

bool passes_through(caf::strong_actor_ptr x, const shared_circuit* circuit) {
  for (int i = 0; i < longest_chain; ++i) {
    auto* present = breaker_of(x);
    if (!present)
      return false;
    if (present->circuit_ptr().get() == circuit)
      return true;
    x = present->guarded();
  }
  return true;
}

bool leads_to(caf::strong_actor_ptr x, const caf::actor_control_block* whom) {
  for (int i = 0; i < longest_chain && x; ++i) {
    if (x.get() == whom)
      return true;
    auto* present = breaker_of(x);
    if (!present)
      return false;
    x = present->guarded();
  }
  return false;
}

bool checks_through(caf::strong_actor_ptr x, const shared_circuit* circuit) {
  for (int i = 0; i < longest_chain; ++i) {
    auto* guard = breaker_of(x);
    if (guard && guard->circuit_ptr().get() == circuit)
      return true;
    auto* checker = checker_of(x);
    if (!guard && !checker)
      return false;
    x = guard ? guard->guarded() : checker->probed();
  }
  return true;
}

} // namespace resilience
