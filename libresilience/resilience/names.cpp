// Names of the enumerations that circuits are spoken of in.
#include "resilience/circuit_state.hpp"
#include "resilience/outcome.hpp"

#include <iterator>

namespace resilience {

namespace {

template <class Enum, size_t N>
const char* name_of(const char* const (&names)[N], Enum x) noexcept {
  auto i = static_cast<size_t>(x);
  return i < N ? names[i] : "invalid";
}

} // namespace

const char* to_string(outcome x) noexcept {
  static constexpr const char* names[] = {"success", "failure", "neutral"};
  return name_of(names, x);
}

const char* to_string(circuit_state x) noexcept {
  static constexpr const char* names[] = {"closed", "open", "half_open",
                                          "isolated", "disabled"};
  return name_of(names, x);
}

const char* to_string(cause x) noexcept {
  static constexpr const char* names[] = {
    "failures",     "probe_failed",  "cooldown_elapsed", "probes_succeeded",
    "reset",        "isolated",      "disabled",         "restored",
    "failure_rate", "slow_call_rate"};
  return name_of(names, x);
}

const char* to_string(owner x) noexcept {
  static constexpr const char* names[] = {"hand", "health", "cluster"};
  return name_of(names, x);
}

const char* to_string(rejection x) noexcept {
  static constexpr const char* names[] = {"none", "open", "half_open_full",
                                          "isolated"};
  return name_of(names, x);
}

} // namespace resilience
