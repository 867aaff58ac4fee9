// Scripted targets do what they are told and tell what they saw.
#include "support/testing_fixture.hpp"

#include <stdexcept>
#include <tuple>
#include <vector>

namespace resilience::test {

namespace {

/// Lets everything through, but for what ends by itself.
policy transparent() {
  policy result;
  result.breaker = std::nullopt;
  result.timeout = timeout_config{.limit = 1h};
  return result;
}

// -- reactions ----------------------------------------------------------------

TEST_F(testing_support, the_script_goes_in_order_and_then_otherwise) {
  bank.next(reaction::answer(int32_t{1}))
    .next(reaction::error(caf::sec::runtime_error), 2)
    .next(reaction::answer(int32_t{4}), 0)
    .otherwise(reaction::answer(int32_t{9}));
  EXPECT_EQ(bank.left(), 3u);
  EXPECT_EQ(ask().value(), 1);
  EXPECT_TRUE(ask().is(caf::sec::runtime_error));
  EXPECT_TRUE(ask().is(caf::sec::runtime_error));
  EXPECT_EQ(ask().value(), 9);
  EXPECT_EQ(ask().value(), 9);
  EXPECT_EQ(bank.left(), 0u);
  EXPECT_EQ(bank.requests(), 5u);
}

TEST_F(testing_support, the_rest_of_a_script_can_be_forgotten) {
  bank.next(reaction::silence(), 5).otherwise(reaction::answer(int32_t{1}));
  bank.forget();
  EXPECT_TRUE(ask().ok());
}

TEST_F(testing_support, answers_have_any_content) {
  bank.next(reaction::answer(text{"a"}))
    .next(reaction::answer())
    .next(reaction::answer(text{"b"}, int32_t{2}))
    .next(reaction::answer(beat{}));
  EXPECT_EQ(env.ask<text>(bank.handle(), 1.5).value(), "a");
  auto empty = env.ask<void>(bank.handle(), text{"x"}, int32_t{1});
  EXPECT_TRUE(empty.ok());
  empty.value();
  EXPECT_EQ((env.ask<std::tuple<text, int32_t>>(bank.handle(), 1).value()),
            (std::tuple{text{"b"}, int32_t{2}}));
  EXPECT_TRUE(env.ask<beat>(bank.handle(), beat{}).ok());
}

TEST_F(testing_support, an_answer_of_another_type_is_an_error) {
  bank.otherwise(reaction::answer(text{"a"}));
  auto x = ask();
  EXPECT_FALSE(x.ok());
  EXPECT_TRUE(x.is(caf::sec::unexpected_response)) << x.text();
}

TEST_F(testing_support, a_late_answer_comes_on_the_nanosecond) {
  bank.otherwise(reaction::answer(int32_t{1}).after(1'500ms + 1ns));
  auto x = ask();
  EXPECT_TRUE(x.pending());
  EXPECT_EQ(x.text(), "pending");
  EXPECT_FALSE(x.took());
  env.advance(1'500ms);
  EXPECT_TRUE(x.pending());
  env.advance(1ns);
  EXPECT_EQ(x.value(), 1);
  EXPECT_EQ(x.took(), 1'500ms + 1ns);
  EXPECT_EQ(x.answered_at(), env.now());
}

TEST_F(testing_support, delayed_answers_overtake_each_other) {
  bank.next(reaction::answer(int32_t{1}).after(3s))
    .next(reaction::answer(int32_t{2}).after(1s))
    .next(reaction::error(caf::sec::runtime_error).after(2s));
  auto a = ask();
  auto b = ask();
  auto c = ask();
  env.advance(1h);
  EXPECT_EQ(a.took(), 3s);
  EXPECT_EQ(b.took(), 1s);
  EXPECT_EQ(c.took(), 2s);
  EXPECT_TRUE(c.is(caf::sec::runtime_error));
}

TEST_F(testing_support, silence_lasts_until_it_is_released) {
  auto x = ask();
  env.advance(24h * 365);
  EXPECT_TRUE(x.pending());
  bank.release(reaction::answer(int32_t{7}));
  EXPECT_TRUE(x.pending());
  env.run();
  EXPECT_EQ(x.value(), 7);
  EXPECT_EQ(x.took(), 24h * 365);
  EXPECT_TRUE(ask().pending());
}

TEST_F(testing_support, what_is_released_may_wait_again) {
  auto x = ask();
  bank.release(reaction::silence());
  env.run();
  bank.release(reaction::answer(int32_t{7}));
  env.run();
  EXPECT_TRUE(x.ok());
}

TEST_F(testing_support, what_is_released_may_take_its_time) {
  auto x = ask();
  bank.release(reaction::answer(int32_t{7}).after(2s));
  env.run();
  EXPECT_TRUE(x.pending());
  env.advance(2s);
  EXPECT_EQ(x.value(), 7);
  EXPECT_EQ(x.took(), 2s);
}

TEST_F(testing_support, a_target_dies) {
  runtime rt{env.sys};
  auto g = rt.guard(bank.handle(), transparent());
  bank.next(reaction::die().after(2s));
  auto x = env.ask<int32_t>(g, 1);
  auto waits = env.ask<int32_t>(g, 1);
  env.advance(1h);
  EXPECT_TRUE(x.is(errc::target_down)) << x.text();
  EXPECT_EQ(x.took(), 2s);
  EXPECT_EQ(waits.took(), 2s);
  EXPECT_EQ(bank.requests(), 2u);
  EXPECT_TRUE(env.ask<int32_t>(g, 1).is(errc::target_down));
}

TEST_F(testing_support, a_target_is_ended) {
  runtime rt{env.sys};
  auto g = rt.guard(bank.handle(), transparent());
  auto x = env.ask<int32_t>(g, 1);
  bank.end();
  env.run();
  EXPECT_TRUE(x.is(errc::target_down)) << x.text();
  EXPECT_FALSE(ask().ok());
}

TEST_F(testing_support, a_target_throws) {
  runtime rt{env.sys};
  auto g = rt.guard(bank.handle(), transparent());
  bank.next(reaction::raise("told to"));
  auto x = env.ask<int32_t>(g, 1);
  EXPECT_FALSE(x.pending());
  EXPECT_FALSE(x.ok());
  EXPECT_TRUE(env.ask<int32_t>(g, 1).is(errc::target_down));
}

TEST_F(testing_support, a_function_that_throws_is_a_handler_that_throws) {
  runtime rt{env.sys};
  auto g = rt.guard(bank.handle(), transparent());
  bank.next(reaction::function([](const caf::message&) -> caf::message {
    throw std::runtime_error("x");
  }));
  auto x = env.ask<int32_t>(g, 1);
  EXPECT_FALSE(x.pending() || x.ok());
}

TEST_F(testing_support, a_target_answers_twice_and_the_caller_sees_the_first) {
  bank.next(reaction::answer(int32_t{1}).twice())
    .next(reaction::error(caf::sec::runtime_error).twice().after(1s));
  EXPECT_EQ(ask().value(), 1);
  runtime rt{env.sys};
  auto g = rt.guard(bank.handle());
  auto x = env.ask<int32_t>(g, 1);
  env.advance(1s);
  EXPECT_TRUE(x.is(caf::sec::runtime_error));
  EXPECT_EQ(
    env.ask<circuit_metrics>(rt.control(g), get_metrics{}).value().late_answers,
    1u);
}

TEST_F(testing_support, a_dropped_request_is_answered_by_the_guard) {
  runtime rt{env.sys};
  auto g = rt.guard(bank.handle(), {.timeout = timeout_config{.limit = 2s}});
  bank.next(reaction::drop());
  auto x = env.ask<int32_t>(g, 1);
  env.advance(2s);
  EXPECT_TRUE(x.is(errc::timed_out) || x.is(errc::target_down)) << x.text();
}

TEST_F(testing_support, a_function_answers_from_the_request) {
  bank.otherwise(reaction::function(
    [](const caf::message& x) -> caf::expected<caf::message> {
      if (!x.match_elements<int32_t>() || x.get_as<int32_t>(0) < 0)
        return caf::make_error(caf::sec::invalid_argument);
      return caf::make_message(x.get_as<int32_t>(0) + 1);
    }));
  EXPECT_EQ(ask(41).value(), 42);
  EXPECT_TRUE(ask(-1).is(caf::sec::invalid_argument));
}

TEST_F(testing_support, chosen_calls_of_a_real_actor_fail) {
  scripted_target real{env.sys, reaction::answer(int32_t{5})};
  bank.otherwise(reaction::pass_to(real.handle()))
    .next(reaction::error(caf::sec::runtime_error), 2)
    .next(reaction::pass_to(real.handle()).after(3s));
  EXPECT_FALSE(ask().ok());
  EXPECT_FALSE(ask().ok());
  auto late = ask();
  EXPECT_EQ(ask(2).value(), 5);
  env.advance(1min);
  EXPECT_EQ(late.took(), 3s);
  compat::anon_post(bank.handle(), text{"by the way"});
  env.run();
  EXPECT_EQ(real.received_as<text>(), std::vector{text{"by the way"}});
  EXPECT_EQ(real.received_as<int32_t>(), (std::vector{2, 1}));
}

TEST_F(testing_support, bad_reactions_are_refused) {
  EXPECT_THROW(reaction::error(caf::error{}), invalid_config_error);
  EXPECT_THROW(reaction::function(nullptr), invalid_config_error);
  EXPECT_THROW(reaction::pass_to(caf::actor{}), invalid_config_error);
  EXPECT_THROW(reaction::silence().after(-1ns), invalid_config_error);
  EXPECT_THROW(reaction::silence().after(duration::max()),
               invalid_config_error);
  EXPECT_THROW(reaction::silence().twice(), invalid_config_error);
  EXPECT_THROW(reaction::die().twice(), invalid_config_error);
  EXPECT_NO_THROW(reaction::answer().after(0ns).twice());
}

// -- what a target has seen ---------------------------------------------------

TEST_F(testing_support, a_target_records_what_it_was_sent_and_when) {
  auto begin = env.now();
  ask(3);
  env.advance(2s);
  compat::anon_post(bank.handle(), text{"note"}, 2.5);
  env.run();
  ASSERT_EQ(bank.received().size(), 2u);
  auto first = bank.received().front();
  auto last = bank.received().back();
  EXPECT_TRUE(first.wants_answer);
  EXPECT_EQ(first.at, begin);
  EXPECT_FALSE(last.wants_answer);
  EXPECT_EQ(last.at, begin + 2s);
  EXPECT_TRUE((last.content.match_elements<text, double>()));
  EXPECT_EQ(bank.received_as<int32_t>(), std::vector{3});
  EXPECT_EQ(bank.received_as<double>(), std::vector<double>{});
  EXPECT_EQ(bank.requests(), 1u);
  EXPECT_EQ(bank.plain(), 1u);
}

TEST_F(testing_support, records_are_bounded_and_counts_are_not) {
  for (int32_t i = 0; i < 10'100; ++i)
    compat::anon_post(bank.handle(), i);
  env.run();
  EXPECT_EQ(bank.plain(), 10'100u);
  auto kept = bank.received_as<int32_t>();
  ASSERT_EQ(kept.size(), 10'000u);
  EXPECT_EQ(kept.front(), 100);
}

using bank_actor = compat::typed_handle<text(int32_t), int32_t(text)>;

TEST_F(testing_support, a_target_stands_in_for_a_typed_actor) {
  runtime rt{env.sys};
  bank.next(reaction::answer(text{"one"})).next(reaction::answer(int32_t{3}));
  auto g = rt.guard(bank.as<bank_actor>());
  EXPECT_EQ(env.ask<text>(g, int32_t{1}).value(), "one");
  EXPECT_EQ(env.ask<int32_t>(g, text{"two"}).value(), 3);
}

TEST_F(testing_support, a_new_target_goes_on_with_the_script) {
  runtime rt{env.sys};
  bank.next(reaction::die()).otherwise(reaction::answer(int32_t{1}));
  policy p = transparent();
  p.restart = restart_config{
    .backoff = {.initial_delay = 1s, .jitter = jitter_kind::none}};
  hooks x;
  x.respawn = bank.respawn();
  auto g = rt.guard(bank.handle(), p, x);
  EXPECT_TRUE(env.ask<int32_t>(g, 1).is(errc::target_down));
  env.advance(1s);
  EXPECT_EQ(env.ask<int32_t>(g, 1).value(), 1);
  EXPECT_EQ(bank.requests(), 2u);
}

} // namespace

} // namespace resilience::test
