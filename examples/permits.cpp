// A circuit breaker for work that is no actor: acquire a permit, do the work,
// report what became of it.
#include <resilience/actors/all.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <fstream>
#include <iostream>
#include <optional>
#include <string>

namespace rs = resilience;

using namespace std::chrono_literals;

namespace {

// The work: any blocking call that says whether it went well.
rs::outcome write_note(const std::string& file) {
  std::ofstream out{file};
  out << "saved\n";
  return out.flush() ? rs::outcome::success : rs::outcome::failure;
}

void save(caf::scoped_actor& self, const rs::control_actor& disk,
          const std::string& file) {
  std::optional<rs::call_permit> permit;
  rs::compat::request(self, disk, caf::infinite, rs::acquire{})
    .receive([&](const rs::call_permit& x) { permit = x; },
             [](const caf::error& e) {
               std::cout << "not tried: " << to_string(rs::code_of(e)) << '\n';
             });
  if (!permit)
    return;
  auto what = write_note(file);
  std::cout << "tried: " << to_string(what) << '\n';
  rs::compat::request(self, disk, caf::infinite, rs::report{*permit, what})
    .receive([](bool) {},
             [](const caf::error& e) {
               std::cout << "report: " << to_string(rs::code_of(e)) << '\n';
             });
}

} // namespace

int main() {
  rs::init();
  caf::actor_system_config cfg;
  rs::init(cfg);
  caf::actor_system sys{cfg};
  rs::runtime rt{sys};
  auto disk = rt.breaker({
    .name = "disk",
    .breaker = rs::breaker_config{.failure_threshold = 2, .cooldown = 60s},
  });

  caf::scoped_actor self{sys};
  save(self, disk, "/dev/null");
  for (int i = 0; i < 3; ++i)
    save(self, disk, "/no/such/folder/note.txt");
}
