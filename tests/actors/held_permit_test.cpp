// Permits as objects: whatever way the work ends, the circuit hears of it.
#include "resilience/actors/held_permit.hpp"

#include "support/guard_fixture.hpp"
#include "support/real_system.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>

namespace resilience::test {

static_assert(!std::is_copy_constructible_v<held_permit>);
static_assert(std::is_nothrow_move_constructible_v<held_permit>);
static_assert(std::is_nothrow_move_assignable_v<held_permit>);

namespace {

class held_permits : public guard_fixture {
public:
  held_permit get() {
    auto result = acquire_permit(b);
    EXPECT_TRUE(result);
    return std::move(*result);
  }

  circuit_metrics totals() {
    return rt.metrics_of("disk");
  }

  circuit_status now_status() {
    return rt.status_of("disk");
  }

  caf::error refused() {
    auto result = acquire_permit(b);
    EXPECT_FALSE(result);
    return result ? caf::error{} : result.error();
  }

  control_actor b = rt.breaker(quick("disk"));
};

} // namespace

TEST_F(held_permits, say_once_what_became_of_the_work) {
  auto p = get();
  EXPECT_EQ(p.lease(), 60s);
  EXPECT_EQ(now_status().permits_in_use, 1u);
  EXPECT_TRUE(p.success());
  EXPECT_FALSE(p.failure());
  EXPECT_FALSE(p.neutral());
  EXPECT_TRUE(get().failure("no space left"));
  EXPECT_EQ(now_status().last_failure->reason, "no space left");
  EXPECT_TRUE(get().failure());
  EXPECT_EQ(now_status().last_failure->reason,
            "reported by the permit's holder");
  EXPECT_TRUE(get().neutral());
  auto m = totals();
  EXPECT_EQ(m.successes, 1u);
  EXPECT_EQ(m.failures, 2u);
  EXPECT_EQ(m.neutral, 1u);
  EXPECT_EQ(now_status().permits_in_use, 0u);
}

TEST_F(held_permits, without_a_word_are_neutral) {
  get();
  EXPECT_EQ(totals().neutral, 1u);
  EXPECT_EQ(now_status().permits_in_use, 0u);
}

TEST_F(held_permits, are_a_failure_if_an_exception_ends_the_work) {
  auto work = [this] {
    auto p = get();
    throw std::runtime_error("x");
  };
  EXPECT_THROW(work(), std::runtime_error);
  EXPECT_EQ(totals().failures, 1u);
  EXPECT_EQ(now_status().last_failure->reason, "an exception ended the work");
}

TEST_F(held_permits, of_work_while_another_unwinds_are_their_own) {
  struct cleaner {
    held_permits& test;
    bool throws = false;

    ~cleaner() {
      auto p = test.get(); // while an exception is on its way
      if (!throws)
        return;
      try {
        auto q = test.get();
        throw 1;
      } catch (int) {
        // q has failed, p has not.
      }
    }
  };
  auto unwind = [this](bool throws) {
    cleaner c{*this, throws};
    throw std::runtime_error("x");
  };
  EXPECT_THROW(unwind(false), std::runtime_error);
  EXPECT_THROW(unwind(true), std::runtime_error);
  EXPECT_EQ(totals().neutral, 2u);
  EXPECT_EQ(totals().failures, 1u);
}

TEST_F(held_permits, move) {
  auto p = get();
  auto q = std::move(p);
  EXPECT_FALSE(p.success()); // NOLINT: says that it is gone
  EXPECT_EQ(now_status().permits_in_use, 1u);
  auto r = get();
  r = std::move(q);
  EXPECT_EQ(totals().neutral, 1u);
  auto& same = r;
  r = std::move(same);
  EXPECT_TRUE(r.success());
  std::thread{[x = get()]() mutable { x.success(); }}.join();
  EXPECT_EQ(totals().successes, 2u);
}

TEST_F(held_permits, come_late_when_their_lease_is_over) {
  auto p = get();
  env.advance(60s);
  EXPECT_EQ(now_status().consecutive_failures, 1);
  EXPECT_FALSE(p.success());
  EXPECT_EQ(totals().expired, 1u);
  EXPECT_EQ(totals().successes, 0u);
}

TEST_F(held_permits, come_late_when_their_state_is_over) {
  auto p = get();
  rt.reset_all();
  EXPECT_FALSE(p.failure());
  EXPECT_EQ(now_status().consecutive_failures, 0);
}

TEST_F(held_permits, are_refused_as_calls_are) {
  for (int i = 0; i < 3; ++i)
    get().failure();
  auto e = refused();
  EXPECT_EQ(e, errc::circuit_open);
  EXPECT_EQ(retry_after(e), duration{cooldown});
  env.advance(cooldown);
  auto p1 = get();
  auto p2 = get();
  EXPECT_EQ(refused(), errc::half_open_full);
  p1.success();
  p2.success();
  EXPECT_EQ(now_status().state, circuit_state::closed);
  status_after(b, isolate{});
  EXPECT_EQ(refused(), errc::circuit_isolated);
}

TEST_F(held_permits, are_bounded) {
  auto p = quick("small");
  p.max_in_flight = 1;
  b = rt.breaker(p);
  auto one = get();
  EXPECT_EQ(refused(), errc::overloaded);
  one.neutral();
  get();
}

TEST_F(held_permits, come_by_name_and_from_guards) {
  auto p = acquire_permit(rt, "disk");
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->success());
  EXPECT_EQ(totals().successes, 1u);
  EXPECT_EQ(fault(acquire_permit(rt, "nobody")), errc::unknown_circuit);
  auto g = guarded(quick("payments"));
  EXPECT_TRUE(acquire_permit(rt.control(g))->success());
  EXPECT_EQ(metrics(g).successes, 1u);
}

TEST_F(held_permits, are_not_given_by_others) {
  auto e = fault(acquire_permit(control_actor{}));
  EXPECT_EQ(e, errc::invalid_config);
  EXPECT_EQ(detail_of(e), "the handle is null");
  e = fault(acquire_permit(caf::actor_cast<control_actor>(worker)));
  EXPECT_EQ(e, errc::invalid_config);
}

TEST_F(held_permits, may_outlive_their_breaker_and_runtime) {
  std::optional<runtime> own{env.sys};
  auto x = own->breaker(quick("x"));
  auto p = std::move(*acquire_permit(x));
  auto q = std::move(*acquire_permit(x));
  own.reset();
  env.run();
  EXPECT_FALSE(p.success());
  EXPECT_EQ(fault(acquire_permit(x)), errc::shutting_down);
  EXPECT_THROW(execute(x, [] { FAIL(); }), call_error);
}

// -- execute ------------------------------------------------------------------

TEST_F(held_permits, execute_returns_what_the_function_returns) {
  EXPECT_EQ(execute(b, [] { return 42; }), 42);
  auto ran = false;
  execute(b, [&] { ran = true; });
  EXPECT_TRUE(ran);
  int& same = execute(b, [&]() -> int& {
    static int x = 1;
    return x;
  });
  EXPECT_EQ(same, 1);
  EXPECT_EQ(*execute(b, [] { return std::make_unique<int>(2); }), 2);
  EXPECT_EQ(totals().successes, 4u);
}

TEST_F(held_permits, execute_counts_exceptions_and_opens_the_circuit) {
  for (int i = 0; i < 3; ++i)
    EXPECT_THROW(execute(b, [] { throw std::out_of_range("beyond"); }),
                 std::out_of_range);
  EXPECT_EQ(now_status().last_failure->reason, "beyond");
  try {
    execute(b, [] { FAIL() << "the circuit is open"; });
    FAIL();
  } catch (const circuit_open_error& e) {
    EXPECT_EQ(retry_after(e.error()), duration{cooldown});
    EXPECT_STREQ(e.what(), "circuit \"disk\": the circuit is open: the "
                           "upstream failed too often");
  }
}

TEST_F(held_permits, execute_counts_errors_that_are_returned) {
  auto fail = [](caf::error e) {
    return [e = std::move(e)]() -> caf::expected<int> { return e; };
  };
  auto full = make_error(errc::timed_out, "x", std::string{"slow"});
  EXPECT_EQ(fault(execute(b, fail(full))), errc::timed_out);
  EXPECT_EQ(now_status().last_failure->reason, "resilience:timed_out: slow");
  // Turned away further in.
  auto open = make_error(errc::circuit_open, "y", duration{1s});
  EXPECT_EQ(fault(execute(b, fail(open))), errc::circuit_open);
  EXPECT_THROW(execute(b, [&] { throw_call_error(open, "y is open"); }),
               circuit_open_error);
  EXPECT_EQ(totals().failures, 1u);
  EXPECT_EQ(totals().neutral, 2u);
  EXPECT_EQ(*execute(b, []() -> caf::expected<int> { return 3; }), 3);
}

TEST_F(held_permits, execute_refuses_null_functions) {
  EXPECT_THROW(execute(b, std::function<void()>{}), invalid_config_error);
  EXPECT_EQ(totals().total_calls, 0u);
}

TEST_F(held_permits, many_threads_execute) {
  auto work = [&] {
    for (int i = 0; i < 2'000; ++i)
      execute(b, [&] {
        auto p = get();
        return i % 2 == 0 ? p.success() : p.neutral();
      });
  };
  run_together({work, work, work});
  auto m = totals();
  EXPECT_EQ(m.total_calls, 12'000u);
  EXPECT_EQ(m.successes, 9'000u);
  EXPECT_EQ(m.neutral, 3'000u);
  EXPECT_EQ(now_status().permits_in_use, 0u);
}

} // namespace resilience::test
