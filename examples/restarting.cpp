// A team of actors that depend on each other. One crashes; its handle stays the
// same, and the next request finds a new actor behind it.
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

class parser : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {
      [](int32_t line) { return "line " + std::to_string(line); },
      // A bug: it does not survive a text.
      [this](const std::string&) {
        quit(caf::make_error(caf::sec::runtime_error));
      },
    };
  }
};

class printer : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {[](const std::string& text) { return text + " printed"; }};
  }
};

void parse(caf::scoped_actor& self, const caf::actor& whom, int32_t line) {
  rs::compat::request(self, whom, caf::infinite, line)
    .receive([](const std::string& what) { std::cout << what << '\n'; },
             [](const caf::error& e) {
               std::cout << "failed: " << to_string(rs::code_of(e)) << '\n';
             });
}

void run(caf::actor_system& sys) {
  rs::runtime rt{sys};
  rs::team_options options{.strategy = rs::team_strategy::rest_for_one};
  options.restart.backoff.initial_delay = 10ms;
  // A request that finds no parser is tried again when there is one.
  rs::policy patient{.retry = rs::retry_config{
                       .max_attempts = 20, .backoff = {.initial_delay = 10ms}}};
  auto office = rt.team(
    "office",
    {
      {"parser", [](caf::actor_system& s) { return s.spawn<parser>(); },
       patient},
      {"printer", [](caf::actor_system& s) { return s.spawn<printer>(); }},
    },
    options);

  caf::scoped_actor self{sys};
  auto handle = office.child("parser");
  parse(self, handle, 1);
  rs::compat::post(self, handle, std::string{"poison"});
  parse(self, handle, 2);
  for (const auto& x : office.status().children)
    std::cout << x.name << ": restarts " << x.restarts << '\n';
  office.quit();
  self->wait_for(office.handle());
  std::cout << "over: " << std::boolalpha << office.is_over() << '\n';
}

} // namespace

int main() {
  rs::init();
  caf::actor_system_config cfg;
  rs::init(cfg);
  caf::actor_system sys{cfg};
  run(sys);
}
