// What a user may configure, and what comes of it. Try
//
//   configured --config-file=resilience.conf
//   configured --resilience.set='payments: breaker.cooldown = 90s'
#include <resilience/actors/all.hpp>

#include <caf/actor_system.hpp>
#include <caf/exec_main.hpp>

#include <iostream>

using namespace std::chrono_literals;

void show(caf::actor_system& sys) {
  resilience::runtime rt{sys};
  resilience::policy from_code{
    .name = "payments",
    .breaker =
      resilience::breaker_config{.failure_threshold = 3, .cooldown = 60s},
    .timeout = resilience::timeout_config{.limit = 2s},
  };
  // Every guard and breaker of that name gets what is shown here.
  std::cout << describe(rt.settings().apply(from_code));
  for (const auto& line : rt.settings().sources("payments"))
    std::cout << line << '\n';
}

// An application with options of its own derives its configuration from
// `system_config`, or calls `declare_options`.
void caf_main(caf::actor_system& sys, const resilience::system_config&) {
  try {
    show(sys);
  } catch (const resilience::invalid_config_error& e) {
    std::cerr << e.what() << '\n';
  }
}

CAF_MAIN(caf::id_block::resilience)
