// Requests from plain threads; errors as exceptions and back.
#include "resilience/actors/call.hpp"
#include "resilience/sync/retry_sync.hpp"
#include "resilience/sync/timeout_sync.hpp"

#include "support/actors.hpp"
#include "support/gate.hpp"
#include "support/real_system.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

class calls : public testing::Test {
public:
  ~calls() override {
    caf::anon_send_exit(worker, caf::exit_reason::kill);
  }

  real_system env;
  runtime rt{env.sys};
  std::shared_ptr<target::shared> told = std::make_shared<target::shared>();
  caf::actor worker = env.sys.spawn<target>(told);
  policy p{.name = "worker", .timeout = timeout_config{.limit = 20ms}};
  caf::actor g = rt.guard(worker, p);
};

} // namespace

TEST_F(calls, get_the_answer) {
  EXPECT_EQ(*call<int32_t>(env.sys, g, int32_t{1}), 2);
  EXPECT_EQ(*call<std::string>(env.sys, g, std::string{"text"}), "text");
  EXPECT_TRUE(call<void>(env.sys, g, 1.5f));
  EXPECT_EQ(call<circuit_status>(env.sys, rt.control(g), get_status{})->name,
            "worker");
}

TEST_F(calls, get_the_error) {
  told->how = manner::fail;
  EXPECT_EQ(fault(call<int32_t>(env.sys, g, int32_t{1})),
            caf::sec::runtime_error);
  told->how = manner::keep;
  EXPECT_EQ(fault(call<int32_t>(env.sys, g, int32_t{1})), errc::timed_out);
  EXPECT_EQ(fault(call<int32_t>(env.sys, g, 1.5)),
            caf::sec::unexpected_message);
}

TEST_F(calls, answers_of_another_type_are_an_error) {
  EXPECT_EQ(fault(call<std::string>(env.sys, g, int32_t{1})),
            caf::sec::unexpected_response);
  EXPECT_EQ(fault(call<void>(env.sys, g, int32_t{1})),
            caf::sec::unexpected_response);
  EXPECT_EQ(fault(call<int32_t>(env.sys, g, 1.5f)),
            caf::sec::unexpected_response);
}

TEST_F(calls, to_nobody_are_refused) {
  auto x = call<int32_t>(env.sys, caf::actor{}, int32_t{1});
  EXPECT_EQ(x.error(), errc::invalid_config);
  EXPECT_EQ(detail_of(x.error()), "the handle is null");
}

TEST_F(calls, after_the_end_of_a_guard_are_answered_at_once) {
  caf::anon_send_exit(g, caf::exit_reason::user_shutdown);
  caf::expected<int32_t> x{0};
  do
    x = call<int32_t>(env.sys, g, int32_t{1});
  while (x);
  EXPECT_EQ(x.error(), errc::shutting_down);
  EXPECT_EQ(circuit_of(x.error()), "worker");
}

TEST_F(calls, are_tried_again_by_retry_sync) {
  told->how = manner::fail;
  retry_config cfg{.max_attempts = 3, .backoff = {.initial_delay = 0s}};
  auto ask = [&] { return call<int32_t>(env.sys, g, int32_t{1}); };
  auto x = retry_sync(cfg, ask);
  EXPECT_EQ(x.error(), caf::sec::runtime_error);
  EXPECT_EQ(retries_of(x.error())->attempts, 3);
  cfg.dont_retry_on = {"caf::sec:runtime_error"};
  x = retry_sync(cfg, ask);
  EXPECT_EQ(retries_of(x.error())->why, retry_stop::not_retryable);
  cfg.dont_retry_on.clear();
  x = retry_sync(cfg, ask); // opens the circuit
  EXPECT_EQ(x.error(), errc::circuit_open);
  EXPECT_EQ(retries_of(x.error())->attempts, 2);
  EXPECT_TRUE(retry_after(x.error()).has_value());
  retry_report report;
  auto thrown = [&] {
    auto y = ask();
    if (!y)
      throw_call_error(y.error(), text_of(env.sys, y.error()));
  };
  EXPECT_THROW(retry_sync(cfg, thrown, {}, &report), circuit_open_error);
  EXPECT_EQ(report.attempts, 1);
}

TEST_F(calls, functions_of_errors_time_out_with_one) {
  auto door = std::make_shared<gate>();
  auto x = timeout_sync(1ms, [door]() -> caf::expected<int> {
    door->pass();
    return 1;
  });
  EXPECT_EQ(x.error(), errc::timed_out);
  EXPECT_EQ(detail_of(x.error()), "the target did not answer in time: the "
                                  "function took longer than 1ms");
  door->open();
  ASSERT_TRUE(door->wait_for_inside(0));
}

// -- errors and exceptions ----------------------------------------------------

TEST_F(calls, errors_keep_their_words_as_exceptions) {
  auto open = make_error(errc::circuit_open, "pages", duration{90s});
  try {
    throw_call_error(open, text_of(env.sys, open));
  } catch (const call_error& e) {
    EXPECT_EQ(e.error(), open);
    EXPECT_EQ(e.what(), compat::render(env.sys, open));
    EXPECT_TRUE(e.facts().rejected);
    EXPECT_EQ(e.facts().hint, duration{90s});
    EXPECT_NE(dynamic_cast<const circuit_open_error*>(&e), nullptr);
  }
  auto late = make_error(errc::timed_out, "pages", std::string{"by hand"});
  auto text = text_of(env.sys, late);
  EXPECT_NE(text.find("by hand"), std::string::npos);
  try {
    throw_call_error(late, text);
  } catch (const call_error& e) {
    EXPECT_EQ(dynamic_cast<const circuit_open_error*>(&e), nullptr);
    EXPECT_EQ(e.facts().summary(), "resilience:timed_out: by hand");
    auto back = to_error(std::current_exception());
    EXPECT_EQ(back, late);
    EXPECT_EQ(detail_of(back), "by hand");
  }
}

TEST_F(calls, exceptions_keep_their_words_as_errors) {
  auto made = [](auto e) { return std::make_exception_ptr(std::move(e)); };
  auto x = to_error(made(std::runtime_error{"a \"word\""}));
  EXPECT_EQ(x, caf::sec::runtime_error);
  EXPECT_EQ(text_of(env.sys, x), "a \"word\"");
  auto reported = with_report(x, {3, retry_stop::attempts, {}});
  EXPECT_EQ(text_of(env.sys, reported), "a \"word\"");
  auto ours = to_error(made(errc_error{errc::timed_out, "5s"}));
  EXPECT_EQ(ours, errc::timed_out);
  EXPECT_NE(detail_of(ours).find("5s"), std::string::npos);
  // An exception of an error that says nothing still is one.
  auto empty = to_error(made(call_error{{}, "nobody knows"}));
  EXPECT_EQ(text_of(env.sys, empty), "nobody knows");
}

TEST_F(calls, errors_of_others_are_rendered) {
  EXPECT_EQ(
    text_of(env.sys, caf::make_error(caf::sec::invalid_argument)),
    compat::render(env.sys, caf::make_error(caf::sec::invalid_argument)));
  auto two = caf::make_error(caf::sec::runtime_error, std::string{"type"},
                             std::string{"text"});
  EXPECT_EQ(text_of(env.sys, two), compat::render(env.sys, two));
  EXPECT_EQ(text_of(env.sys, {}), compat::render(env.sys, {}));
}

} // namespace resilience::test
