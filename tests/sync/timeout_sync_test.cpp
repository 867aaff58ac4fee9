// Time limits on real threads: functions that hang hold up nobody.
#include "resilience/sync/retry_sync.hpp"
#include "resilience/sync/timeout_sync.hpp"

#include "support/gate.hpp"
#include "support/threads.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

/// A value or one of our errors.
struct answer {
  answer(int x) : value(x) {} // NOLINT: as std::expected
  answer(errc e) : code(e) {} // NOLINT

  explicit operator bool() const {
    return code == errc::none;
  }

  errc error() const {
    return code;
  }

  int value = 0;
  errc code = errc::none;
};

} // namespace

} // namespace resilience::test

namespace resilience {

template <>
struct error_traits<errc> {
  static errc make(errc x, const std::string&) {
    return x;
  }
};

} // namespace resilience

namespace resilience::test {

namespace {

class timeout_syncs : public testing::Test {
public:
  ~timeout_syncs() override {
    door->open();
    EXPECT_TRUE(wait_for_threads(before));
  }

  auto hanging() {
    return [door = door] {
      door->pass();
      return 1;
    };
  }

  static timeout_config brief(timeout_action x = timeout_action::raise) {
    return {.limit = 1ms, .on_timeout = x};
  }

  size_t before = thread_count();
  std::shared_ptr<gate> door = std::make_shared<gate>();
};

} // namespace

TEST_F(timeout_syncs, return_what_is_in_time) {
  EXPECT_EQ(timeout_sync(1h, [] { return 42; }), 42);
  EXPECT_EQ(timeout_sync(1h, [] { return std::string{"text"}; }), "text");
  EXPECT_EQ(*timeout_sync(1h, [] { return std::make_unique<int>(1); }), 1);
  auto ran = std::make_shared<std::atomic<bool>>(false);
  timeout_sync(1h, [ran] { *ran = true; });
  EXPECT_TRUE(*ran);
  EXPECT_EQ(timeout_sync(
              {.limit = 1h}, [] { return 1; }, 2),
            1);
}

TEST_F(timeout_syncs, throw_when_it_takes_too_long) {
  try {
    timeout_sync(1ms, hanging());
    FAIL();
  } catch (const errc_error& e) {
    EXPECT_EQ(e.code(), errc::timed_out);
    EXPECT_STREQ(e.what(), "the target did not answer in time: the function "
                           "took longer than 1ms");
  }
  EXPECT_THROW(timeout_sync({.limit = 1h, .total = 1ms}, hanging()),
               errc_error);
}

TEST_F(timeout_syncs, throw_what_the_function_throws) {
  try {
    timeout_sync(1h, []() -> int { throw std::out_of_range("beyond"); });
    FAIL();
  } catch (const std::out_of_range& e) {
    EXPECT_STREQ(e.what(), "beyond");
  }
  EXPECT_THROW(timeout_sync(1h, [] { throw 1; }), int);
}

TEST_F(timeout_syncs, substitute_what_is_late) {
  using action = timeout_action;
  EXPECT_EQ(timeout_sync(brief(action::return_default), hanging(), 7), 7);
  EXPECT_EQ(timeout_sync(
              brief(action::return_default),
              [f = hanging()] {
                f();
                return std::string{};
              },
              "nothing"),
            "nothing");
  EXPECT_EQ(timeout_sync(brief(action::return_none),
                         [f = hanging()] { return std::optional{f()}; }),
            std::nullopt);
  timeout_sync(brief(action::return_none), [f = hanging()] { f(); });
  EXPECT_THROW(timeout_sync(brief(), hanging(), 7), errc_error);
}

TEST_F(timeout_syncs, return_an_error_where_the_result_can_hold_it) {
  auto x = timeout_sync(1ms, [f = hanging()] { return answer{f()}; });
  EXPECT_EQ(x.error(), errc::timed_out);
  EXPECT_EQ(timeout_sync(1h, [] { return answer{3}; }).value, 3);
}

TEST_F(timeout_syncs, refuse_what_cannot_be) {
  auto text = [](auto f) -> std::string {
    try {
      f();
    } catch (const invalid_config_error& e) {
      return e.what();
    }
    return {};
  };
  auto f = [] { return 1; };
  using action = timeout_action;
  EXPECT_EQ(text([&] { timeout_sync(0s, f); }),
            "timeout.limit must be between 1ms and 8760h, is 0s");
  EXPECT_NE(text([&] { timeout_sync(-1h, f); }), "");
  EXPECT_NE(text([&] { timeout_sync(duration::max(), f); }), "");
  EXPECT_EQ(text([&] {
              timeout_sync({.limit = 0s, .on_timeout = action::return_none}, f);
            }),
            "timeout.limit must be between 1ms and 8760h, is 0s; "
            "timeout.on_timeout must not be return_none: the result is neither "
            "void nor optional");
  EXPECT_EQ(text([&] { timeout_sync(brief(action::return_default), f); }),
            "timeout.on_timeout is return_default and needs a default value");
  EXPECT_EQ(text([&] { timeout_sync(1h, std::function<int()>{}); }),
            "the function with a time limit is null");
}

TEST_F(timeout_syncs, keep_what_a_late_function_captures_until_it_returns) {
  auto token = std::make_shared<int>(0);
  std::weak_ptr<int> alive = token;
  EXPECT_THROW(
    timeout_sync(1ms, [f = hanging(), x = std::move(token)] { f(); }),
    errc_error);
  EXPECT_FALSE(alive.expired());
  door->open();
  EXPECT_TRUE(eventually([&] { return alive.expired(); }));
}

TEST_F(timeout_syncs, threads_that_hang_are_bounded) {
  std::atomic<int> late{0};
  std::atomic<int> refused{0};
  auto call = [&] {
    for (int i = 0; i < 75; ++i)
      try {
        timeout_sync(1ms, hanging());
      } catch (const errc_error& e) {
        ++(e.code() == errc::timed_out ? late : refused);
      }
  };
  run_together({call, call, call, call});
  EXPECT_EQ(late, 256);
  EXPECT_EQ(refused, 44);
  EXPECT_LE(thread_count(), before + 256);
  door->open();
  ASSERT_TRUE(wait_for_threads(before));
  EXPECT_EQ(timeout_sync(1h, [] { return 1; }), 1);
}

TEST_F(timeout_syncs, are_tried_again_by_retry_sync) {
  retry_report told;
  retry_config cfg{.max_attempts = 2, .backoff = {.initial_delay = 0s}};
  EXPECT_THROW(retry_sync(
                 cfg, [&] { return timeout_sync(1ms, hanging()); }, {}, &told),
               errc_error);
  EXPECT_EQ(told.attempts, 2);
}

TEST_F(timeout_syncs, many_threads_call) {
  std::atomic<int> sum{0};
  auto call = [&] {
    for (int i = 0; i < 200; ++i)
      sum += timeout_sync(1h, [] { return 1; });
  };
  run_together({call, call, call});
  EXPECT_EQ(sum, 600);
}

} // namespace resilience::test
