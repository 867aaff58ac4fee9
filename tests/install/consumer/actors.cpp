#include <resilience/actors/all.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

caf::behavior adder(int32_t n) {
  return {
    [n](int32_t x) { return x + n; },
  };
}

int main() {
  resilience::init();
  caf::actor_system_config cfg;
  resilience::init(cfg);
  caf::actor_system sys{cfg};
  resilience::runtime rt{sys};
  auto guarded = rt.guard(sys.spawn(adder, 1));
  caf::scoped_actor self{sys};
  auto result = 1;
  resilience::compat::request(self, guarded, caf::infinite, int32_t{41})
    .receive(
      [&](int32_t x) {
        std::cout << "answer " << x << '\n';
        result = 0;
      },
      [&](const caf::error& e) {
        std::cout << resilience::compat::render(sys, e) << '\n';
      });
  return result;
}
