// A circuit breaker and a timeout before an actor, on CAF 0.17.
// The same on CAF 1.x: quickstart_1x.cpp.
#include <resilience/actors/all.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exec_main.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

using namespace std::chrono_literals;

struct charge {
  int32_t cents = 0;
};

template <class Inspector>
auto inspect(Inspector& f, charge& x) {
  return f(caf::meta::type_name("charge"), x.cents);
}

CAF_BEGIN_TYPE_ID_BLOCK(shop, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(shop, (charge))
CAF_END_TYPE_ID_BLOCK(shop)

// Stands for the bank: fails above its limit.
caf::behavior bank(int32_t limit) {
  return {
    [limit](charge x) -> caf::result<std::string> {
      if (x.cents > limit)
        return caf::make_error(caf::sec::runtime_error, "above the limit");
      return "receipt for " + std::to_string(x.cents);
    },
  };
}

void caf_main(caf::actor_system& sys) {
  resilience::runtime rt{sys};
  auto worker = sys.spawn(bank, 100);
  auto payments = rt.guard(
    worker, {
              .name = "payments",
              .breaker = resilience::breaker_config{.failure_threshold = 3,
                                                    .cooldown = 60s},
              .timeout = resilience::timeout_config{.limit = 2s},
            });

  caf::scoped_actor self{sys};
  for (auto cents : {42, 500, 500, 500, 42})
    self->request(payments, caf::infinite, charge{cents})
      .receive(
        [](const std::string& receipt) { std::cout << receipt << '\n'; },
        [](const caf::error& e) {
          if (e != resilience::errc::circuit_open) {
            std::cout << "failed\n";
            return;
          }
          auto wait = resilience::retry_after(e).value();
          std::cout << "circuit open, come back in "
                    << std::chrono::ceil<std::chrono::seconds>(wait).count()
                    << " s\n";
        });
}

CAF_MAIN(caf::id_block::resilience, caf::id_block::shop)
