// What became of a call that was admitted.
#pragma once

#include <cstdint>

namespace resilience {

/// The result of a call as the policies see it. Values are stable: they are
/// sent between nodes.
enum class outcome : uint8_t {
  /// The call did what it should.
  success = 0,
  /// The upstream failed: an error answer, a timeout, its death.
  failure = 1,
  /// Says nothing about the upstream (cancelled, rejected further in, the
  /// caller's own mistake): frees the permit and decides nothing.
  neutral = 2,
};

const char* to_string(outcome x) noexcept;

/// Whether `x` holds one of the enumerators, for values from outside.
constexpr bool valid(outcome x) noexcept {
  return static_cast<uint8_t>(x) <= static_cast<uint8_t>(outcome::neutral);
}

} // namespace resilience
