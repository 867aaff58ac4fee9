// The guide's chapters "Monitoring and Metrics" and "Persistence".
#include "from_the_guide/fixture.hpp"
#include "support/gate.hpp"
#include "support/temp_dir.hpp"

#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace resilience::test {

namespace {

TEST_F(guide, status_and_metrics) {
  auto api = rt.guard(service, {.name = "openai-api"});
  target.next(reaction::error(caf::sec::runtime_error), 2);
  for (int i = 0; i < 2; ++i)
    env.ask<std::string>(api, 1);
  auto status = get_circuit_breaker_status(rt, "openai-api");
  std::string state = to_string(status.state);
  auto failure_count = status.consecutive_failures;
  auto last_failure = status.last_failure;
  EXPECT_EQ(state, "closed");
  EXPECT_EQ(failure_count, 2);
  ASSERT_TRUE(last_failure);
  EXPECT_NE(last_failure->reason, "");

  for (int i = 0; i < 2; ++i)
    env.ask<std::string>(api, 1);
  auto metrics = get_circuit_breaker_metrics(rt, "openai-api");
  auto total_calls = metrics.total_calls;
  auto failures = metrics.failures;
  auto success_rate = metrics.success_rate;
  EXPECT_EQ(total_calls, 4u);
  EXPECT_EQ(failures, 2u);
  EXPECT_EQ(success_rate, 0.5);

  auto all_status = get_all_circuit_breakers_status(rt);
  ASSERT_EQ(all_status.size(), 1u);
  EXPECT_EQ(all_status[0].name, "openai-api");
  EXPECT_THROW(get_circuit_breaker_status(rt, "other"), invalid_config_error);
}

/// The relay has a thread of its own, which is on its way.
bool subscribed(caf::actor_system& sys, const runtime& rt) {
  auto give_up = clock::now() + patience;
  for (; clock::now() < give_up; std::this_thread::yield()) {
    auto x =
      call<supervisor_status>(sys, rt.supervisor(), get_supervisor_status{});
    if (x && x->subscribers == 1)
      return true;
  }
  return false;
}

TEST(guide_monitoring, metrics_callback) {
  std::map<std::pair<std::string, std::string>, int> counter;
  std::promise<void> called;
  init();
  real_system env; // its end waits for the callback
  runtime rt{env.sys};
  metrics_callback f = [&](auto& event_type, auto& circuit_name, auto&) {
    ++counter[{event_type, circuit_name}];
    called.set_value();
  };
  set_metrics_callback(rt, f);
  ASSERT_TRUE(subscribed(env.sys, rt));
  auto cb = get_circuit_breaker(rt, {.name = "openai-api"});
  force_open(rt, "openai-api");
  ASSERT_EQ(called.get_future().wait_for(patience), std::future_status::ready);
  EXPECT_EQ((counter[{"circuit_open", "openai-api"}]), 1);
}

TEST(guide_persistence, survives_the_runtime) {
  temp_dir dir;
  auto db_path = dir.file("circuit_breakers.db");
  environment env;
  auto& sys = env.sys;
  {
    runtime rt{sys, init_circuit_breaker_persistence(db_path)};
    auto cb = get_circuit_breaker(rt, {.name = "openai-api"});
    force_open(rt, "openai-api");
    auto durable = persist_all_circuit_breakers(rt);
    EXPECT_TRUE(durable);
  }
  env.run();
  runtime rt{sys, init_circuit_breaker_persistence(db_path)};
  auto loaded = load_circuit_breakers(rt);
  ASSERT_EQ(loaded.size(), 1u);
  EXPECT_EQ(loaded[0].state, circuit_state::open);
}

} // namespace

} // namespace resilience::test
