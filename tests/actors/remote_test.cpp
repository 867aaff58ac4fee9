// Guards across nodes: two actor systems that talk over the loopback.
#include "resilience/actors/arena.hpp"

#include "support/actors.hpp"

#include <caf/exit_reason.hpp>
#include <caf/io/all.hpp>
#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

struct node {
  node() {
    resilience::init<caf::id_block::resilience_test>(cfg);
    cfg.load<caf::io::middleman>();
    sys = std::make_unique<caf::actor_system>(cfg);
    rt = std::make_unique<runtime>(*sys);
  }

  ~node() {
    rt.reset();
  }

  caf::actor_system_config cfg;
  std::unique_ptr<caf::actor_system> sys;
  std::unique_ptr<runtime> rt;
};

class remote : public testing::Test {
public:
  remote() {
    worker = server.sys->spawn<target>(told);
  }

  ~remote() override {
    caf::anon_send_exit(worker, caf::exit_reason::kill);
  }

  caf::actor connect(const caf::actor& published) {
    auto& there = server.sys->middleman();
    auto port = there.publish(published, 0, "127.0.0.1");
    EXPECT_TRUE(port);
    auto hdl = client_node.sys->middleman().remote_actor("127.0.0.1", *port);
    EXPECT_TRUE(hdl);
    return *hdl;
  }

  reply ask(const caf::actor& to) {
    reply result;
    compat::request(self, to, 10s, int32_t{1})
      .receive([&](int32_t x) { result.value = x; },
               [&](caf::error& e) { result.error = std::move(e); });
    result.answers = 1;
    return result;
  }

  template <class T, class Message>
  T control(const control_actor& to, Message msg) {
    T result{};
    compat::request(self, to, 10s, msg)
      .receive(
        [&](const T& x) { result = x; },
        [&](caf::error& e) { FAIL() << compat::render(*client_node.sys, e); });
    return result;
  }

  static policy quick() {
    policy p;
    p.name = "remote";
    p.provider = "acme";
    p.breaker = breaker_config{.failure_threshold = 2, .cooldown = 1h};
    p.timeout->limit = 200ms;
    return p;
  }

  node server;
  node client_node;
  caf::scoped_actor self{*client_node.sys};
  std::shared_ptr<target::shared> told = std::make_shared<target::shared>();
  caf::actor worker;
};

} // namespace

TEST_F(remote, a_published_guard_answers_and_rejects) {
  auto g = server.rt->guard(worker, quick());
  auto far = connect(g);
  EXPECT_EQ(ask(far).value, 2);
  told->how = manner::keep;
  EXPECT_TRUE(ask(far).is(errc::timed_out));
  EXPECT_TRUE(ask(far).is(errc::timed_out));
  auto r = ask(far);
  EXPECT_TRUE(r.is(errc::circuit_open));
  EXPECT_EQ(circuit_of(r.error), "remote");
  ASSERT_TRUE(retry_after(r.error));
  EXPECT_GT(*retry_after(r.error), 59min);
  // A published actor is held by CAF's registry: it ends by an explicit exit.
  caf::anon_send_exit(g, caf::exit_reason::user_shutdown);
}

TEST_F(remote, all_control_messages_travel) {
  auto g = server.rt->guard(worker, quick());
  auto c = client_node.rt->control(connect(g));
  told->how = manner::fail;
  ask(caf::actor_cast<caf::actor>(c));
  auto s = control<circuit_status>(c, get_status{});
  EXPECT_EQ(s.name, "remote");
  EXPECT_EQ(s.consecutive_failures, 1);
  ASSERT_TRUE(s.last_failure);
  EXPECT_FALSE(s.last_failure->reason.empty());
  EXPECT_FALSE(s.retry_after);
  EXPECT_EQ(control<circuit_metrics>(c, get_metrics{}).failures, 1u);
  EXPECT_EQ(control<circuit_status>(c, isolate{owner::cluster}).state,
            circuit_state::isolated);
  EXPECT_EQ(control<circuit_status>(c, restore{owner::cluster}).state,
            circuit_state::half_open);
  EXPECT_EQ(control<circuit_status>(c, disable{}).state,
            circuit_state::disabled);
  EXPECT_EQ(control<circuit_status>(c, restore{}).state, circuit_state::closed);
  EXPECT_EQ(control<circuit_status>(c, reset{}).generation, 6u);
  control<circuit_status>(c, subscribe{});
  control<circuit_status>(c, unsubscribe{});
  auto p = quick();
  p.timeout.reset();
  p.breaker->cooldown = 2h;
  control<circuit_status>(c, configure{p});
  EXPECT_EQ(control<std::string>(c, describe_policy{}), describe(p));
  told->how = manner::answer;
  auto permit = control<call_permit>(c, acquire{});
  EXPECT_TRUE(control<bool>(c, report{permit, outcome::success}));
  caf::anon_send_exit(g, caf::exit_reason::user_shutdown);
}

TEST_F(remote, a_guard_may_stand_before_a_remote_target) {
  auto g = client_node.rt->guard(connect(worker), quick());
  EXPECT_EQ(ask(g).value, 2);
  told->how = manner::keep;
  EXPECT_TRUE(ask(g).is(errc::timed_out));
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  caf::scoped_actor there{*server.sys};
  there->wait_for(worker);
  // The news travels: until then requests time out, afterwards it is down.
  for (int i = 0; i < 50; ++i) {
    auto r = ask(g);
    ASSERT_TRUE(compat::failed(r.error));
    if (r.is(errc::target_down))
      return;
    control<circuit_status>(client_node.rt->control(g), reset{});
  }
  FAIL() << "the guard never heard of its target's end";
}

TEST_F(remote, a_target_that_ends_may_be_found_again_elsewhere) {
  auto second = server.sys->spawn<target>(told);
  policy p;
  p.breaker->failure_threshold = 1'000'000;
  p.retry = retry_config{.max_attempts = 1'000,
                         .backoff = {.initial_delay = 10ms, .max_delay = 10ms},
                         .budget = {}};
  p.restart = restart_config{.backoff = {.initial_delay = 1ms}};
  hooks x;
  x.respawn = [&](caf::actor_system&) { return connect(second); };
  auto g = client_node.rt->guard(connect(worker), p, x);
  EXPECT_EQ(ask(g).value, 2);
  caf::anon_send_exit(worker, caf::exit_reason::kill);
  EXPECT_EQ(ask(g).value, 2);
  // It was found and not made: it does not end with the guard.
  caf::anon_send_exit(g, caf::exit_reason::kill);
  auto last = ask(g);
  while (last.ok())
    last = ask(g);
  EXPECT_TRUE(last.is(errc::shutting_down));
  EXPECT_EQ(ask(connect(second)).value, 2);
  caf::anon_send_exit(second, caf::exit_reason::kill);
}

TEST_F(remote, a_typed_guard_is_found_by_its_type) {
  using number_actor = compat::typed_handle<int32_t(int32_t)>;
  auto g = server.rt->guard(caf::actor_cast<number_actor>(worker), quick());
  auto port = server.sys->middleman().publish(g, 0, "127.0.0.1");
  ASSERT_TRUE(port);
  auto far =
    client_node.sys->middleman().remote_actor<number_actor>("127.0.0.1", *port);
  ASSERT_TRUE(far);
  EXPECT_EQ(ask(caf::actor_cast<caf::actor>(*far)).value, 2);
  caf::anon_send_exit(g, caf::exit_reason::user_shutdown);
}

TEST_F(remote, a_checker_asks_a_checker_of_another_node) {
  auto there = server.rt->health_checker("there", probe::function([] {
                                           auto x =
                                             health_report::degraded("slow");
                                           x.details = {{"replicas", "2"}};
                                           return x;
                                         }),
                                         {}, {.tags = {"storage"}});
  auto far = connect(caf::actor_cast<caf::actor>(there));
  auto ask_health = [&](const health_actor& to, auto msg) {
    health_report result;
    compat::request(self, to, 10s, msg)
      .receive([&](const health_report& x) { result = x; },
               [&](caf::error& e) {
                 ADD_FAILURE() << compat::render(*client_node.sys, e);
               });
    return result;
  };
  // Every field travels.
  auto near = ask_health(there, check_now{});
  auto seen = ask_health(caf::actor_cast<health_actor>(far), get_health{});
  EXPECT_EQ(seen.message, "slow");
  EXPECT_EQ(seen.tags, near.tags);
  EXPECT_EQ(seen.details, near.details);
  EXPECT_EQ(seen.max_age, near.max_age);
  EXPECT_EQ(seen.checked_at, near.checked_at);
  auto here =
    client_node.rt->health_checker("here", probe::actor(far), {.interval = 1h});
  seen = ask_health(here, check_now{});
  EXPECT_EQ(seen.name, "here");
  EXPECT_EQ(seen.status, health_status::degraded);
  EXPECT_EQ(seen.message, "slow");
  caf::anon_send_exit(caf::actor_cast<caf::actor>(there),
                      caf::exit_reason::user_shutdown);
}

// All that a round's result can hold travels.
TEST_F(remote, arenas_work_across_nodes) {
  auto debate = spawn_arena(*server.rt, {.name = "debate"});
  auto far = connect(caf::actor_cast<caf::actor>(
    caf::actor_cast<caf::strong_actor_ptr>(debate.handle())));
  auto guest = client_node.sys->spawn<target>(told);
  auto ask = [&](auto msg, auto on_answer) {
    compat::request(self, far, 10s, std::move(msg))
      .receive(on_answer, [&](caf::error& e) {
        FAIL() << compat::render(*client_node.sys, e);
      });
  };
  auto round = [&] {
    round_result result;
    ask(start_round{caf::make_message(int32_t{1}), 0, 10s},
        [&](const round_result& x) { result = x; });
    return result;
  };
  ask(joining("guest", guest, quick()), [] {});
  auto r = round();
  EXPECT_EQ(r.end, round_end::complete);
  ASSERT_EQ(r.answers.size(), 1u);
  EXPECT_EQ(r.answers[0].content.get_as<int32_t>(0), 2);
  told->how = manner::fail;
  r = round();
  ASSERT_EQ(r.failures.size(), 1u);
  EXPECT_EQ(r.failures[0].why, caf::sec::runtime_error);
  round();
  r = round();
  ASSERT_EQ(r.skipped.size(), 1u);
  EXPECT_EQ(r.skipped[0].name, "guest");
  EXPECT_EQ(r.skipped[0].why, errc::circuit_open);
  EXPECT_GT(r.skipped[0].retry_after, 59min);
  ask(get_arena_status{}, [](const arena_status& x) {
    ASSERT_EQ(x.agents.size(), 1u);
    EXPECT_EQ(x.agents[0].circuit.state, circuit_state::open);
    EXPECT_EQ(x.agents[0].failed, 2u);
  });
  ask(leave_arena{"guest"}, [] {});
  EXPECT_TRUE(round().skipped.empty());
  caf::anon_send_exit(debate.handle(), caf::exit_reason::user_shutdown);
  caf::anon_send_exit(guest, caf::exit_reason::kill);
}

} // namespace resilience::test
