// Health checkers on real threads and CAF's real clock: functions that hang
// hold up nobody.
#include "resilience/actors/all.hpp"

#include "support/gate.hpp"
#include "support/real_system.hpp"

#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

struct checked_system : real_system {
  health_report ask(const health_actor& x, auto msg) {
    caf::scoped_actor self{sys};
    health_report result;
    compat::request(self, x, caf::infinite, msg)
      .receive(
        [&](const health_report& r) { result = r; },
        [&](const caf::error& e) { ADD_FAILURE() << compat::render(sys, e); });
    return result;
  }
};

} // namespace

TEST(health_threads, a_function_runs_beside_the_actors) {
  checked_system env;
  runtime rt{env.sys};
  auto c = rt.health_checker(
    "fn", probe::function([] { return health_report::healthy("here"); }));
  EXPECT_EQ(env.ask(c, check_now{}).message, "here");
}

TEST(health_threads, a_function_that_hangs_holds_up_no_end) {
  auto door = std::make_shared<gate>();
  auto token = std::make_shared<int>(0);
  std::weak_ptr<int> captured = token;
  auto began = std::chrono::steady_clock::now();
  {
    checked_system env;
    runtime rt{env.sys};
    auto c =
      rt.health_checker("hangs", probe::function([door, x = std::move(token)] {
                          door->pass();
                          return health_report::healthy();
                        }),
                        {.timeout = 1ms});
    ASSERT_TRUE(door->wait_for_inside(1));
    EXPECT_EQ(env.ask(c, check_now{}).failures, 1);
    EXPECT_TRUE(env.ask(c, get_health{}).stuck_since.has_value());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  EXPECT_FALSE(captured.expired());
  door->open();
  ASSERT_TRUE(door->wait_for_inside(0));
}

TEST(health_threads, many_functions_at_once) {
  constexpr int n = 100;
  auto runs = std::make_shared<std::atomic<int>>(0);
  checked_system env;
  runtime rt{env.sys};
  std::vector<health_actor> all;
  for (int i = 0; i < n; ++i)
    all.push_back(
      rt.health_checker(std::to_string(i), probe::function([runs] {
                          ++*runs;
                          return health_report::healthy();
                        }),
                        {.interval = 5ms, .unhealthy_after = 1'000'000}));
  for (int round = 0; round < 5; ++round)
    for (const auto& x : all)
      EXPECT_EQ(env.ask(x, check_now{}).status, health_status::healthy);
  EXPECT_GE(runs->load(), 2 * n);
}

} // namespace resilience::test
