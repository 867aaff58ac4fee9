// How gtest shows our enumerations and values in a failed expectation.
#pragma once

#include "resilience/circuit_breaker.hpp"

#include <ostream>

namespace resilience {

inline std::ostream& operator<<(std::ostream& out, circuit_state x) {
  return out << to_string(x);
}

inline std::ostream& operator<<(std::ostream& out, cause x) {
  return out << to_string(x);
}

inline std::ostream& operator<<(std::ostream& out, owner x) {
  return out << to_string(x);
}

inline std::ostream& operator<<(std::ostream& out, rejection x) {
  return out << to_string(x);
}

inline std::ostream& operator<<(std::ostream& out, outcome x) {
  return out << to_string(x);
}

inline std::ostream& operator<<(std::ostream& out, const permit& x) {
  return out << "permit{" << x.generation << ", " << x.probe << "}";
}

inline std::ostream& operator<<(std::ostream& out, const transition& x) {
  return out << x.from << "->" << x.to << " (" << x.why << ", generation "
             << x.generation << ", failures " << x.failures << ", at "
             << x.at.time_since_epoch().count() << "ns)";
}

} // namespace resilience
