// What a user has configured reaches the guards that a runtime spawns.
#include "support/configuration.hpp"
#include "support/guard_fixture.hpp"

#include <caf/settings.hpp>

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

/// A system with settings, and what tests of it ask.
class configured_runtime : public testing::Test {
public:
  using settings = std::vector<std::string>;

  static prepare_config giving(const settings& texts) {
    return [texts](caf::actor_system_config& cfg) {
      caf::config_value::list list;
      for (const auto& x : texts)
        list.emplace_back(x);
      caf::put(cfg.content, "resilience.set", std::move(list));
    };
  }

  /// The faults of a runtime's configuration.
  static std::string fault_of(const prepare_config& prepare) {
    environment env{prepare};
    try {
      runtime rt{env.sys};
    } catch (const invalid_config_error& e) {
      return e.what();
    }
    return {};
  }

  /// What the actor behind `to` says of itself.
  template <class T, class Question>
  static T asked(environment& env, const control_actor& to, Question what) {
    client user{env.sys};
    auto result = user.control<T>(to, what);
    env.run();
    return *result;
  }

  static policy policy_of(environment& env, const control_actor& to) {
    return asked<policy>(env, to, get_policy{});
  }
};

TEST_F(configured_runtime, guards_and_breakers_follow_the_settings) {
  environment env{giving({"*: timeout.limit = 7s", "a: breaker.cooldown = 90s",
                          "a: breaker.failure-threshold = 4"})};
  auto told = std::make_shared<target::shared>();
  auto worker = env.sys.spawn<target>(told);
  {
    runtime rt{env.sys};
    auto p = guard_fixture::quick("a");
    auto g = rt.guard(worker, p);
    p.timeout->limit = 7s;
    p.breaker->cooldown = 90s;
    p.breaker->failure_threshold = 4;
    auto found = policy_of(env, rt.control(g));
    EXPECT_EQ(found.breaker, p.breaker);
    EXPECT_EQ(found.timeout, p.timeout);
    auto b = rt.breaker(guard_fixture::quick("a"));
    EXPECT_EQ(policy_of(env, b).breaker, p.breaker);
    auto other = rt.guard(worker);
    EXPECT_EQ(policy_of(env, rt.control(other)).timeout->limit, 7s);
    EXPECT_EQ(rt.settings().sources("a").size(), 1u);
    auto text = asked<std::string>(env, rt.control(g), describe_policy{});
    EXPECT_TRUE(text.ends_with("\nset from the command line: "
                               "breaker.cooldown, breaker.failure-threshold, "
                               "timeout.limit\n"))
      << text;
    EXPECT_EQ(rt.settings().names(), settings{"a"});
  }
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  env.run();
}

TEST_F(configured_runtime, what_a_hook_turns_on_may_be_turned_off) {
  environment env{giving({"off: fallback = off", "off: keyed = off",
                          "off: restart = off", "none: breaker = off",
                          "both: breaker = off", "both: keyed.max-keys = 5",
                          "preset: preset = database", "t/x: fallback = off"})};
  auto told = std::make_shared<target::shared>();
  auto worker = env.sys.spawn<target>(told);
  {
    runtime rt{env.sys};
    auto with_hooks = [&](std::string name) {
      hooks x{.fallback = fallback::value(int32_t{42}),
              .key = [](const caf::message&) { return std::string{"k"}; },
              .respawn = [&](caf::actor_system&) { return worker; }};
      policy p;
      p.name = std::move(name);
      p.fallback = fallback_config{.limit = 1s};
      auto g = rt.guard(worker, p, std::move(x));
      return policy_of(env, rt.control(g));
    };
    auto on = with_hooks("on");
    EXPECT_TRUE(on.fallback && on.keyed && on.restart);
    auto off = with_hooks("off");
    EXPECT_FALSE(off.fallback || off.keyed || off.restart);
    EXPECT_FALSE(with_hooks("none").keyed) << "no breaker to have keys";
    EXPECT_THROW(with_hooks("both"), invalid_config_error)
      << "it asks for keys";
    auto preset = with_hooks("preset");
    EXPECT_TRUE(preset.keyed && preset.restart);
    EXPECT_EQ(preset.fallback, fallback_config{.limit = 1s});
    auto t =
      rt.team("t", {{.name = "x",
                     .start = [&](caf::actor_system&) { return worker; },
                     .extras = {.fallback = fallback::value(int32_t{42})}}});
    EXPECT_FALSE(policy_of(env, rt.control(t.child("x"))).fallback);
    t.quit();
    env.run();
  }
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  env.run();
}

TEST_F(configured_runtime,
       guards_that_the_settings_make_agree_share_a_circuit) {
  environment env{giving({"a: breaker.failure-threshold = 4"})};
  runtime rt{env.sys};
  auto p = guard_fixture::quick("a");
  rt.breaker(p);
  p.breaker->failure_threshold = 9;
  EXPECT_NO_THROW(rt.breaker(p));
  p.breaker->cooldown = 1s;
  EXPECT_THROW(rt.breaker(p), invalid_config_error);
}

TEST_F(configured_runtime, a_contradiction_with_the_code_names_what_was_set) {
  environment env{giving({"a: breaker.cooldown = 2h"})};
  runtime rt{env.sys};
  policy p;
  p.name = "a";
  p.breaker->cooldown_growth = 2;
  auto result = rt.try_breaker(p);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), errc::invalid_config);
  EXPECT_EQ(detail_of(result.error()),
            "breaker.max_cooldown must be at least breaker.cooldown, 2h, is "
            "60min; set from the command line: breaker.cooldown");
}

TEST_F(configured_runtime, bounds_are_kept) {
  environment env{[](caf::actor_system_config& cfg) {
    caf::put(cfg.content, "resilience.max-circuits", 1);
  }};
  runtime rt{env.sys, {.max_circuits = 10}};
  policy p;
  p.name = "a";
  auto first = rt.breaker(p);
  p.name = "b";
  auto second = rt.try_breaker(p);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), errc::limit_reached);
}

TEST_F(configured_runtime, a_childs_breaker_that_is_set_is_among_the_circuits) {
  environment env{giving({"t/a: breaker = on"})};
  runtime rt{env.sys};
  auto none = [](caf::actor_system&) { return caf::actor{}; };
  auto t = rt.team("t", {{"a", none}, {"b", none}});
  EXPECT_EQ(rt.circuits(), std::vector<std::string>{"t/a"});
  t.quit();
  env.run();
}

TEST_F(configured_runtime, faults_stop_the_start) {
  EXPECT_EQ(fault_of(giving({"a: breaker.cooldown = 90s"})), "");
  EXPECT_EQ(fault_of(giving({"a: timeout = 5", "b"})),
            "resilience.set[0].timeout must be a map, \"on\" or \"off\", is 5; "
            "resilience.set[1] must be NAME: SETTING = VALUE, such as "
            "\"payments: breaker.cooldown = 60s\", is \"b\"");
}

} // namespace

} // namespace resilience::test
