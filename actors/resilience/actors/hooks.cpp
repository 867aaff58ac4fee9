#include "resilience/actors/hooks.hpp"

namespace resilience {

void check_hooks(faults& out, const policy& p, const hooks& x,
                 bool takes_empty_answers) {
  if (p.fallback && !x.fallback)
    out.push_back("fallback needs a value, a function or an actor beside the "
                  "policy");
  if (p.keyed && !x.key)
    out.push_back("keyed needs a key function beside the policy");
  if (p.hedge && !x.idempotent)
    out.push_back("hedge needs an idempotent function beside the policy, which "
                  "marks the requests that may be sent twice");
  if (!p.timeout)
    return;
  if (p.timeout->on_timeout == timeout_action::return_default
      && x.default_value.empty())
    out.push_back("timeout.on_timeout is return_default and needs a "
                  "default_value beside the policy");
  if (p.timeout->on_timeout == timeout_action::return_none
      && !takes_empty_answers)
    out.push_back("timeout.on_timeout must not be return_none: the target's "
                  "type promises answers that are not empty");
}

} // namespace resilience
