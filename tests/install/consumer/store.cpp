#include <resilience/store/sqlite_probe.hpp>

#include <cstdio>

int main() {
  auto x = resilience::check_sqlite({.path = "no_such_file"});
  std::puts(x.message.c_str());
  return x.status == resilience::health_status::unhealthy ? 0 : 1;
}
