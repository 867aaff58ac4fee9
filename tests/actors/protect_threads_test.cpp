// Functions behind a guard on real threads: those that hang hold up nobody,
// nobody is forgotten, no thread is left.
#include "resilience/actors/protect.hpp"

#include "support/gate.hpp"
#include "support/real_system.hpp"
#include "support/threads.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

policy brief(std::string name = {}) {
  policy result;
  result.name = std::move(name);
  result.breaker = breaker_config{.failure_threshold = 1'000};
  result.timeout = timeout_config{.limit = 20ms};
  return result;
}

policy patient() {
  auto result = brief();
  result.timeout->limit = 1h;
  return result;
}

/// Ends after its system: what it has begun must not be left.
class protect_threads : public testing::Test {
public:
  ~protect_threads() override {
    door->open();
    rt.reset();
    env.reset();
    EXPECT_TRUE(wait_for_threads(before));
  }

  /// Hangs for numbers below zero.
  auto moody() {
    return [door = door, runs = runs](int x) {
      ++*runs;
      if (x < 0)
        door->pass();
      return x;
    };
  }

  size_t before = thread_count();
  std::shared_ptr<gate> door = std::make_shared<gate>();
  std::shared_ptr<std::atomic<int>> runs =
    std::make_shared<std::atomic<int>>(0);
  std::optional<real_system> env{std::in_place};
  std::optional<runtime> rt{env->sys};
};

} // namespace

TEST_F(protect_threads, that_hang_are_given_up_and_counted) {
  auto f = protect(*rt, brief("hangs"), moody());
  EXPECT_EQ(fault(f.call(-1)), errc::timed_out);
  EXPECT_EQ(f.value(1), 1);
  EXPECT_EQ(rt->metrics_of("hangs").failures, 1u);
  door->open();
  ASSERT_TRUE(door->wait_for_inside(0));
  // Late: dropped.
  EXPECT_TRUE(
    eventually([&] { return rt->metrics_of("hangs").late_answers == 1; }));
}

TEST_F(protect_threads, get_a_substitute_when_they_hang) {
  auto p = brief();
  p.timeout->on_timeout = timeout_action::return_default;
  auto f =
    protect(*rt, p, moody(), {}, {.default_value = caf::make_message(7)});
  EXPECT_EQ(f.value(-1), 7);
  p.timeout->on_timeout = timeout_action::return_none;
  auto g = protect(*rt, p, [f = moody()](int x) { f(x); });
  EXPECT_TRUE(g.call(-1));
}

TEST_F(protect_threads, are_bounded_and_the_queue_is_too) {
  auto f = protect(*rt, patient(), moody(), {.max_threads = 2, .max_queue = 3});
  std::vector<std::thread> callers;
  std::atomic<int> good{0};
  for (int i = 0; i < 2; ++i)
    callers.emplace_back([&] { good += f.call(-1) ? 1 : 0; });
  ASSERT_TRUE(door->wait_for_inside(2));
  auto status = rt->control(f.handle());
  std::atomic<int> refused{0};
  for (int i = 0; i < 6; ++i)
    callers.emplace_back([&] {
      auto x = f.call(1);
      if (x)
        ++good;
      else if (x.error() == errc::overloaded)
        ++refused;
    });
  EXPECT_TRUE(eventually([&] { return refused == 3; }));
  EXPECT_EQ(fault(f.call(1)), errc::overloaded);
  EXPECT_EQ(detail_of(fault(f.call(1))),
            "2 threads are busy and 3 calls wait for one");
  auto m = call<circuit_metrics>(env->sys, status, get_metrics{});
  EXPECT_EQ(m->failures, 0u);
  EXPECT_EQ(m->neutral, 5u);
  door->open();
  for (auto& t : callers)
    t.join();
  EXPECT_EQ(good, 5);
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(*runs, 5);
}

TEST_F(protect_threads, do_not_run_what_was_given_up_in_the_queue) {
  auto f = protect(*rt, brief(), moody(), {.max_threads = 1});
  EXPECT_EQ(fault(f.call(-1)), errc::timed_out);
  ASSERT_TRUE(door->wait_for_inside(1));
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(fault(f.call(1)), errc::timed_out);
  door->open();
  EXPECT_TRUE(eventually([&] { return static_cast<bool>(f.call(2)); }));
  // The first one, and those that ran in time.
  auto ran = runs->load();
  EXPECT_EQ(f.value(2), 2);
  EXPECT_EQ(*runs, ran + 1);
  EXPECT_EQ(ran, 2);
}

TEST_F(protect_threads, make_room_in_a_queue_of_calls_given_up) {
  auto f = protect(*rt, brief(), moody(), {.max_threads = 1, .max_queue = 2});
  EXPECT_EQ(fault(f.call(-1)), errc::timed_out);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(fault(f.call(1)), errc::timed_out) << i;
  EXPECT_EQ(*runs, 1);
}

TEST_F(protect_threads, end_with_their_runtime_at_once) {
  auto f = protect(*rt, patient(), moody());
  EXPECT_EQ(f.value(1), 1);
  rt.reset();
  EXPECT_TRUE(
    eventually([&] { return fault(f.call(1)) == errc::shutting_down; }));
  EXPECT_THROW(f.value(1), call_error);
}

TEST_F(protect_threads, answer_who_waits_when_the_runtime_ends) {
  auto f = protect(*rt, patient(), moody(), {.max_threads = 1});
  std::atomic<int> ended{0};
  auto ask = [&](int x) {
    ended += fault(f.call(x)) == errc::shutting_down ? 1 : 0;
  };
  std::thread hangs{[&] { ask(-1); }};
  ASSERT_TRUE(door->wait_for_inside(1));
  std::thread waits{[&] { ask(1); }};
  rt.reset();
  hangs.join();
  waits.join();
  EXPECT_EQ(ended, 2);
  EXPECT_LE(*runs, 1);
}

TEST_F(protect_threads, that_hang_hold_up_no_end) {
  auto token = std::make_shared<int>(0);
  std::weak_ptr<int> captured = token;
  {
    auto f = protect(
      *rt, brief(),
      [f = moody(), x = std::move(token)](const std::string&) { f(-1); });
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(fault(f.call("x")), errc::timed_out);
  }
  ASSERT_TRUE(door->wait_for_inside(3));
  rt.reset();
  env.reset();
  EXPECT_FALSE(captured.expired());
  door->open(); // they return to nobody
  EXPECT_TRUE(eventually([&] { return captured.expired(); }));
}

TEST_F(protect_threads, answer_an_actor_that_keeps_no_handle) {
  caf::scoped_actor self{env->sys};
  auto ask = [&] {
    auto f = protect(*rt, patient(), moody());
    return compat::request(self, f.handle(), caf::infinite, -1);
  };
  auto pending = ask();
  ASSERT_TRUE(door->wait_for_inside(1));
  door->open();
  auto got = 0;
  std::move(pending).receive([&](int x) { got = x; },
                             [](const caf::error&) { FAIL(); });
  EXPECT_EQ(got, -1);
}

TEST_F(protect_threads, without_work_end) {
  auto f = protect(*rt, patient(), moody(), {.idle_time = 0s});
  f.value(1); // the system's own threads are all there
  EXPECT_TRUE(eventually([&] { return runs->load() == 1; }));
  auto idle = thread_count();
  for (int i = 0; i < 20; ++i)
    f.value(1);
  EXPECT_TRUE(wait_for_threads(idle));
}

TEST_F(protect_threads, many_call_and_each_gets_its_own) {
  auto f =
    protect(*rt, patient(), moody(), {.max_threads = 4, .max_queue = 1'000});
  std::atomic<int> wrong{0};
  auto ask = [&] {
    for (int i = 0; i < 500; ++i)
      wrong += f.value(i) == i ? 0 : 1;
  };
  run_together({ask, ask, ask, ask, ask, ask, ask, ask});
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(*runs, 4'000);
}

TEST_F(protect_threads, many_call_while_the_runtime_ends) {
  for (int round = 0; round < 10; ++round) {
    runtime own{env->sys};
    std::optional<runtime> brief_one{env->sys};
    auto f = protect(*brief_one, patient(), moody(), {.max_threads = 2});
    std::atomic<int> strange{0};
    auto ask = [&] {
      for (int i = 0; i < 100; ++i) {
        auto x = f.call(i);
        if (!x && x.error() != errc::shutting_down)
          ++strange;
      }
    };
    run_together({ask, ask, ask, [&] { brief_one.reset(); }});
    EXPECT_EQ(strange, 0);
  }
}

} // namespace resilience::test
