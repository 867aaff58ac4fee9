// What was announced, and whether a database has all of it.
#pragma once

#include "resilience/circuit_state.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace resilience::crash {

struct announcement {
  uint64_t generation;
  circuit_state state;
};

/// By name, in the order in which they were announced. Survives from kill to
/// kill: a database goes on.
using announcements = std::map<std::string, std::vector<announcement>>;

/// Adds what the child wrote; a last line without its end was not announced.
/// False: a line makes no sense.
bool read_announcements(const std::string& text, announcements& into);

/// Every way in which the database lacks what was announced; empty if none.
std::vector<std::string> faults_of(const std::string& database,
                                   const announcements& announced);

} // namespace resilience::crash
