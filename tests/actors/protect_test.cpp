// Functions behind a guard: what their callers get.
#include "resilience/actors/protect.hpp"

#include "support/real_system.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace resilience::test {

using namespace std::chrono_literals;

namespace {

/// CAF does not know it.
struct order {
  std::string what;
  std::vector<int> numbers;
};

order doubled(const order& x, int times) {
  auto result = x;
  result.numbers.resize(x.numbers.size() * static_cast<size_t>(times));
  return result;
}

class protect_calls : public testing::Test {
public:
  policy named(std::string name) {
    policy result;
    result.name = std::move(name);
    result.breaker = breaker_config{.failure_threshold = 3, .cooldown = 1h};
    return result;
  }

  template <class T>
  static std::string what_of(const T& call) {
    try {
      call();
    } catch (const call_error& e) {
      return e.what();
    }
    return "nothing thrown";
  }

  circuit_metrics metrics(const std::string& name) {
    return rt.metrics_of(name);
  }

  real_system env;
  runtime rt{env.sys};
};

} // namespace

// Alone in a message they would be taken for what CAF or the guard says.
TEST_F(protect_calls, values_that_are_messages_of_their_own_are_values_here) {
  auto ended = protect(rt, named("down"),
                       [](caf::down_msg x) { return to_string(x.reason); });
  EXPECT_EQ(ended.call(caf::down_msg{
              {}, make_error(errc::timed_out, "a", std::string{})}),
            to_string(make_error(errc::timed_out, "a", std::string{})));
  auto code = protect(rt, named("error"),
                      [](caf::error x) { return static_cast<int>(x.code()); });
  EXPECT_EQ(code.call(make_error(errc::timed_out, "a", std::string{})),
            static_cast<int>(errc::timed_out));
  auto same = protect(rt, named("same"), [](caf::message x) { return x; });
  auto got = same.call(caf::make_message(int32_t{1}, int32_t{2}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->size(), 2u);
  auto asks = protect(rt, named("asks"), [](get_status) { return 7; });
  EXPECT_EQ(asks.call(get_status{}), 7);
}

TEST_F(protect_calls, return_what_the_function_returns) {
  auto greet = protect(rt, {}, [](std::string x) { return "hello " + x; });
  EXPECT_EQ(greet.value("you"), "hello you");
  EXPECT_EQ(*greet.call("me"), "hello me");
  auto copy = greet;
  EXPECT_EQ(copy.value("all"), "hello all");
  auto seven = protect(rt, {}, [] { return 7; });
  EXPECT_EQ(seven.value(), 7);
  auto ran = std::make_shared<std::atomic<int>>(0);
  auto run = protect(rt, {}, [ran](int x) { *ran += x; });
  run.value(3);
  EXPECT_TRUE(run.call(4));
  EXPECT_EQ(*ran, 7);
}

TEST_F(protect_calls, carry_types_that_caf_does_not_know) {
  auto f = protect(rt, {}, &doubled);
  auto x = f.value({"tea", {1, 2}}, 2);
  EXPECT_EQ(x.what, "tea");
  EXPECT_EQ(x.numbers.size(), 4u);
  auto m = protect(rt, {}, [](const std::map<std::string, order>& all) {
    return std::pair{all.size(), all.at("x")};
  });
  EXPECT_EQ(m.value({{"x", {"salt", {}}}}).second.what, "salt");
}

TEST_F(protect_calls, take_functions_of_every_form) {
  std::function<int(int)> wrapped = [](int x) { return x + 1; };
  EXPECT_EQ(protect(rt, {}, wrapped).value(1), 2);
  auto generic = [](auto x, auto y) { return x + y; };
  EXPECT_EQ((protect<int(int, int)>(rt, {}, generic).value(1, 2)), 3);
  auto changes = [](std::string& x, std::string&& y, const int& z) {
    x += y;
    return x + std::to_string(z);
  };
  EXPECT_EQ(protect(rt, {}, changes).value("a", "b", 1), "ab1");
}

TEST_F(protect_calls, expected_results_are_values_and_errors) {
  auto f = protect(rt, named("x"), [](int x) -> caf::expected<int> {
    if (x < 0)
      return caf::make_error(caf::sec::invalid_argument);
    return x;
  });
  EXPECT_EQ(*f.call(3), 3);
  EXPECT_EQ(fault(f.call(-1)), caf::sec::invalid_argument);
  EXPECT_EQ(metrics("x").failures, 1u);
  auto g = protect(rt, {}, [](bool ok) -> caf::expected<void> {
    if (!ok)
      return caf::make_error(caf::sec::invalid_argument);
    return {};
  });
  EXPECT_TRUE(g.call(true));
  EXPECT_EQ(fault(g.call(false)), caf::sec::invalid_argument);
}

TEST_F(protect_calls, exceptions_are_errors_and_back_with_their_whole_text) {
  const std::string odd = "line\n\"two\" \\ and a tab\t";
  auto f = protect(rt, {}, [odd]() -> int { throw std::runtime_error(odd); });
  auto x = f.call();
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(), caf::sec::runtime_error);
  EXPECT_EQ(text_of(env.sys, x.error()), odd);
  EXPECT_EQ(what_of([&] { f.value(); }), odd);
  auto nested = protect(rt, {}, [] {
    try {
      throw std::runtime_error("refused");
    } catch (...) {
      std::throw_with_nested(std::logic_error("no connection"));
    }
  });
  EXPECT_EQ(what_of([&] { nested.value(); }), "no connection: refused");
  auto strange = protect(rt, {}, [] { throw 42; });
  EXPECT_EQ(what_of([&] { strange.value(); }),
            "an exception that is no std::exception");
}

TEST_F(protect_calls, errors_pass_through_a_function_that_throws_them) {
  auto inner = protect(rt, named("inner"),
                       []() -> int { throw std::runtime_error("refused"); });
  auto outer = protect(rt, named("outer"), [inner] { return inner.value(); });
  EXPECT_EQ(what_of([&] { outer.value(); }), "refused");
  for (int i = 0; i < 2; ++i)
    inner.call();
  // Turned away further in: that says nothing about the outer one's upstream.
  auto x = outer.call();
  EXPECT_EQ(x.error(), errc::circuit_open);
  EXPECT_EQ(circuit_of(x.error()), "inner");
  EXPECT_EQ(metrics("outer").failures, 1u);
  EXPECT_EQ(metrics("outer").neutral, 1u);
}

TEST_F(protect_calls, open_the_circuit_and_say_when_to_come_back) {
  auto runs = std::make_shared<std::atomic<int>>(0);
  auto f = protect(rt, named("pages"), [runs]() -> int {
    ++*runs;
    throw std::runtime_error("refused");
  });
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(fault(f.call()), caf::sec::runtime_error);
  EXPECT_EQ(fault(f.call()), errc::circuit_open);
  EXPECT_EQ(*runs, 3);
  try {
    f.value();
    FAIL();
  } catch (const circuit_open_error& e) {
    EXPECT_EQ(e.code(), errc::circuit_open);
    EXPECT_GT(*retry_after(e.error()), 59min);
    EXPECT_NE(std::string{e.what()}.find("circuit_open"), std::string::npos);
  }
  auto last = rt.status_of("pages").last_failure.value().reason;
  EXPECT_NE(last.find("refused"), std::string::npos) << last;
}

TEST_F(protect_calls, retries_are_counted_and_told) {
  auto p = named("retried");
  p.breaker->failure_threshold = 100;
  p.retry = retry_config{.max_attempts = 3, .backoff = {.initial_delay = 0s}};
  auto runs = std::make_shared<std::atomic<int>>(0);
  auto f = protect(rt, p, [runs](int good_at) {
    if (++*runs < good_at)
      throw std::runtime_error("not yet");
    return runs->load();
  });
  EXPECT_EQ(f.value(3), 3);
  auto x = f.call(100);
  EXPECT_EQ(*runs, 6);
  ASSERT_TRUE(retries_of(x.error()).has_value());
  EXPECT_EQ(retries_of(x.error())->attempts, 3);
  EXPECT_EQ(text_of(env.sys, x.error()), "not yet");
  EXPECT_EQ(metrics("retried").failures, 5u);
  EXPECT_EQ(metrics("retried").successes, 1u);
}

TEST_F(protect_calls, each_attempt_has_the_arguments_as_they_were) {
  policy p;
  p.retry = retry_config{.max_attempts = 3, .backoff = {.initial_delay = 0s}};
  auto seen = std::make_shared<std::atomic<int>>(0);
  auto f = protect(rt, p, [seen](std::string& x, order& y) -> std::string {
    x += "!";
    y.numbers.push_back(1);
    if (++*seen < 3)
      throw 1;
    return x + std::to_string(y.numbers.size());
  });
  EXPECT_EQ(f.value("a", {}), "a!1");
}

TEST_F(protect_calls, fall_back_to_a_value) {
  auto fails = []() -> std::string { throw std::runtime_error("x"); };
  auto f =
    protect(rt, {}, fails, {},
            {.fallback = fallback::value(std::string{"from the cache"})});
  EXPECT_EQ(f.value(), "from the cache");
  auto g = protect(rt, {}, []() -> order { throw std::runtime_error("x"); }, {},
                   {.fallback = fallback::value(to_wire(order{"tea", {}}))});
  EXPECT_EQ(g.value().what, "tea");
}

TEST_F(protect_calls, substitutes_of_another_type_are_an_error) {
  auto f = protect(rt, {}, []() -> std::string { throw 1; }, {},
                   {.fallback = fallback::value(int32_t{1})});
  EXPECT_EQ(fault(f.call()), caf::sec::unexpected_response);
  auto g = protect(rt, {}, []() -> order { throw 1; }, {},
                   {.fallback = fallback::value(to_wire(std::vector<int>{}))});
  EXPECT_EQ(fault(g.call()), caf::sec::unexpected_response);
}

TEST_F(protect_calls, can_be_asked_by_actors) {
  auto f =
    protect(rt, {}, [](std::string x, int y) { return x + std::to_string(y); });
  caf::scoped_actor self{env.sys};
  std::string got;
  compat::request(self, f.handle(), caf::infinite, std::string{"a"}, 1)
    .receive([&](const std::string& x) { got = x; },
             [&](const caf::error& e) { got = compat::render(env.sys, e); });
  EXPECT_EQ(got, "a1");
  auto any = caf::actor_cast<caf::actor>(f.handle());
  EXPECT_EQ(fault(call<std::string>(env.sys, any, 1.5)),
            caf::sec::unexpected_message);
  auto foreign = protect(rt, {}, [](const order& x) { return x; });
  auto other = to_wire(std::vector<int>{});
  EXPECT_EQ(fault(call<opaque_value>(env.sys, foreign.handle(), other)),
            caf::sec::unexpected_message);
}

TEST_F(protect_calls, run_for_messages_that_want_no_answer) {
  std::promise<int> got;
  auto f = protect(rt, {}, [&](int x) { got.set_value(x); });
  compat::anon_post(f.handle(), 5);
  EXPECT_EQ(got.get_future().get(), 5);
}

TEST_F(protect_calls, are_steered_like_any_guard) {
  auto f = protect(rt, named("steered"), [] { return 1; });
  auto b = rt.control(f.handle());
  EXPECT_EQ(call<circuit_status>(env.sys, b, isolate{})->state,
            circuit_state::isolated);
  EXPECT_EQ(fault(f.call()), errc::circuit_isolated);
  EXPECT_THROW(f.value(), circuit_open_error);
  call<circuit_status>(env.sys, b, restore{});
  call<circuit_status>(env.sys, b, reset{});
  EXPECT_EQ(f.value(), 1);
}

TEST_F(protect_calls, refuse_what_cannot_be_and_name_all_of_it) {
  policy p;
  p.timeout =
    timeout_config{.limit = 0s, .on_timeout = timeout_action::return_default};
  std::string text;
  try {
    protect(rt, p, std::function<int()>{},
            {.max_threads = 0, .max_queue = -1, .idle_time = -1s});
  } catch (const invalid_config_error& e) {
    text = e.what();
  }
  for (auto part :
       {"protect_options.max_threads must be between 1 and 10000, is 0",
        "protect_options.max_queue", "protect_options.idle_time",
        "the function to protect is null", "timeout.limit", "default_value"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  auto x = try_protect(rt, {}, static_cast<int (*)()>(nullptr));
  EXPECT_EQ(x.error(), errc::invalid_config);
  EXPECT_EQ(detail_of(x.error()), "the function to protect is null");
  p = {};
  p.max_in_flight = 0;
  EXPECT_THROW(protect(rt, p, [] {}), invalid_config_error);
  EXPECT_EQ(fault(try_protect(rt, p, [] {})), errc::invalid_config);
  protect_options most{
    .max_threads = 10'000, .max_queue = 1'000'000, .idle_time = 24h * 365};
  EXPECT_TRUE(validate(most).empty());
  ++most.max_threads;
  ++most.max_queue;
  most.idle_time += 1ns;
  EXPECT_EQ(validate(most).size(), 3u);
}

TEST_F(protect_calls, only_void_functions_may_return_none_when_late) {
  policy p;
  p.timeout = timeout_config{.on_timeout = timeout_action::return_none};
  EXPECT_TRUE(try_protect(rt, p, [] {}));
  EXPECT_EQ(fault(try_protect(rt, p, [] { return 1; })), errc::invalid_config);
}

} // namespace resilience::test
