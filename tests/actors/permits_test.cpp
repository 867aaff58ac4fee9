// Permits for work that is no actor.
#include "support/guard_fixture.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

class permits : public guard_fixture {
public:
  control_actor b = rt.breaker(quick("disk"));

  struct result {
    reply_ptr raw;
    std::shared_ptr<call_permit> permit;
  };

  result acquire_from(client& who) {
    result r;
    r.permit = who.control<call_permit>(b, acquire{}, &r.raw);
    env.run();
    return r;
  }

  result get() {
    return acquire_from(user);
  }

  reply_ptr tell(const call_permit& p, outcome what) {
    reply_ptr raw;
    counted = user.control<bool>(b, report{p, what}, &raw);
    env.run();
    return raw;
  }

  circuit_status now_status() {
    return status_after(b, get_status{});
  }

  std::shared_ptr<bool> counted;
};

TEST_F(permits, are_granted_and_reported_once) {
  auto p = get();
  ASSERT_TRUE(p.raw->ok());
  EXPECT_EQ(p.permit->lease, 60s);
  EXPECT_EQ(now_status().permits_in_use, 1u);
  EXPECT_TRUE(tell(*p.permit, outcome::success)->ok());
  EXPECT_TRUE(*counted);
  EXPECT_EQ(now_status().permits_in_use, 0u);
  EXPECT_TRUE(tell(*p.permit, outcome::success)->is(errc::unknown_permit));
}

TEST_F(permits, open_the_circuit_when_work_fails) {
  for (int i = 0; i < 3; ++i)
    tell(*get().permit, outcome::failure);
  auto p = get();
  EXPECT_TRUE(p.raw->is(errc::circuit_open));
  EXPECT_EQ(retry_after(p.raw->error), duration{cooldown});
}

TEST_F(permits, reported_after_their_state_ended_do_not_count) {
  auto p = get();
  status_after(b, reset{});
  EXPECT_TRUE(tell(*p.permit, outcome::failure)->ok());
  EXPECT_FALSE(*counted);
  EXPECT_EQ(now_status().consecutive_failures, 0);
}

TEST_F(permits, that_are_forged_are_refused) {
  auto p = get();
  auto forged = *p.permit;
  forged.token ^= 1;
  EXPECT_TRUE(tell(forged, outcome::failure)->is(errc::unknown_permit));
  forged = *p.permit;
  forged.id += 1;
  EXPECT_TRUE(tell(forged, outcome::failure)->is(errc::unknown_permit));
  EXPECT_TRUE(tell({}, outcome::failure)->is(errc::unknown_permit));
  EXPECT_EQ(now_status().permits_in_use, 1u);
  EXPECT_TRUE(
    tell(*p.permit, static_cast<outcome>(7))->is(errc::invalid_config));
  EXPECT_TRUE(tell(*p.permit, outcome::neutral)->ok());
}

TEST_F(permits, of_another_breaker_are_refused) {
  auto other = rt.breaker(quick("net"));
  auto p = user.control<call_permit>(other, acquire{});
  env.run();
  EXPECT_TRUE(tell(*p, outcome::success)->is(errc::unknown_permit));
}

TEST_F(permits, expire_with_their_lease) {
  auto p = get();
  env.advance(60s);
  EXPECT_EQ(now_status().consecutive_failures, 1);
  EXPECT_EQ(now_status().permits_in_use, 0u);
  EXPECT_TRUE(tell(*p.permit, outcome::success)->is(errc::unknown_permit));
  auto m = user.control<circuit_metrics>(b, get_metrics{});
  env.run();
  EXPECT_EQ(m->expired, 1u);
}

TEST_F(permits, of_a_holder_that_dies_are_neutral) {
  client other{env.sys};
  acquire_from(other);
  acquire_from(other);
  auto mine = get();
  EXPECT_EQ(now_status().permits_in_use, 3u);
  caf::anon_send_exit(other.self, caf::exit_reason::kill);
  env.run();
  EXPECT_EQ(now_status().permits_in_use, 1u);
  auto m = user.control<circuit_metrics>(b, get_metrics{});
  env.run();
  EXPECT_EQ(m->neutral, 2u);
  EXPECT_TRUE(tell(*mine.permit, outcome::success)->ok());
}

TEST_F(permits, probe_an_open_circuit_and_close_it) {
  for (int i = 0; i < 3; ++i)
    tell(*get().permit, outcome::failure);
  env.advance(cooldown);
  auto p1 = get();
  auto p2 = get();
  EXPECT_TRUE(get().raw->is(errc::half_open_full));
  tell(*p1.permit, outcome::success);
  tell(*p2.permit, outcome::success);
  EXPECT_EQ(now_status().state, circuit_state::closed);
}

TEST_F(permits, are_bounded) {
  auto p = quick("small");
  p.max_in_flight = 1;
  b = rt.breaker(p);
  get();
  auto second = get();
  EXPECT_TRUE(second.raw->is(errc::overloaded));
  EXPECT_EQ(detail_of(second.raw->error), "1 calls in flight");
}

TEST_F(permits, come_from_guards_too) {
  auto g = guarded(quick("payments"));
  b = rt.control(g);
  auto p = get();
  EXPECT_TRUE(p.raw->ok());
  // The end of the target is not the end of other work.
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  env.run();
  EXPECT_TRUE(tell(*p.permit, outcome::success)->ok());
}

TEST_F(permits, settle_as_neutral_when_the_breaker_ends) {
  auto p = get();
  caf::anon_send_exit(caf::actor_cast<caf::actor>(b),
                      caf::exit_reason::user_shutdown);
  env.run();
  auto s = status_after(rt.control("disk"), get_status{});
  EXPECT_EQ(s.permits_in_use, 0u);
}

} // namespace resilience::test
