// Signals that end the program. The handler only notes the first; whoever waits
// looks for it.
#pragma once

namespace outage {

/// SIGINT, SIGTERM and SIGHUP are noted from now on.
void handle_signals();

/// The signal that came, or 0.
int signal_seen();

} // namespace outage
