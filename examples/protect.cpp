// A guard before a function that blocks: it fails twice and is tried again,
// then fails for good and opens the circuit.
#include <resilience/actors/all.hpp>
#include <resilience/actors/protect.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <iostream>
#include <stdexcept>
#include <string>

namespace rs = resilience;
using namespace std::chrono_literals;

namespace {

std::atomic<int> downloads{0};

// Any blocking call, e.g. of an HTTP library.
std::string download(const std::string& url) {
  auto n = ++downloads;
  if (n < 3 || url != "https://example.org")
    throw std::runtime_error("no route to " + url);
  return "a page";
}

void run(caf::actor_system& sys) {
  rs::runtime rt{sys};
  rs::policy p{
    .name = "pages",
    .breaker = rs::breaker_config{.failure_threshold = 5},
    .timeout = rs::timeout_config{.limit = 10s},
    .retry =
      rs::retry_config{.max_attempts = 3, .backoff = {.initial_delay = 10ms}},
  };
  auto fetch =
    rs::protect(rt, p, [](std::string url) { return download(url); });
  std::cout << fetch.value("https://example.org") << '\n';
  for (int i = 0; i < 3; ++i)
    try {
      std::cout << fetch.value("https://example.net") << '\n';
    } catch (const rs::circuit_open_error&) {
      std::cout << "circuit open\n";
    } catch (const rs::call_error& e) {
      std::cout << e.what() << '\n';
    }
}

} // namespace

int main() {
  rs::init();
  caf::actor_system_config cfg;
  rs::init(cfg);
  caf::actor_system sys{cfg};
  run(sys);
}
