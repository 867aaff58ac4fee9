// What tests of second attempts start from: a guard that sends them, and a
// target that does as told.
#pragma once

#include "support/scripted_guard.hpp"

#include <deque>
#include <utility>

namespace resilience::test {

using deed = scripted_guard::deed;

/// A second attempt after 20 ms, whatever it costs.
inline policy hedge_policy(duration delay = ms(20)) {
  auto p = quiet_policy();
  p.hedge = hedge_config{.delay = delay, .budget = std::nullopt};
  return p;
}

struct scripted : scripted_guard {
  scripted(const policy& p, std::deque<deed> deeds, scripted_hooks x = {})
    : scripted_guard(p, std::move(x)) {
    script = std::move(deeds);
  }
};

} // namespace resilience::test
