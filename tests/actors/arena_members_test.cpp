// Who comes to an arena, who leaves, and how it ends. What can go wrong for a
// user: an agent votes twice, one that left comes back with a clean record, the
// arena ends and somebody waits for ever.
#include "support/arena_fixture.hpp"

#include <caf/scoped_actor.hpp>

#include <thread>

namespace resilience::test {

namespace {

std::string fault_of(const reply& x) {
  EXPECT_TRUE(x.is(errc::invalid_config));
  return detail_of(x.error);
}

TEST_F(arena_fixture, who_cannot_join_is_told_why) {
  join_all({"a"});
  auto b = agent("b");
  auto guarded = rt.guard(b, quick("mine"));
  auto breaker = rt.breaker(quick("alone"));
  auto self = caf::actor_cast<caf::actor>(
    caf::actor_cast<caf::strong_actor_ptr>(debate->handle()));
  auto before_it = rt.guard(self, quick("front"));
  policy bad;
  bad.breaker->failure_threshold = 0;
  struct row {
    join_arena what;
    std::string fault;
  };
  for (const auto& x : {
         row{{"", b}, "name must not be empty"},
         row{{"x/y", b}, "name must not contain /, is \"x/y\""},
         row{{std::string(128, 'x'), b},
             "name must have at most 127 bytes, has 128"},
         row{{"\xff", b}, "name must be UTF-8"},
         row{{"a", b}, "name must be another, \"a\" is taken"},
         row{{"", {}}, "name must not be empty; the agent is null"},
         row{{"b", self}, "the agent is the arena itself"},
         row{{"b", before_it}, "the agent is the arena itself"},
         row{joining("b", breaker),
             "the agent is a breaker: nobody is behind it"},
         row{{"b", agents["a"]}, "the agent is here as \"a\""},
         row{{"b", guarded, quick()},
             "the agent is a guard and has its policy"},
         row{{"b", b, bad},
             "breaker.failure_threshold must be between 1 and 1000000, is 0"},
       })
    EXPECT_EQ(fault_of(tell(x.what)), x.fault);
  EXPECT_EQ(look().agents.size(), 1u);
  EXPECT_EQ(text(ask_all()), "complete +a");
}

TEST_F(arena_fixture, there_is_a_limit_of_agents) {
  auto c = config();
  c.max_agents = 2;
  debate = spawn_arena(rt, c);
  join_all({"a", "b"});
  auto r = tell(joining("c", agent("c")));
  EXPECT_TRUE(r.is(errc::limit_reached));
  EXPECT_EQ(detail_of(r.error), "2 agents");
  EXPECT_TRUE(tell(leave_arena{"a"}).ok());
  EXPECT_TRUE(tell(joining("c", agents["c"])).ok());
  EXPECT_EQ(text(ask_all()), "complete +b +c");
}

TEST_F(arena_fixture, a_round_is_of_those_who_were_there_when_it_began) {
  join_all({"a", "b"});
  of("a").how = manner::keep;
  of("b").how = manner::keep;
  auto r = ask_all();
  join_all({"c"});
  EXPECT_TRUE(tell(leave_arena{"b"}).ok());
  EXPECT_EQ(fault_of(tell(leave_arena{"b"})), "no agent \"b\"");
  EXPECT_EQ(of("c").requests, 0);
  compat::anon_post(agents["a"], answer_all{});
  compat::anon_post(agents["b"], answer_all{});
  env.run();
  EXPECT_EQ(text(r), "complete +a +b") << "who left has still answered";
  of("a").how = manner::answer;
  EXPECT_EQ(text(ask_all()), "complete +a +c");
  EXPECT_EQ(look().agents.size(), 2u);
}

TEST_F(arena_fixture, who_leaves_and_is_gone_has_failed) {
  join_all({"a", "b"});
  of("b").how = manner::keep;
  auto r = ask_all();
  tell(leave_arena{"b"});
  caf::anon_send_exit(agents["b"], caf::exit_reason::kill);
  env.run();
  EXPECT_EQ(text(r), "complete +a !b:target_down");
}

TEST_F(arena_fixture, who_comes_back_has_the_circuit_that_it_had) {
  join_all({"a"});
  of("a").how = manner::fail;
  for (int i = 0; i < 3; ++i)
    ask_all();
  tell(leave_arena{"a"});
  auto other = quick();
  other.breaker->failure_threshold = 9;
  auto r = tell(joining("a", agents["a"], other));
  EXPECT_TRUE(r.is(errc::invalid_config)) << "nor can it get another";
  EXPECT_TRUE(tell(joining("a", agents["a"])).ok());
  EXPECT_EQ(text(ask_all()), "complete -a:circuit_open@10s");
}

TEST_F(arena_fixture, the_dead_stay_until_they_are_let_go) {
  join_all({"a", "b"});
  caf::anon_send_exit(agents["b"], caf::exit_reason::kill);
  env.run();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(text(ask_all()), "complete +a !b:target_down");
  EXPECT_EQ(text(ask_all()), "complete +a -b:circuit_open@10s");
  tell(leave_arena{"b"});
  EXPECT_EQ(text(ask_all()), "complete +a");
}

TEST_F(arena_fixture, agents_come_with_types_policies_and_guards) {
  using typed = compat::typed_handle<int32_t(int32_t)>;
  auto a = caf::actor_cast<typed>(agent("a"));
  EXPECT_TRUE(tell(joining("a", a)).ok());
  policy own = quick("own");
  own.timeout->limit = 100ms;
  EXPECT_TRUE(tell(joining("b", agent("b"), own)).ok());
  auto guarded = rt.guard(agent("c"), quick("mine"));
  EXPECT_TRUE(tell(joining("c", guarded)).ok());
  EXPECT_EQ(text(ask_all()), "complete +a +b +c");
  EXPECT_EQ(rt.circuits(),
            (std::vector<std::string>{"debate/a", "mine", "own"}));
  EXPECT_EQ(metrics(guarded).total_calls, 1u) << "no guard before a guard";
}

TEST_F(arena_fixture, an_ended_guard_is_a_failure) {
  auto guarded = rt.guard(agent("a"), quick("mine"));
  tell(joining("a", guarded));
  caf::anon_send_exit(guarded, caf::exit_reason::user_shutdown);
  env.run();
  auto r = ask_all();
  ASSERT_TRUE(r->result);
  EXPECT_EQ(r->result->failures.size(), 1u);
}

TEST_F(arena_fixture, arenas_stand_in_arenas) {
  auto inner = spawn_arena(rt, arena_config{.name = "inner"});
  join_all({"a"});
  EXPECT_TRUE(tell(joining("inner", inner.handle())).ok());
  auto r = start({caf::make_message(question()), 1, 1s});
  EXPECT_EQ(text(r), "quorum +inner !a:none");
  EXPECT_EQ(text(r->result->answers[0].content.get_as<round_result>(0)),
            "complete");
}

TEST_F(arena_fixture, what_is_out_of_range_is_refused) {
  try {
    spawn_arena(rt, arena_config{.name = "x", .max_agents = 0});
    FAIL();
  } catch (const invalid_config_error& e) {
    EXPECT_STREQ(e.what(), "arena \"x\": max_agents must be between 1 and "
                           "10000, is 0");
  }
  auto r = try_spawn_arena(rt, {});
  ASSERT_FALSE(r);
  EXPECT_EQ(code_of(r.error()), errc::invalid_config);
}

// -- the end ------------------------------------------------------------------

TEST_F(arena_fixture, its_end_answers_who_waits) {
  join_all({"hangs"});
  of("hangs").how = manner::keep;
  auto handle = debate->handle();
  auto copy = std::make_optional(*debate);
  auto r = ask_all();
  debate.reset();
  env.run();
  EXPECT_EQ(text(r), "pending") << "somebody has a copy";
  copy.reset();
  env.run();
  EXPECT_EQ(text(r), "shutting_down");
  EXPECT_EQ(circuit_of(r->raw.error), "debate");
  auto late = user.ask_for<arena_status>([](reply&, const arena_status&) {},
                                         handle, get_arena_status{});
  env.run();
  EXPECT_EQ(late->answers, 1) << "by CAF";
  EXPECT_FALSE(late->ok());
  env.advance(1h);
}

TEST_F(arena_fixture, the_end_of_the_runtime_answers_who_waits) {
  auto other = std::make_unique<runtime>(env.sys);
  debate = spawn_arena(*other, config());
  join_all({"hangs"});
  of("hangs").how = manner::keep;
  auto r = ask_all();
  other.reset();
  env.run();
  EXPECT_FALSE(r->raw.pending());
  r = ask_all();
  EXPECT_FALSE(r->raw.pending());
  EXPECT_EQ(tell(joining("x", agent("x"))).answers, 1);
}

TEST_F(arena_fixture, somebody_ends_it) {
  for (auto why : {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    debate = spawn_arena(rt, config());
    join_all({"hangs"});
    of("hangs").how = manner::keep;
    auto r = ask_all();
    caf::anon_send_exit(debate->handle(), why);
    env.run();
    EXPECT_EQ(text(r), "shutting_down");
    debate.reset();
    env.run();
    caf::anon_send_exit(agents["hangs"], caf::exit_reason::kill);
  }
}

TEST_F(arena_fixture, who_is_linked_to_it_does_not_take_it_along) {
  join_all({"a", "b"});
  user.run([=, this](caller* me) {
    me->link_to(caf::actor_cast<caf::actor>(
      caf::actor_cast<caf::strong_actor_ptr>(debate->handle())));
    me->quit(caf::exit_reason::user_shutdown);
  });
  env.run();
  client second{env.sys};
  auto r = second.ask_for<arena_status>([](reply&, const arena_status&) {},
                                        debate->handle(), get_arena_status{});
  env.run();
  EXPECT_TRUE(r->ok());
}

// -- threads ------------------------------------------------------------------

// Whoever the arena takes in meanwhile needs the runtime.
TEST(arena_threads, the_runtime_ends_while_agents_join) {
  caf::actor_system_config cfg;
  resilience::init<caf::id_block::resilience_test>(cfg);
  caf::actor_system sys{cfg};
  for (int i = 0; i < 200; ++i) {
    auto rt = std::make_unique<runtime>(sys);
    auto debate = spawn_arena(*rt, {.name = "over"});
    caf::scoped_actor self{sys};
    for (int k = 0; k < 20; ++k)
      compat::anon_post(
        debate.handle(),
        joining("agent-" + std::to_string(k),
                sys.spawn<target>(std::make_shared<target::shared>())));
    rt.reset();
    // It ends, whatever it was doing, and answers.
    self->wait_for(debate.handle());
  }
}

// Agents come and go while rounds run; each round is answered once and whole.
TEST(arena_threads, every_round_is_answered) {
  caf::actor_system_config cfg;
  resilience::init<caf::id_block::resilience_test>(cfg);
  caf::actor_system sys{cfg};
  runtime rt{sys};
  auto debate = spawn_arena(rt, {.name = "busy", .max_rounds = 10'000});
  std::vector<caf::actor> workers;
  for (auto how : {manner::answer, manner::answer, manner::fail, manner::twice,
                   manner::raise}) {
    auto told = std::make_shared<target::shared>();
    told->how = how;
    workers.push_back(sys.spawn<target>(told));
  }
  std::atomic<int> whole{0};
  constexpr int rounds = 500;
  auto ask = [&] {
    caf::scoped_actor self{sys};
    for (int i = 0; i < rounds; ++i)
      compat::request(self, debate.handle(), caf::infinite,
                      start_round{caf::make_message(int32_t{1}), 0, 10s})
        .receive(
          [&](const round_result& x) {
            if (x.end == round_end::complete && x.answers.size() >= 2)
              ++whole;
          },
          [](const caf::error&) {});
  };
  auto come_and_go = [&] {
    caf::scoped_actor self{sys};
    for (int i = 0; i < rounds; ++i) {
      auto ignore = [](const caf::error& e) { ADD_FAILURE() << to_string(e); };
      compat::request(self, debate.handle(), caf::infinite,
                      joining("guest", workers[2]))
        .receive([] {}, ignore);
      compat::request(self, debate.handle(), caf::infinite,
                      leave_arena{"guest"})
        .receive([] {}, ignore);
    }
  };
  {
    caf::scoped_actor self{sys};
    for (size_t i : {0u, 1u, 3u, 4u})
      compat::request(self, debate.handle(), caf::infinite,
                      joining("worker" + std::to_string(i), workers[i]))
        .receive([] {}, [](const caf::error& e) { FAIL() << to_string(e); });
  }
  std::vector<std::thread> threads;
  threads.emplace_back(ask);
  threads.emplace_back(ask);
  threads.emplace_back(come_and_go);
  for (auto& x : threads)
    x.join();
  EXPECT_EQ(whole, 2 * rounds);
  for (auto& x : workers)
    caf::anon_send_exit(x, caf::exit_reason::kill);
}

} // namespace

} // namespace resilience::test
