// A guard with every layer: the target fails twice, then answers, then is gone.
#include <resilience/actors/all.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>
#include <string>

namespace rs = resilience;
using namespace std::chrono_literals;

namespace {

// Fails twice, answers once, and ends.
class flaky_exchange : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {[this](const std::string& share) -> caf::result<std::string> {
      if (++asked_ < 3)
        return caf::make_error(caf::sec::runtime_error);
      quit();
      return share + " at 42";
    }};
  }

private:
  int asked_ = 0;
};

void ask(caf::scoped_actor& self, const caf::actor& whom) {
  rs::compat::request(self, whom, caf::infinite, std::string{"ACME"})
    .receive([](const std::string& quote) { std::cout << quote << '\n'; },
             [](const caf::error& e) {
               auto report = rs::retries_of(e).value_or(rs::retry_report{});
               std::cout << report.attempts << " attempts failed\n";
             });
}

void run(caf::actor_system& sys) {
  rs::runtime rt{sys};
  auto exchange = sys.spawn<flaky_exchange>();
  rs::policy p{
    .name = "quotes",
    .timeout = rs::timeout_config{.limit = 2s, .total = 10s},
    .retry = rs::retry_config{.max_attempts = 3,
                              .backoff = {.initial_delay = 10ms},
                              .dont_retry_on = {"caf::sec:invalid_argument"}},
    .bulkhead = rs::bulkhead_config{.max_concurrent = 20, .max_queue = 100},
    .rate_limiter = rs::rate_limit_config{.rate = 500, .burst = 50},
  };
  auto quotes = rt.guard(
    exchange, p, {.fallback = rs::fallback::value(std::string{"no quote"})});

  caf::scoped_actor self{sys};
  ask(self, quotes); // the third attempt
  ask(self, quotes); // the exchange has closed
}

} // namespace

int main() {
  rs::init();
  caf::actor_system_config cfg;
  rs::init(cfg);
  caf::actor_system sys{cfg};
  run(sys);
}
