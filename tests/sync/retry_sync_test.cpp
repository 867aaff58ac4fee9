// Retry on the caller's own thread, without waiting: the sleeper only notes.
#include "resilience/sync/retry_sync.hpp"

#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <string>
#include <vector>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

/// A value or an error code.
struct answer {
  answer(int x) : value(x) {} // NOLINT: as std::expected
  answer(std::error_code e) : code(e) {} // NOLINT

  explicit operator bool() const {
    return !code;
  }

  const std::error_code& error() const {
    return code;
  }

  int value = 0;
  std::error_code code;
};

int five() {
  return 5;
}

class retry_syncs : public testing::Test {
public:
  static retry_config plain(int32_t attempts = 3) {
    return {.max_attempts = attempts,
            .backoff = {.initial_delay = 1s,
                        .kind = backoff_kind::linear,
                        .jitter = jitter_kind::none}};
  }

  retry_sync_hooks noting() {
    retry_sync_hooks result;
    result.sleep = [this](duration x) { slept.push_back(x); };
    result.now = [this] { return time; };
    return result;
  }

  template <class F>
  decltype(auto) run(const retry_config& cfg, F f) {
    return retry_sync(cfg, f, noting(), &told);
  }

  /// Throws until it is called for the `n`th time.
  auto good_at(int n) {
    return [this, n] {
      if (++calls < n)
        throw std::runtime_error("failure " + std::to_string(calls));
      return calls;
    };
  }

  time_point time{1h};
  std::vector<duration> slept;
  retry_report told{-1, retry_stop::guard, 1s};
  int calls = 0;
};

} // namespace

TEST_F(retry_syncs, return_what_a_later_attempt_returns) {
  EXPECT_EQ(run(plain(), good_at(3)), 3);
  EXPECT_EQ(slept, (std::vector<duration>{1s, 2s}));
  EXPECT_EQ(told, (retry_report{3, retry_stop::attempts, {}}));
}

TEST_F(retry_syncs, do_not_repeat_what_is_good) {
  EXPECT_EQ(run(plain(), good_at(1)), 1);
  EXPECT_TRUE(slept.empty());
  EXPECT_EQ(told, (retry_report{1, retry_stop::attempts, {}}));
}

TEST_F(retry_syncs, throw_the_last_exception_as_it_is) {
  try {
    run(plain(), good_at(9));
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "failure 3");
  }
  EXPECT_EQ(told, (retry_report{3, retry_stop::attempts, {}}));
  EXPECT_THROW(run(plain(), []() -> int { throw 42; }), int);
}

TEST_F(retry_syncs, try_returned_errors_again_and_return_the_last) {
  auto busy = std::make_error_code(std::errc::resource_unavailable_try_again);
  auto good = run(plain(), [&]() -> answer {
    return ++calls < 3 ? answer{busy} : answer{7};
  });
  EXPECT_EQ(good.value, 7);
  calls = 0;
  auto bad = run(plain(2), [&]() -> answer {
    ++calls;
    return busy;
  });
  EXPECT_EQ(bad.error(), busy);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(told.attempts, 2);
}

TEST_F(retry_syncs, mix_exceptions_and_errors) {
  auto x = run(plain(), [&]() -> answer {
    if (++calls == 1)
      throw std::runtime_error("first");
    return calls == 2 ? answer{std::make_error_code(std::errc::io_error)}
                      : answer{calls};
  });
  EXPECT_EQ(x.value, 3);
}

TEST_F(retry_syncs, take_functions_of_every_result) {
  run(plain(), [&] { ++calls; });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(retry_sync(plain(), five), 5);
  int& same = run(plain(), [&]() -> int& { return calls; });
  EXPECT_EQ(&same, &calls);
  auto owned = run(plain(), [] { return std::make_unique<int>(3); });
  EXPECT_EQ(*owned, 3);
  EXPECT_EQ(run(plain(), [] { return std::optional<int>{}; }), std::nullopt);
}

TEST_F(retry_syncs, stop_at_lists_and_predicates) {
  auto refused = [&]() -> int {
    ++calls;
    throw std::system_error{
      std::make_error_code(std::errc::connection_refused)};
  };
  auto cfg = plain();
  cfg.dont_retry_on = {"generic:111"};
  EXPECT_THROW(run(cfg, refused), std::system_error);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(told, (retry_report{1, retry_stop::not_retryable, {}}));
  cfg = plain();
  cfg.retry_on = {"generic"};
  EXPECT_THROW(run(cfg, refused), std::system_error);
  EXPECT_EQ(calls, 4);
  EXPECT_THROW(run(cfg, good_at(9)), std::runtime_error);
  EXPECT_EQ(calls, 5);
  auto x = noting();
  x.retry_if = [](const std::exception_ptr& e) {
    return !is_any_of<std::invalid_argument>(e);
  };
  auto wrong = [&]() -> int {
    ++calls;
    throw std::invalid_argument{"no number"};
  };
  EXPECT_THROW(retry_sync(plain(), wrong, x, &told), std::invalid_argument);
  EXPECT_EQ(calls, 6);
  EXPECT_EQ(told.why, retry_stop::not_retryable);
  EXPECT_THROW(retry_sync(plain(), good_at(99), x), std::runtime_error);
  EXPECT_EQ(calls, 9);
}

TEST_F(retry_syncs, predicates_that_throw_end_it_with_the_real_exception) {
  auto x = noting();
  x.retry_if = [](const std::exception_ptr&) -> bool { throw 1; };
  EXPECT_THROW(retry_sync(plain(), good_at(9), x), std::runtime_error);
  EXPECT_EQ(calls, 1);
}

TEST_F(retry_syncs, never_repeat_what_a_guard_turned_away) {
  EXPECT_THROW(run(plain(),
                   [&]() -> int {
                     ++calls;
                     throw errc_error{errc::circuit_open};
                   }),
               errc_error);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(told.why, retry_stop::not_retryable);
}

namespace {

struct wait_for : std::runtime_error, telling_failure {
  explicit wait_for(duration x) : std::runtime_error("busy"), delay(x) {}

  failure_facts facts() const override {
    return {"shop", 503, {}, delay};
  }

  duration delay;
};

} // namespace

TEST_F(retry_syncs, wait_as_long_as_they_are_asked_to) {
  EXPECT_THROW(run(plain(), []() -> int { throw wait_for{30s}; }), wait_for);
  EXPECT_EQ(slept, (std::vector<duration>{30s, 30s}));
  EXPECT_EQ(told, (retry_report{3, retry_stop::attempts, 30s}));
  slept.clear();
  EXPECT_THROW(run(plain(), []() -> int { throw wait_for{2min}; }), wait_for);
  EXPECT_EQ(told, (retry_report{1, retry_stop::hint, 2min}));
  run(plain(), [&] {
    if (++calls == 1)
      throw wait_for{1ms};
  });
  EXPECT_EQ(slept, (std::vector<duration>{1s}));
  EXPECT_EQ(told, (retry_report{2, retry_stop::attempts, {}}));
}

TEST_F(retry_syncs, share_a_budget_through_their_retrier) {
  auto cfg = plain(1000);
  cfg.budget = {.capacity = 5, .per_call = 0, .per_second = 1};
  retrier r{cfg, noting()};
  EXPECT_THROW(r.run(good_at(10'000), &told), std::runtime_error);
  EXPECT_EQ(told, (retry_report{6, retry_stop::budget, {}}));
  EXPECT_THROW(r.run(good_at(10'000), &told), std::runtime_error);
  EXPECT_EQ(told.attempts, 1);
  time += 2s;
  EXPECT_THROW(r.run(good_at(10'000), &told), std::runtime_error);
  EXPECT_EQ(told.attempts, 3);
}

TEST_F(retry_syncs, earn_their_budget_by_calls) {
  auto cfg = plain(1000);
  cfg.budget = {.capacity = 5, .per_call = 1, .per_second = 0};
  retrier r{cfg, noting()};
  EXPECT_THROW(r.run(good_at(10'000), &told), std::runtime_error);
  EXPECT_EQ(told.attempts, 6);
  EXPECT_THROW(r.run(good_at(10'000), &told), std::runtime_error);
  EXPECT_EQ(told.attempts, 2);
}

TEST_F(retry_syncs, refuse_bad_settings_and_null_functions) {
  auto cfg = plain(0);
  cfg.backoff.exponential_base = std::numeric_limits<double>::quiet_NaN();
  cfg.backoff.max_delay = -1s;
  cfg.retry_on = {"", "two words"};
  try {
    run(cfg, good_at(1));
    FAIL();
  } catch (const invalid_config_error& e) {
    std::string text = e.what();
    for (auto path :
         {"retry.max_attempts", "retry.backoff.exponential_base",
          "retry.backoff.max_delay", "retry.retry_on[0]", "retry.retry_on[1]"})
      EXPECT_NE(text.find(path), std::string::npos) << text;
  }
  EXPECT_EQ(calls, 0);
  EXPECT_THROW(run(plain(), std::function<int()>{}), invalid_config_error);
  EXPECT_THROW(run(plain(), static_cast<int (*)()>(nullptr)),
               invalid_config_error);
}

TEST_F(retry_syncs, a_sleeper_that_throws_is_heard) {
  retry_sync_hooks x;
  x.sleep = [](duration) { throw std::string{"the end is near"}; };
  retry_report report{.attempts = 99};
  EXPECT_THROW(retry_sync(plain(), good_at(9), x, &report), std::string);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(report.attempts, 1);
}

TEST_F(retry_syncs, wait_for_real_unless_told_otherwise) {
  auto cfg = plain();
  cfg.backoff.initial_delay = 1ms;
  auto began = clock::now();
  EXPECT_EQ(retry_sync(cfg, good_at(3)), 3);
  EXPECT_GE(clock::now() - began, 3ms);
}

TEST_F(retry_syncs, many_threads_share_a_retrier) {
  auto cfg = plain(2);
  cfg.backoff.initial_delay = 0s;
  cfg.budget = {.capacity = 100, .per_call = 0, .per_second = 0};
  retrier r{cfg, {.sleep = [](duration) {}}};
  std::atomic<int> attempts{0};
  auto fail = [&] {
    for (int i = 0; i < 100; ++i)
      EXPECT_THROW(r.run([&] {
        ++attempts;
        throw 1;
      }),
                   int);
  };
  run_together({fail, fail, fail});
  EXPECT_EQ(attempts, 400);
}

} // namespace resilience::test
