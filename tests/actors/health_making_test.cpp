// Making health checkers: what is refused, and many of them.
#include "support/health_fixture.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

class health_making : public health_fixture {
public:
  /// Why no checker was made; empty if one was.
  std::string refusal(const std::string& name, probe what,
                      const health_check_config& cfg = {},
                      health_options x = {}) {
    auto result =
      rt.try_health_checker(name, std::move(what), cfg, std::move(x));
    env.run();
    if (result)
      return {};
    EXPECT_EQ(result.error(), errc::invalid_config);
    EXPECT_EQ(circuit_of(result.error()), name);
    return detail_of(result.error());
  }
};

TEST_F(health_making, names_all_faults_at_once) {
  health_check_config cfg{.interval = 0s, .unhealthy_after = 0};
  try {
    rt.health_checker(std::string(300, 'n'), probe::actor(caf::actor{}), cfg,
                      {.tags = {""}, .isolates = "nobody"});
    FAIL();
  } catch (const invalid_config_error& e) {
    auto text = std::string{e.what()};
    for (auto part :
         {"health checker \"nnn", "health_check.interval",
          "health_check.unhealthy_after", "name must have at most 256 bytes",
          "tags[0] must not be empty", "the probe's actor is null",
          "isolates \"nobody\", which is no circuit"})
      EXPECT_NE(text.find(part), std::string::npos) << part << ": " << text;
  }
}

TEST_F(health_making, refuses_probes_that_cannot_work) {
  EXPECT_EQ(refusal("x", probe{}), "the probe does nothing");
  EXPECT_EQ(refusal("x", probe::function({})), "the probe's function is empty");
  EXPECT_EQ(refusal("x", probe::circuit(control_actor{})),
            "the probe's actor is null");
  EXPECT_EQ(refusal("x", probe::tcp("", 70'000, 0s)),
            "the probe's host must not be empty; the probe's port must be "
            "between 1 and 65535, is 70000; the probe's limit must be between "
            "1ms and 8760h, is 0s");
  EXPECT_EQ(refusal("", probe::actor(db)), "name must not be empty");
}

TEST_F(health_making, a_name_is_taken_until_its_checker_has_ended) {
  auto c = checker();
  EXPECT_EQ(refusal("db", probe::actor(db)),
            "name \"db\" belongs to another health checker");
  kill(c);
  EXPECT_EQ(refusal("db", probe::actor(db)), "");
}

TEST_F(health_making, is_bounded_and_those_that_ended_make_room) {
  runtime small{env.sys, {.max_health_checkers = 2}};
  auto a = small.health_checker("a", probe::actor(db));
  small.health_checker("b", probe::actor(db));
  auto c = small.try_health_checker("c", probe::actor(db));
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error(), errc::limit_reached);
  EXPECT_EQ(detail_of(c.error()), "2 health checkers");
  env.run();
  kill(a);
  EXPECT_TRUE(small.try_health_checker("c", probe::actor(db)));
  env.run();
}

TEST_F(health_making, refuses_to_isolate_what_the_probe_goes_through) {
  auto g = guarded(quick("payments"));
  auto text = "isolates \"payments\", which the probe goes through: it could "
              "never recover";
  auto x = health_options{.isolates = "payments"};
  EXPECT_EQ(refusal("x", probe::circuit(rt.control(g)), {}, x), text);
  EXPECT_EQ(refusal("x", probe::circuit(rt.control("payments")), {}, x), text);
  EXPECT_EQ(refusal("x", probe::actor(g), {}, x), text);
  EXPECT_EQ(refusal("x", probe::actor(g, int32_t{1}), {}, x), text);
  auto outer = rt.guard(g, quick("outer"));
  auto outermost = rt.guard(outer, quick("outermost"));
  EXPECT_EQ(refusal("x", probe::actor(outermost), {}, x), text);
  auto inner = checker_of(probe::actor(outer), {}, {}, "inner");
  EXPECT_EQ(refusal("x", probe::actor(inner), {}, x), text);
  auto before = rt.guard(inner, quick("before"));
  EXPECT_EQ(refusal("x", probe::actor(before), {}, x), text);
  // The target itself, or another circuit, is fine.
  EXPECT_EQ(refusal("x", probe::actor(worker, int32_t{1}), {}, x), "");
  EXPECT_EQ(refusal("y", probe::actor(g), {}, {.isolates = "outer"}), "");
}

TEST_F(health_making, one_circuit_is_isolated_by_one_checker) {
  guarded(quick("payments"));
  auto x = health_options{.isolates = "payments"};
  auto c = checker({}, x);
  EXPECT_EQ(refusal("second", probe::actor(db), {}, x),
            "isolates \"payments\", as does the health checker \"db\"");
  kill(c);
  EXPECT_EQ(refusal("second", probe::actor(db), {}, x), "");
}

TEST_F(health_making, a_thousand_keep_their_interval) {
  constexpr int n = 1'000;
  for (int i = 0; i < n; ++i)
    rt.health_checker(std::to_string(i), probe::actor(db));
  env.run();
  EXPECT_EQ(db_state->asked, n);
  for (int i = 2; i <= 5; ++i) {
    env.advance(10s);
    EXPECT_EQ(db_state->asked, i * n);
  }
}

// What it captures may have gone with the runtime.
TEST_F(health_making, no_observer_is_called_after_the_end_of_the_runtime) {
  int calls = 0;
  {
    runtime other{env.sys};
    other.health_checker(
      "b", queued([] { return health_report::healthy(); }), {},
      {.observer = [&calls](const health_report&) { ++calls; }});
    env.run();
    queue->run_one();
    env.run();
    EXPECT_EQ(calls, 1);
    env.advance(10s);
    queue->run_one();
    EXPECT_EQ(calls, 1) << "the result is on its way";
  }
  env.run();
  EXPECT_EQ(calls, 1);
}

TEST_F(health_making, a_runtime_that_ends_takes_its_checkers_along) {
  health_actor c;
  {
    runtime other{env.sys};
    db_state->silent = true;
    c = other.health_checker("db", probe::actor(db));
    env.run();
  }
  env.run();
  reply_ptr r;
  tell(c, get_health{}, &r);
  EXPECT_EQ(r->answers, 1);
  EXPECT_FALSE(r->ok());
  env.advance(100s);
  EXPECT_EQ(db_state->asked, 1);
}

} // namespace resilience::test
