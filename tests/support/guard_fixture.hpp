// What most tests of guards start from: a system on a virtual clock, a runtime,
// a target that does as told, and a caller.
#pragma once

#include "resilience/testing/environment.hpp"

#include "support/actors.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

using namespace std::chrono_literals;

class guard_fixture : public testing::Test {
public:
  static constexpr auto limit = 2s;
  static constexpr auto cooldown = 10s;

  static policy quick(std::string name = {}) {
    policy result;
    result.name = std::move(name);
    result.breaker = breaker_config{.failure_threshold = 3,
                                    .cooldown = cooldown,
                                    .half_open_max_calls = 2,
                                    .success_threshold = 2};
    result.timeout = timeout_config{.limit = limit};
    return result;
  }

  guard_fixture() {
    worker = env.sys.spawn<target>(told);
    env.run();
  }

  // A promise keeps its actor alive, and targets keep promises.
  ~guard_fixture() override {
    caf::anon_send_exit(worker, caf::exit_reason::kill);
    env.run();
  }

  caf::actor guarded(const policy& p = quick()) {
    auto result = rt.guard(worker, p);
    env.run();
    return result;
  }

  /// Ends an actor that has linked itself to `to`.
  void end_who_is_linked_to(const caf::actor& to) {
    auto linked = env.sys.spawn(
      [](caf::event_based_actor* self, const caf::actor& x) -> caf::behavior {
        self->link_to(x);
        return {[](int32_t) {}};
      },
      to);
    env.run();
    caf::anon_send_exit(linked, caf::exit_reason::user_shutdown);
    env.run();
  }

  /// One request, and everything that follows without time passing.
  reply_ptr ask(const caf::actor& to, int32_t x = 1) {
    auto result = user.ask(to, x);
    env.run();
    return result;
  }

  template <class Message>
  circuit_status status_after(const control_actor& to, Message msg) {
    auto result = user.control<circuit_status>(to, msg);
    env.run();
    return *result;
  }

  circuit_status status(const caf::actor& g) {
    return status_after(rt.control(g), get_status{});
  }

  circuit_metrics metrics(const caf::actor& g) {
    auto result = user.control<circuit_metrics>(rt.control(g), get_metrics{});
    env.run();
    return *result;
  }

  circuit_state state(const caf::actor& g) {
    return status(g).state;
  }

  void fail(const caf::actor& g, int times) {
    auto before = told->how.exchange(manner::fail);
    for (int i = 0; i < times; ++i)
      ask(g);
    told->how = before;
  }

  environment env;
  runtime rt{env.sys};
  std::shared_ptr<target::shared> told = std::make_shared<target::shared>();
  caf::actor worker;
  client user{env.sys};
};

} // namespace resilience::test
