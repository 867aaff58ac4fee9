#include <resilience/circuit_breaker.hpp>

#include <cstdio>

using namespace std::chrono_literals;

int main() {
  resilience::circuit_breaker breaker{{.failure_threshold = 1}};
  resilience::transitions changes;
  resilience::time_point now{};
  auto admission = breaker.admit(now, changes);
  breaker.settle(admission.pass, resilience::outcome::failure, 1ms, now,
                 changes);
  for (const auto& x : changes)
    std::printf("%s -> %s\n", to_string(x.from), to_string(x.to));
  return changes.size() == 1 ? 0 : 1;
}
