#include <resilience/probes/tcp_probe.hpp>

#include <cstdio>

using namespace std::chrono_literals;

int main() {
  auto x = resilience::check_tcp("no such host!", 1, 1s);
  std::puts(x.message.c_str());
  return x.status == resilience::health_status::unhealthy ? 0 : 1;
}
