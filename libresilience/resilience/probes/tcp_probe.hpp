// Whether something listens at a host's port.
//
// Blocks: for a thread that may (probe_thread.hpp). Any number of threads.
#pragma once

#include "resilience/health_report.hpp"

#include <cstdint>
#include <string>

namespace resilience {

/// Connects and closes again, nothing is sent. All addresses of the host are
/// tried in turn, IPv6 and IPv4, each with its share of the time left; the
/// first that answers is enough.
/// @param host a name or an address, without brackets.
/// @param limit for all connects; looking up a name comes on top, and takes as
///        long as the system's resolver does.
health_report check_tcp(const std::string& host, uint16_t port, duration limit);

} // namespace resilience
