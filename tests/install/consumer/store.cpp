#include <resilience/store/sqlite_probe.hpp>
#include <resilience/store/sqlite_store.hpp>

#include <cstdio>

int main() {
  constexpr auto path = "consumer.db";
  std::remove(path);
  resilience::sqlite_options options;
  options.path = path;
  resilience::circuit_snapshot x;
  x.name = "payments";
  x.memory.state = resilience::circuit_state::isolated;
  {
    resilience::sqlite_store store{options};
    store.save({&x, 1}, {});
  }
  resilience::sqlite_store store{options};
  auto found = store.find("payments");
  if (!found || *found != x)
    return 1;
  std::printf("payments is %s\n", to_string(found->memory.state));
  std::puts(resilience::check_sqlite({.path = "no_such_file"}).message.c_str());
}
