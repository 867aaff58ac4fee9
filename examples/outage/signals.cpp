#include "signals.hpp"

#include <csignal>
#include <initializer_list>

namespace outage {

namespace {

volatile std::sig_atomic_t first_signal = 0;

} // namespace

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int x) {
    if (first_signal == 0)
      first_signal = x;
  };
  for (auto x : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(x, &action, nullptr);
}

int signal_seen() {
  return first_signal;
}

} // namespace outage
