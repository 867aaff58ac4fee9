// A circuit breaker around work of a plain thread: `execute` does it all, a
// permit leaves the work to the caller.
#include <resilience/actors/all.hpp>
#include <resilience/actors/held_permit.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace rs = resilience;

namespace {

void write_note(const std::string& file) {
  std::ofstream out{file};
  if (!out)
    throw std::runtime_error("cannot write " + file);
  out << "saved\n";
}

void write_file(const rs::control_actor& disk, const std::string& file) {
  try {
    rs::execute(disk, [&] { write_note(file); });
    std::cout << "saved\n";
  } catch (const rs::circuit_open_error& e) {
    std::cout << "not tried: " << to_string(e.code()) << '\n';
  } catch (const std::runtime_error& e) {
    std::cout << e.what() << '\n';
  }
}

void append(const rs::control_actor& disk, std::ostream& log) {
  auto permit = rs::acquire_permit(disk);
  if (!permit)
    return;
  log << "saved\n";
  if (log)
    permit->success();
  else
    permit->failure("the log is broken");
  // Without a word: a failure if an exception leaves this scope, else neutral.
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
    .breaker = rs::breaker_config{.failure_threshold = 2},
  });
  write_file(disk, "/dev/null");
  append(disk, std::cout);
  for (int i = 0; i < 3; ++i)
    write_file(disk, "/no/such/folder/note.txt");
}
