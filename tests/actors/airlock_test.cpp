// Airlocks. What can go wrong for a user: what must not be repeated is, a rate
// limit is not waited out, a fallback hides that the agent is ill, a caller
// cannot tell it from an answer.
#include "resilience/actors/airlock.hpp"

#include "support/guard_fixture.hpp"

#include <caf/scoped_actor.hpp>

#include <deque>

namespace resilience::test {

namespace {

/// Answers with these errors, one after the other, then `x + 1`.
class moody : public compat::actor_base {
public:
  struct shared {
    std::deque<caf::error> script;
    int asked = 0;
  };

  moody(caf::actor_config& cfg, std::shared_ptr<shared> state)
    : compat::actor_base(cfg), state_(std::move(state)) {}

  caf::behavior make_behavior() override {
    return {[this](int32_t x) -> caf::result<int32_t> {
      ++state_->asked;
      if (state_->script.empty())
        return x + 1;
      auto e = std::move(state_->script.front());
      state_->script.pop_front();
      return e;
    }};
  }

private:
  std::shared_ptr<shared> state_;
};

class airlock_of : public guard_fixture {
public:
  static caf::error limited(duration wait = 3s) {
    return make_error(errc::rate_limited, "upstream", wait);
  }

  static airlock_config answering(int32_t x) {
    airlock_config result;
    result.fallback_response = caf::make_message(x);
    return result;
  }

  ~airlock_of() override {
    caf::anon_send_exit(agent, caf::exit_reason::kill);
  }

  /// Its next answers.
  void will_say(std::deque<caf::error> errors) {
    mood->script = std::move(errors);
    mood->asked = 0;
  }

  /// A number, and whether it came from the guard itself.
  struct answer {
    int32_t value = 0;
    caf::error error{};
    bool by_guard = false;
    int answers = 0;
  };

  template <class Handle>
  std::shared_ptr<answer> tell(const Handle& to) {
    auto result = std::make_shared<answer>();
    user.run([=](caller* me) {
      compat::request(me, to, caf::infinite, int32_t{1})
        .then(
          [=](int32_t x) {
            *result = {x, {}, answered_by_guard(me), result->answers + 1};
          },
          [=](caf::error& e) {
            *result = {0, std::move(e), answered_by_guard(me),
                       result->answers + 1};
          });
    });
    env.run();
    return result;
  }

  std::shared_ptr<moody::shared> mood = std::make_shared<moody::shared>();
  caf::actor agent = env.sys.spawn<moody>(mood);
};

// -- settings -----------------------------------------------------------------

TEST_F(airlock_of, its_policy_is_a_value) {
  auto p = airlock_policy({});
  EXPECT_EQ(validate(p), faults{});
  EXPECT_EQ(warnings(p), std::vector<std::string>{});
  EXPECT_EQ(p.breaker->failure_threshold, 3);
  EXPECT_EQ(p.breaker->cooldown, 60s);
  EXPECT_EQ(p.timeout->limit, 30s);
  EXPECT_EQ(p.retry->retry_on,
            std::vector<std::string>{"resilience:rate_limited"});
  EXPECT_EQ(p.retry->max_attempts, 2);
  EXPECT_TRUE(p.retry->budget);
  EXPECT_FALSE(p.fallback);
  auto q = airlock_policy({.name = "critic",
                           .provider = "acme",
                           .circuit_breaker_threshold = 7,
                           .cooldown = 1s,
                           .timeout = 2s,
                           .total = 9s,
                           .retry_on_rate_limit = false,
                           .fallback_response = caf::make_message(1)});
  policy expected{.name = "critic",
                  .provider = "acme",
                  .breaker =
                    breaker_config{.failure_threshold = 7, .cooldown = 1s},
                  .timeout = timeout_config{.limit = 2s, .total = 9s},
                  .fallback = fallback_config{}};
  EXPECT_EQ(q, expected);
  EXPECT_NE(describe(p).find("resilience:rate_limited"), std::string::npos)
    << describe(p);
}

TEST_F(airlock_of, every_fault_is_told) {
  airlock_config x{.name = std::string(257, 'x'),
                   .circuit_breaker_threshold = 0,
                   .cooldown = 0s,
                   .timeout = -1s,
                   .total = 0s,
                   .rate_limit_errors = {"no good:"},
                   .max_attempts = 1001,
                   .max_wait = -1s,
                   .fallback_response = caf::make_message(
                     caf::make_error(caf::sec::runtime_error))};
  EXPECT_EQ(
    validate(x, "airlock."),
    (faults{
      "airlock.name must have at most 256 bytes, has 257",
      "airlock.circuit_breaker_threshold must be between 1 and 1000000, is 0",
      "airlock.cooldown must be between 1ms and 8760h, is 0s",
      "airlock.timeout must be between 1ms and 8760h, is -1s",
      "airlock.total must be between 1ms and 8760h, is 0s",
      "airlock.max_attempts must be between 1 and 1000, is 1001",
      "airlock.max_wait must be between 0s and 8760h, is -1s",
      "airlock.rate_limit_errors[0] must be category or category:code, is \"no "
      "good:\"",
      "airlock.fallback_response must not be an error",
    }));
  EXPECT_EQ(validate(airlock_config{.rate_limit_errors = {}}),
            faults{"rate_limit_errors must not be empty"})
    << "else everything would be tried again";
  EXPECT_THROW(airlock(rt, agent, x), invalid_config_error);
  EXPECT_THROW(airlock(rt, caf::actor{}), invalid_config_error);
  auto r = try_airlock(rt, agent, x);
  ASSERT_FALSE(r);
  EXPECT_EQ(code_of(r.error()), errc::invalid_config);
  EXPECT_TRUE(try_airlock(rt, agent));
}

// -- rate limits --------------------------------------------------------------

TEST_F(airlock_of, a_rate_limit_is_waited_out) {
  auto safe = airlock(rt, agent);
  will_say({limited(3s)});
  auto r = tell(safe);
  EXPECT_EQ(mood->asked, 1);
  env.advance(2999ms);
  EXPECT_EQ(mood->asked, 1);
  EXPECT_EQ(r->answers, 0);
  // With jitter on top of what was asked for.
  env.advance(4s);
  EXPECT_EQ(r->value, 2);
  EXPECT_EQ(mood->asked, 2);
  EXPECT_EQ(metrics(safe).layers.retries, 1u);
  EXPECT_EQ(metrics(safe).failures, 1u) << "the circuit sees each attempt";
}

TEST_F(airlock_of, nothing_else_is_tried_again) {
  auto safe = airlock(rt, agent, {.circuit_breaker_threshold = 100});
  for (const auto& e :
       {caf::make_error(caf::sec::runtime_error),
        make_error(errc::timed_out, "upstream", std::string{}),
        make_error(errc::circuit_open, "upstream", duration{3s})}) {
    will_say({e});
    auto r = tell(safe);
    EXPECT_EQ(r->error, e);
    env.advance(1h);
    EXPECT_EQ(mood->asked, 1);
  }
}

TEST_F(airlock_of, applications_name_their_own_rate_limits) {
  auto safe =
    airlock(rt, agent, {.rate_limit_errors = {"caf::sec:request_timeout"}});
  will_say({caf::make_error(caf::sec::request_timeout)});
  auto r = tell(safe);
  env.advance(1s); // backoff: nothing asks for more
  EXPECT_EQ(r->value, 2);
  will_say({limited()});
  EXPECT_EQ(tell(safe)->error, errc::rate_limited) << "not on the list";
  EXPECT_EQ(mood->asked, 1);
}

TEST_F(airlock_of, nobody_waits_longer_than_max_wait) {
  auto safe = airlock(rt, agent, {.max_wait = 2s});
  will_say({limited(3s)});
  auto r = tell(safe);
  EXPECT_EQ(r->error, errc::rate_limited);
  EXPECT_EQ(retries_of(r->error)->why, retry_stop::hint);
  EXPECT_EQ(retry_after(r->error), 3s);
  EXPECT_EQ(mood->asked, 1);
}

TEST_F(airlock_of, retries_have_a_budget) {
  auto safe = airlock(rt, agent, {.circuit_breaker_threshold = 1'000'000});
  for (int i = 0; i < 200; ++i) {
    will_say({limited(1ms), limited(1ms)});
    tell(safe);
    env.advance(1ms);
  }
  EXPECT_LE(metrics(safe).layers.retries, 72u) << "30 at first, a fifth, 3/s";
  EXPECT_GE(metrics(safe).layers.retries, 60u);
}

TEST_F(airlock_of, it_can_be_told_not_to_try_again) {
  auto safe = airlock(rt, agent, {.retry_on_rate_limit = false});
  will_say({limited()});
  auto r = tell(safe);
  EXPECT_EQ(r->error, errc::rate_limited);
  EXPECT_EQ(retry_after(r->error), 3s);
  EXPECT_EQ(metrics(safe).failures, 1u);
}

TEST_F(airlock_of, it_waits_for_a_rate_limiter_behind_it) {
  policy slow;
  slow.rate_limiter = rate_limit_config{.rate = 1, .period = 2s, .burst = 1};
  auto safe = airlock(rt, rt.guard(agent, slow));
  EXPECT_EQ(tell(safe)->value, 2);
  auto r = tell(safe);
  EXPECT_EQ(r->answers, 0);
  env.advance(4s);
  EXPECT_EQ(r->value, 2);
  EXPECT_EQ(mood->asked, 2);
}

TEST_F(airlock_of, too_many_rate_limits_open_the_circuit) {
  auto safe = airlock(rt, agent);
  will_say({limited(1ms), limited(1ms), limited(1ms)});
  tell(safe);
  env.advance(1s);
  auto r = tell(safe);
  EXPECT_EQ(state(safe), circuit_state::open);
  env.advance(1s);
  EXPECT_EQ(r->error, errc::rate_limited);
  EXPECT_EQ(retries_of(r->error)->why, retry_stop::circuit);
  EXPECT_EQ(tell(safe)->error, errc::circuit_open);
}

// -- fallbacks ----------------------------------------------------------------

TEST_F(airlock_of, a_fallback_answers_and_is_known_as_one) {
  auto safe = airlock(rt, agent, answering(-1));
  auto r = tell(safe);
  EXPECT_EQ(r->value, 2);
  EXPECT_FALSE(r->by_guard);
  for (int i = 0; i < 3; ++i) {
    will_say({caf::make_error(caf::sec::runtime_error)});
    r = tell(safe);
    EXPECT_EQ(r->value, -1);
    EXPECT_TRUE(r->by_guard);
    EXPECT_EQ(r->answers, 1);
  }
  EXPECT_EQ(state(safe), circuit_state::open) << "the circuit saw failures";
  r = tell(safe);
  EXPECT_EQ(r->value, -1);
  EXPECT_TRUE(r->by_guard);
  EXPECT_EQ(mood->asked, 1) << "the agent is left in peace";
  auto m = metrics(safe);
  EXPECT_EQ(m.layers.fallbacks, 4u);
  EXPECT_EQ(m.failures, 3u);
  EXPECT_EQ(m.rejected, 1u);
}

TEST_F(airlock_of, errors_tell_whose_they_are_too) {
  auto safe = airlock(rt, agent);
  will_say({caf::make_error(caf::sec::runtime_error)});
  EXPECT_FALSE(tell(safe)->by_guard);
  status_after(rt.control(safe), isolate{});
  EXPECT_TRUE(tell(safe)->by_guard);
}

TEST_F(airlock_of, it_also_answers_for_who_hangs_or_is_dead) {
  told->how = manner::keep;
  auto c = answering(-1);
  c.timeout = 1s;
  auto safe = airlock(rt, worker, c);
  auto r = tell(safe);
  env.advance(1s);
  EXPECT_EQ(r->value, -1);
  EXPECT_TRUE(r->by_guard);
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  env.run();
  EXPECT_EQ(tell(safe)->value, -1);
}

TEST_F(airlock_of, it_answers_for_what_turns_the_agent_away) {
  auto open = make_error(errc::circuit_open, "upstream", duration{3s});
  auto bare = airlock(rt, agent);
  will_say({open});
  EXPECT_EQ(tell(bare)->error, errc::circuit_open);
  EXPECT_EQ(metrics(bare).neutral, 1u);
  auto safe = airlock(rt, agent, answering(-1));
  will_say({open});
  EXPECT_EQ(tell(safe)->value, -1);
  EXPECT_EQ(metrics(safe).failures, 1u);
  will_say({limited(1ms), limited(1ms)});
  auto r = tell(safe);
  env.advance(1s);
  EXPECT_EQ(r->value, -1) << "after the last attempt";
}

// Without an airlock, too: the hook that judges rejections.
TEST_F(airlock_of, a_hook_says_what_a_rejection_means) {
  struct row {
    std::function<outcome(const caf::error&)> judge;
    uint64_t failures;
    uint64_t hook_failures;
  };
  for (const auto& x : {
         row{nullptr, 0, 0},
         row{[](const caf::error&) { return outcome::failure; }, 1, 0},
         row{[](const caf::error&) { return static_cast<outcome>(9); }, 0, 0},
         row{[](const caf::error&) -> outcome { throw 1; }, 0, 1},
       }) {
    hooks h;
    h.judge_rejection = x.judge;
    auto g = rt.guard(agent, quick(), h);
    will_say({limited()});
    EXPECT_EQ(tell(g)->error, errc::rate_limited);
    EXPECT_EQ(metrics(g).failures, x.failures);
    EXPECT_EQ(metrics(g).neutral, 1 - x.failures);
    EXPECT_EQ(metrics(g).layers.hook_failures, x.hook_failures);
  }
}

TEST_F(airlock_of, the_end_of_the_guard_is_told) {
  auto safe = airlock(rt, worker, answering(-1));
  told->how = manner::keep;
  auto r = tell(safe);
  caf::anon_send_exit(safe, caf::exit_reason::user_shutdown);
  env.run();
  EXPECT_EQ(r->error, errc::shutting_down);
}

TEST_F(airlock_of, typed_callers_get_what_their_type_promises) {
  using typed = compat::typed_handle<int32_t(int32_t), void(std::string)>;
  typed safe = airlock(rt, caf::actor_cast<typed>(agent), answering(-1));
  EXPECT_EQ(tell(safe)->value, 2);
  will_say({caf::make_error(caf::sec::runtime_error)});
  auto r = tell(safe);
  EXPECT_EQ(r->value, -1);
  EXPECT_TRUE(r->by_guard);
  airlock_config wrong;
  wrong.fallback_response = caf::make_message(std::string{"sorry"});
  auto refused = try_airlock(rt, caf::actor_cast<typed>(agent), wrong);
  ASSERT_FALSE(refused);
  EXPECT_EQ(detail_of(refused.error()),
            "fallback_response must be an answer that the agent's type "
            "promises");
  EXPECT_TRUE(try_airlock(rt, agent, wrong)) << "untyped, it may be";
}

TEST(airlock_threads, a_scoped_actor_can_tell_a_fallback) {
  caf::actor_system_config cfg;
  resilience::init<caf::id_block::resilience_test>(cfg);
  caf::actor_system sys{cfg};
  runtime rt{sys};
  auto told = std::make_shared<target::shared>();
  auto worker = sys.spawn<target>(told);
  airlock_config c;
  c.fallback_response = caf::make_message(int32_t{-1});
  auto safe = airlock(rt, worker, c);
  caf::scoped_actor self{sys};
  for (auto how : {manner::answer, manner::fail, manner::answer}) {
    told->how = how;
    auto by_guard = how == manner::answer;
    compat::request(self, safe, caf::infinite, int32_t{1})
      .receive([&](int32_t) { by_guard = answered_by_guard(self); },
               [](const caf::error& e) { FAIL() << to_string(e); });
    EXPECT_EQ(by_guard, how == manner::fail);
  }
  caf::anon_send_exit(worker, caf::exit_reason::kill);
}

} // namespace

} // namespace resilience::test
