// The guide's chapters "Retry Pattern" and "Timeout Pattern".
#include "from_the_guide/fixture.hpp"
#include "support/gate.hpp"

#include <resilience/json/policy_json.hpp>
#include <resilience/sync/retry_sync.hpp>
#include <resilience/sync/timeout_sync.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace resilience::test {

namespace {

TEST_F(guide, with_retry) {
  policy p{.name = "service"};
  p.retry = retry_config{.max_attempts = 3};
  p.retry->backoff.initial_delay = 1s;
  p.retry->backoff.kind = backoff_kind::exponential;
  auto unreliable = rt.guard(service, p);
  target.next(reaction::error(caf::sec::runtime_error), 2);
  auto answer = env.ask<std::string>(unreliable, 1);
  env.advance(3s); // at most 1 s and 2 s
  EXPECT_EQ(answer.value(), "fresh");
  EXPECT_EQ(target.requests(), 3u);
}

TEST_F(guide, retry_config) {
  retry_config config{.max_attempts = 5};
  config.backoff.initial_delay = 500ms;
  config.backoff.max_delay = 30s;
  config.backoff.exponential_base = 2.0;
  config.backoff.jitter = jitter_kind::full;
  policy p;
  p.retry = config;
  auto json = R"({"retry": {"max_attempts": 5, "initial_delay": 0.5,
                            "max_delay": 30, "exponential_base": 2,
                            "jitter": true}})";
  policy read;
  auto found = parse_json(json, read);
  EXPECT_EQ(found, faults{});
  EXPECT_EQ(read, p);
}

TEST_F(guide, fixed_delays) {
  policy p;
  p.retry = retry_config{};
  p.retry->backoff.kind = backoff_kind::constant;
  p.retry->backoff.jitter = jitter_kind::none;
  auto said = warnings(p);
  EXPECT_EQ(said.size(), 1u);
}

TEST_F(guide, retry_filters) {
  policy p;
  p.retry = retry_config{.max_attempts = 3};
  p.retry->retry_on = {"resilience:timed_out", "resilience:target_down"};
  p.retry->dont_retry_on = {"caf::sec:invalid_argument"};
  auto api = rt.guard(service, p);
  target.next(reaction::error(caf::sec::invalid_argument));
  EXPECT_TRUE(env.ask<int>(api, 1).is(caf::sec::invalid_argument));
  EXPECT_EQ(target.requests(), 1u);
  target.next(reaction::silence());
  auto answer = env.ask<std::string>(api, 1);
  env.advance(31s);
  EXPECT_EQ(answer.value(), "fresh");
}

TEST(guide_sync, retry_filters) {
  auto brief = [](auto& x) { return is_any_of<std::system_error>(x); };
  retrier again{{.max_attempts = 3}, {.retry_if = brief}};
  auto asked = 0;
  auto wrong_key = [&] {
    ++asked;
    throw std::out_of_range("no such key");
  };
  EXPECT_THROW(again.run(wrong_key), std::out_of_range);
  EXPECT_EQ(asked, 1);
}

TEST(guide_sync, retry) {
  auto asked = 0;
  auto get = [&](const std::string& url) {
    if (++asked < 2)
      throw std::runtime_error("no route");
    return "page of " + url;
  };
  auto sync_operation = [&] { return get("https://api.example.com/data"); };
  auto page = retry_sync({.max_attempts = 3}, sync_operation);
  EXPECT_EQ(page, "page of https://api.example.com/data");
  EXPECT_EQ(asked, 2);
}

TEST_F(guide, with_timeout) {
  policy p;
  p.timeout = timeout_config{.limit = 10s};
  p.timeout->total = 30s;
  p.timeout->on_timeout = timeout_action::raise;
  auto slow = rt.guard(service, p);
  target.otherwise(reaction::silence());
  auto answer = env.ask<std::string>(slow, 1);
  env.advance(10s);
  EXPECT_TRUE(answer.is(errc::timed_out));
}

TEST_F(guide, timeout_with_nothing) {
  policy p{.timeout = timeout_config{.limit = 5s}};
  p.timeout->on_timeout = timeout_action::return_none;
  auto api = rt.guard(service, p);
  target.otherwise(reaction::silence());
  auto answer = env.ask<void>(api, 1);
  env.advance(5s);
  EXPECT_TRUE(answer.ok());
}

TEST_F(guide, timeout_with_fallback) {
  policy p{.timeout = timeout_config{.limit = 5s}};
  std::string late{"timeout"};
  p.timeout->on_timeout = timeout_action::return_default;
  auto api = rt.guard(service, p, {.default_value = caf::make_message(late)});
  target.otherwise(reaction::silence());
  auto answer = env.ask<std::string>(api, 1);
  env.advance(5s);
  EXPECT_EQ(answer.value(), "timeout");
  EXPECT_THROW(rt.guard(service, p), invalid_config_error);
}

TEST(guide_sync, timeout) {
  auto blocking_operation = [] { return 42; };
  auto page = timeout_sync(30s, blocking_operation);
  EXPECT_EQ(page, 42);
  auto door = std::make_shared<gate>();
  auto hang = [door] {
    door->pass();
    return 42;
  };
  timeout_config config{.limit = 1ms};
  EXPECT_THROW(timeout_sync(config, hang), errc_error);
  config.on_timeout = timeout_action::return_default;
  EXPECT_EQ(timeout_sync(config, hang, -1), -1);
  door->open();
  ASSERT_TRUE(door->wait_for_inside(0));
}

} // namespace

} // namespace resilience::test
