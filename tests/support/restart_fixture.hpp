// What tests of restarts start from: a target, a function that makes new ones,
// and a policy whose delays are known.
#pragma once

#include "support/guard_fixture.hpp"

#include <utility>
#include <vector>

namespace resilience::test {

using kind = caf::exit_reason;

class restart : public guard_fixture {
public:
  /// Delays of 1 s, 2 s, 4 s; the fourth end within a minute is final.
  static policy restarting(std::string name = {}) {
    auto result = quick(std::move(name));
    result.breaker->failure_threshold = 1'000;
    result.restart = restart_config{.max_restarts = 3};
    result.restart->backoff = {.jitter = jitter_kind::none};
    return result;
  }

  /// Makes targets, and remembers them.
  respawn_function maker() {
    return [this](caf::actor_system& sys) {
      made.push_back(sys.spawn<target>(told));
      return made.back();
    };
  }

  caf::actor guarded_by(respawn_function f, const policy& p = restarting()) {
    hooks x;
    x.respawn = std::move(f);
    auto result = rt.guard(worker, p, x);
    env.run();
    return result;
  }

  caf::actor guarded_again(const policy& p = restarting()) {
    return guarded_by(maker(), p);
  }

  void end(const caf::actor& x, caf::exit_reason why = kind::kill) {
    caf::anon_send_exit(x, why);
    env.run();
  }

  bool alive(const caf::actor& x) {
    auto before = told->how.exchange(manner::answer);
    auto r = ask(x);
    told->how = before;
    return r->ok();
  }

  layer_metrics layers(const caf::actor& g) {
    return metrics(g).layers;
  }

  ~restart() override {
    for (const auto& x : made)
      caf::anon_send_exit(x, kind::kill);
    env.run();
  }

  std::vector<caf::actor> made;
};

} // namespace resilience::test
