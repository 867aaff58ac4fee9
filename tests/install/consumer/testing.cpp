#include <resilience/testing/testing.hpp>

#include <iostream>

namespace rs = resilience;
using rs::test::reaction;

int main() {
  rs::test::environment env;
  rs::runtime rt{env.sys};
  rs::test::scripted_target bank{env.sys,
                                 reaction::error(caf::sec::runtime_error)};
  auto payments = rt.guard(
    bank.handle(), {.name = "payments",
                    .breaker = rs::breaker_config{.failure_threshold = 2}});
  env.ask<void>(payments, 1);
  env.ask<void>(payments, 1);
  auto turned_away = env.ask<void>(payments, 1);
  auto waited = env.run_until(rt, "payments", rs::circuit_state::half_open,
                              std::chrono::hours{1});
  if (!turned_away.is(rs::errc::circuit_open) || !waited)
    return 1;
  std::cout << "open after " << bank.requests() << " failures, probes after "
            << rs::to_string(*waited) << '\n';
}
