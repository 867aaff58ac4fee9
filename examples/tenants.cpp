// One guard with a circuit for each tenant: the one whose own database is down
// fails fast, the others never notice.
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

// Answers for every tenant but one.
caf::behavior directory() {
  return {
    [](const std::string& tenant, int32_t id) -> caf::result<std::string> {
      if (tenant == "acme")
        return caf::make_error(caf::sec::runtime_error);
      return tenant + "/" + std::to_string(id);
    },
  };
}

void ask(caf::scoped_actor& self, const caf::actor& whom,
         const std::string& tenant) {
  rs::compat::request(self, whom, caf::infinite, tenant, int32_t{7})
    .receive([](const std::string& user) { std::cout << user << '\n'; },
             [](const caf::error& e) {
               std::cout << to_string(rs::code_of(e)) << ' ' << rs::detail_of(e)
                         << '\n';
             });
}

void run(caf::actor_system& sys) {
  rs::runtime rt{sys};
  auto users = rt.guard(
    sys.spawn(directory),
    {.name = "users", .breaker = rs::breaker_config{.failure_threshold = 2}},
    {.key = [](const caf::message& x) {
      return x.match_elements<std::string, int32_t>() ? x.get_as<std::string>(0)
                                                      : std::string{};
    }});

  caf::scoped_actor self{sys};
  for (const auto* tenant : {"acme", "acme", "acme", "globex"})
    ask(self, users, tenant);
  rs::compat::request(self, rt.control(users), caf::infinite, rs::get_keys{})
    .receive(
      [](const rs::keys_status& x) {
        std::cout << x.keys << " keys, first " << x.circuits.front().name << ' '
                  << to_string(x.circuits.front().state) << '\n';
      },
      [](const caf::error& e) { std::cout << to_string(e) << '\n'; });
}

} // namespace

int main() {
  rs::init();
  caf::actor_system_config cfg;
  rs::init(cfg);
  caf::actor_system sys{cfg};
  run(sys);
}
