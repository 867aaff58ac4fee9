// Targets that end and are replaced. What can go wrong for a user: nobody is
// ever started again, or somebody for ever; calls hang, or are answered by a
// dead actor; what was made stays behind; a bad function brings the guard down.
#include "support/restart_fixture.hpp"

#include <stdexcept>

namespace resilience::test {

namespace {

TEST_F(restart, a_target_that_ends_is_replaced_after_the_backoff) {
  for (auto why :
       {kind::kill, kind::user_shutdown, kind::remote_link_unreachable}) {
    made.clear();
    auto first = env.sys.spawn<target>(told);
    hooks x;
    x.respawn = maker();
    auto g = rt.guard(first, restarting(), x);
    EXPECT_EQ(ask(g)->value, 2);
    end(first, why);
    auto r = ask(g);
    EXPECT_TRUE(r->is(errc::target_down));
    EXPECT_EQ(retry_after(r->error), 1s);
    EXPECT_FALSE(layers(g).down);
    env.advance(400ms);
    EXPECT_EQ(retry_after(ask(g)->error), 600ms);
    env.advance(599ms);
    EXPECT_TRUE(made.empty());
    env.advance(1ms);
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(ask(g, 7)->value, 8);
    EXPECT_EQ(layers(g).restarts, 1u);
  }
}

TEST_F(restart, calls_in_flight_are_answered_and_may_say_when_to_come_back) {
  told->how = manner::keep;
  auto g = guarded_again();
  auto r = ask(g);
  end(worker);
  ASSERT_TRUE(r->is(errc::target_down));
  // CAF 1.x says that nobody answered before it says that the target has ended.
  if (auto when = retry_after(r->error)) {
    EXPECT_EQ(when, 1s);
    EXPECT_NE(detail_of(r->error), "") << "why it ended";
  }
  EXPECT_EQ(status(g).permits_in_use, 0u);
}

TEST_F(restart, too_many_ends_are_final_and_say_so) {
  auto g = guarded_again(restarting("shop"));
  auto whom = worker;
  for (auto delay : {1s, 2s, 4s}) {
    end(whom);
    env.advance(delay);
    EXPECT_TRUE(alive(g));
    whom = made.back();
  }
  end(whom);
  auto r = ask(g);
  ASSERT_TRUE(r->is(errc::target_down));
  EXPECT_EQ(detail_of(r->error).find("stays down, ended more than 3 times in "
                                     "60s, at last: "),
            0u)
    << detail_of(r->error);
  EXPECT_EQ(circuit_of(r->error), "shop");
  EXPECT_FALSE(retry_after(r->error));
  env.advance(24h);
  EXPECT_EQ(made.size(), 3u);
  auto m = layers(g);
  EXPECT_EQ(m.restarts, 3u);
  EXPECT_TRUE(m.down);
  EXPECT_NE(status(g).last_failure->reason.find("stays down"),
            std::string::npos);
}

TEST_F(restart, a_reset_gives_another_chance_at_once) {
  auto p = restarting();
  p.restart->max_restarts = 0;
  auto g = guarded_again(p);
  status_after(rt.control(g), reset{});
  EXPECT_TRUE(made.empty()) << "nothing to restart";
  end(worker);
  EXPECT_TRUE(layers(g).down);
  status_after(rt.control(g), reset{});
  EXPECT_EQ(made.size(), 1u);
  EXPECT_TRUE(alive(g));
  EXPECT_FALSE(layers(g).down);
  // Also where a restart is due anyway; that one does not come, too.
  p.restart->max_restarts = 3;
  status_after(rt.control(g), configure{p});
  end(made.back());
  status_after(rt.control(g), reset{});
  EXPECT_EQ(made.size(), 2u);
  env.advance(10s);
  EXPECT_EQ(made.size(), 2u);
  EXPECT_TRUE(alive(g));
}

TEST_F(restart, a_target_that_dies_at_once_for_ever_is_given_up) {
  int starts = 0;
  auto g = guarded_by([&](caf::actor_system& sys) {
    ++starts;
    auto x = sys.spawn<target>(told);
    caf::anon_send_exit(x, kind::kill);
    return x;
  });
  end(worker);
  for (auto [wait, wanted] : {std::pair{999ms, 0},
                              {1ms, 1},
                              {1999ms, 1},
                              {1ms, 2},
                              {3999ms, 2},
                              {1ms, 3}}) {
    env.advance(wait);
    EXPECT_EQ(starts, wanted);
  }
  env.advance(24h);
  EXPECT_EQ(starts, 3);
  EXPECT_TRUE(layers(g).down);
}

TEST_F(restart, a_function_that_fails_counts_as_an_end) {
  struct row {
    respawn_function make;
    const char* text;
  };
  caf::actor itself;
  caf::actor sibling;
  caf::actor first;
  const row rows[] = {
    {[](caf::actor_system&) -> caf::actor {
       throw std::runtime_error("no more beans");
     },
     "the function that makes a new actor threw: no more beans"},
    {[](caf::actor_system&) -> caf::actor { throw 42; },
     "the function that makes a new actor threw: an exception that is no "
     "std::exception"},
    {[](caf::actor_system&) { return caf::actor{}; },
     "the function that makes a new actor returned none"},
    {[&](caf::actor_system&) { return itself; },
     "the new target is a guard or breaker of the same circuit"},
    {[&](caf::actor_system&) { return sibling; },
     "the new target is a guard or breaker of the same circuit"},
    {[&](caf::actor_system&) { return first; },
     "the new target is the one that has ended"},
  };
  for (const auto& row : rows) {
    first = env.sys.spawn<target>(told);
    hooks x;
    x.respawn = row.make;
    auto name = "row " + std::to_string(&row - rows);
    itself = rt.guard(first, restarting(name), x);
    sibling = rt.guard(worker, restarting(name), x);
    end(first);
    env.advance(1s);
    auto r = ask(itself);
    EXPECT_EQ(detail_of(r->error), row.text);
    EXPECT_EQ(retry_after(r->error), 2s) << row.text;
    env.advance(2s);
    env.advance(4s);
    EXPECT_TRUE(layers(itself).down) << row.text;
    EXPECT_EQ(layers(itself).restarts, 0u);
    EXPECT_NE(status(itself).last_failure->reason.find(row.text),
              std::string::npos);
    EXPECT_TRUE(ask(itself)->is(errc::target_down)) << "the guard lives";
    end(itself);
    end(sibling);
  }
  itself = sibling = first = nullptr;
}

TEST_F(restart, a_graceful_exit_may_be_the_end) {
  auto p = restarting();
  p.restart->when = restart_when::failure_only;
  auto g = guarded_again(p);
  end(worker);
  env.advance(1s);
  ASSERT_EQ(made.size(), 1u);
  end(made.back(), kind::user_shutdown);
  env.advance(1h);
  EXPECT_EQ(made.size(), 1u);
  EXPECT_TRUE(layers(g).down);
  auto r = ask(g);
  EXPECT_TRUE(r->is(errc::target_down));
  EXPECT_FALSE(retry_after(r->error));
  told->how = manner::answer;
  status_after(rt.control(g), reset{});
  EXPECT_TRUE(alive(g));
}

TEST_F(restart, who_ran_long_enough_begins_anew) {
  auto g = guarded_again();
  for (int i = 0; i < 10; ++i) {
    end(i == 0 ? worker : made.back());
    EXPECT_EQ(retry_after(ask(g)->error), 1s) << i;
    env.advance(1s);
    EXPECT_TRUE(alive(g));
    env.advance(60s);
  }
  EXPECT_EQ(layers(g).restarts, 10u);
}

// -- the guard's end ----------------------------------------------------------

TEST_F(restart, what_was_made_ends_with_the_guard_and_what_was_given_does_not) {
  auto other = env.sys.spawn<target>(told);
  hooks x;
  x.respawn = maker();
  auto g = rt.guard(other, restarting(), x);
  end(g, kind::user_shutdown);
  EXPECT_TRUE(alive(other));
  g = rt.guard(other, restarting(), x);
  env.run();
  end(other);
  env.advance(1s);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_TRUE(alive(made[0]));
  for (auto why : {kind::user_shutdown, kind::kill}) {
    end(g, why);
    EXPECT_FALSE(alive(made.back()));
    g = rt.guard(worker, restarting(), x);
  }
}

TEST_F(restart, nobody_is_started_when_the_guard_has_ended) {
  for (auto why : {kind::user_shutdown, kind::kill}) {
    auto first = env.sys.spawn<target>(told);
    hooks x;
    x.respawn = maker();
    auto g = rt.guard(first, restarting(), x);
    end(first);
    EXPECT_TRUE(ask(g)->is(errc::target_down));
    end(g, why);
    EXPECT_TRUE(ask(g)->is(errc::shutting_down));
    env.advance(1h);
    EXPECT_TRUE(made.empty());
  }
}

TEST_F(restart, a_guard_nobody_holds_takes_its_target_along) {
  auto g = guarded_again();
  end(worker);
  env.advance(1s);
  ASSERT_TRUE(alive(g));
  user.run([](caller*) {});
  g = nullptr;
  env.run();
  EXPECT_FALSE(alive(made.back()));
}

TEST_F(restart, nobody_is_started_when_the_runtime_has_ended) {
  auto other = std::make_unique<runtime>(env.sys);
  hooks x;
  x.respawn = maker();
  auto first = env.sys.spawn<target>(told);
  auto g = other->guard(first, restarting(), x);
  end(first);
  other.reset(); // its exit message and a tick may come in any order
  env.advance(1h);
  EXPECT_TRUE(made.empty());
  EXPECT_TRUE(ask(g)->is(errc::shutting_down));
}

TEST_F(restart, a_function_that_holds_its_guard_does_not_keep_it) {
  auto self = std::make_shared<caf::actor>();
  std::weak_ptr<caf::actor> left = self;
  {
    auto g = guarded_by([self](caf::actor_system&) { return *self; });
    *self = g;
    end(g);
  }
  self.reset();
  EXPECT_TRUE(left.expired());
}

} // namespace

} // namespace resilience::test
