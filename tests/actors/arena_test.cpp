// Arenas. What can go wrong for a user: one agent spoils the round of all, a
// round never ends or ends without saying why, an agent that is known to be
// down is asked again, a late answer lands in the next round.
#include "support/arena_fixture.hpp"

namespace resilience::test {

namespace {

TEST_F(arena_fixture, everybody_is_asked_and_answers) {
  join_all({"c", "a", "b"});
  auto r = ask_all();
  EXPECT_EQ(text(r), "complete +a +b +c");
  EXPECT_EQ(r->result->number, 1u);
  EXPECT_EQ(r->result->answers[0].content.get_as<int32_t>(0), 2);
  EXPECT_EQ(ask_all()->result->number, 2u);
  EXPECT_EQ(of("a").requests, 2);
}

TEST_F(arena_fixture, requests_and_answers_of_any_types) {
  join_all({"a"});
  auto ask = [&](caf::message content) {
    auto r = start({std::move(content), 0, 1s});
    return text(r) == "complete +a" ? r->result->answers[0].content
                                    : caf::message{};
  };
  auto pair = ask(caf::make_message(int32_t{1}, int32_t{2}));
  EXPECT_EQ(pair.size(), 2u);
  EXPECT_EQ(pair.get_as<std::string>(1), "sum");
  EXPECT_EQ(ask(caf::make_message(std::string{"x"})).get_as<std::string>(0),
            "x");
  auto nothing = start({caf::make_message(float{1}), 0, 1s});
  EXPECT_EQ(text(nothing), "complete +a");
  EXPECT_TRUE(nothing->result->answers[0].content.empty());
  auto unknown = start({caf::make_message(uint8_t{1}), 0, 1s});
  EXPECT_EQ(text(unknown), "complete !a:none");
  EXPECT_EQ(unknown->result->failures[0].why, caf::sec::unexpected_message);
}

TEST_F(arena_fixture, an_empty_arena_has_rounds) {
  EXPECT_EQ(text(ask_all()), "complete");
  EXPECT_EQ(text(ask_all(1)), "unreachable");
}

TEST_F(arena_fixture, nobody_spoils_a_round) {
  join_all({"dead", "drops", "fails", "hangs", "raises", "solid", "twice"});
  of("dead").how = manner::die;
  of("drops").how = manner::drop;
  of("fails").how = manner::fail;
  of("hangs").how = manner::keep;
  of("raises").how = manner::raise;
  of("twice").how = manner::twice;
  auto r = ask_all();
  EXPECT_EQ(text(r), "pending") << "one hangs";
  env.advance(1s);
  ASSERT_TRUE(r->result);
  EXPECT_EQ(r->result->end, round_end::deadline);
  std::map<std::string, caf::error> failures;
  for (const auto& x : r->result->failures)
    failures[x.name] = x.why;
  EXPECT_EQ(failures.size(), 5u);
  EXPECT_EQ(failures["dead"], errc::target_down);
  EXPECT_EQ(failures["fails"], caf::sec::runtime_error);
  EXPECT_EQ(failures["hangs"], errc::timed_out);
  EXPECT_EQ(circuit_of(failures["hangs"]), "debate/hangs");
  EXPECT_TRUE(failures.contains("drops"));
  EXPECT_TRUE(failures.contains("raises"));
  ASSERT_EQ(r->result->answers.size(), 2u);
  EXPECT_EQ(r->result->answers[0].name, "solid");
  EXPECT_EQ(r->result->answers[1].name, "twice") << "its first word counts";
  EXPECT_EQ(r->raw.answers, 1);
  of("solid").how = manner::answer;
  EXPECT_EQ(rt.status_of("debate/hangs").consecutive_failures, 1)
    << "the round's deadline is that of its request, too";
}

TEST_F(arena_fixture, a_quorum_ends_a_round_and_late_answers_are_dropped) {
  join_all({"a", "b", "slow"});
  of("slow").how = manner::keep;
  auto r = ask_all(2);
  EXPECT_EQ(text(r), "quorum +a +b ?slow");
  of("slow").how = manner::answer;
  compat::anon_post(agents["slow"], answer_all{});
  env.run();
  EXPECT_EQ(r->raw.answers, 1);
  EXPECT_EQ(look().late, 1u);
  EXPECT_EQ(rt.metrics_of("debate/slow").successes, 1u)
    << "to its circuit it counts";
  EXPECT_EQ(text(ask_all(3)), "quorum +a +b +slow");
}

TEST_F(arena_fixture, a_late_answer_is_none_of_the_next_round) {
  join_all({"a", "slow"});
  of("slow").how = manner::keep;
  auto first = ask_all(1);
  EXPECT_EQ(text(first), "quorum +a ?slow");
  auto second = ask_all(2);
  EXPECT_EQ(text(second), "pending");
  // Answers both of its requests, and each goes where it belongs.
  compat::anon_post(agents["slow"], answer_all{});
  env.run();
  EXPECT_EQ(text(second), "quorum +a +slow");
  EXPECT_EQ(look().late, 1u);
}

TEST_F(arena_fixture, who_is_known_to_be_down_is_left_out_until_it_is_well) {
  join_all({"ill", "well"});
  of("ill").how = manner::fail;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(text(ask_all()), "complete +well !ill:none");
  auto asked = of("ill").requests.load();
  EXPECT_EQ(text(ask_all()), "complete +well -ill:circuit_open@10s");
  env.advance(4s);
  EXPECT_EQ(text(ask_all()), "complete +well -ill:circuit_open@6s");
  EXPECT_EQ(of("ill").requests, asked) << "it was left in peace";
  of("ill").how = manner::answer;
  env.advance(6s);
  EXPECT_EQ(text(ask_all()), "complete +ill +well") << "a probe";
  EXPECT_EQ(text(ask_all()), "complete +ill +well");
  EXPECT_EQ(rt.status_of("debate/ill").state, circuit_state::closed);
}

TEST_F(arena_fixture, circuits_tell_in_other_ways_that_nobody_was_asked) {
  auto c = config();
  c.agent.bulkhead = bulkhead_config{.max_concurrent = 1};
  debate = spawn_arena(rt, c);
  join_all({"a", "b"});
  status_after(rt.control("debate/a"), isolate{});
  EXPECT_EQ(text(ask_all()), "complete +b -a:circuit_isolated");
  status_after(rt.control("debate/a"), restore{});
  of("b").how = manner::keep;
  auto first = ask_all();
  EXPECT_EQ(text(ask_all()), "complete +a -b:bulkhead_full");
  env.advance(1s);
  EXPECT_EQ(text(first), "deadline +a !b:timed_out");
}

TEST_F(arena_fixture, whose_probes_are_out_is_not_asked) {
  auto c = config();
  c.agent.breaker->half_open_max_calls = 1;
  debate = spawn_arena(rt, c);
  join_all({"a", "b"});
  of("b").how = manner::fail;
  for (int i = 0; i < 3; ++i)
    ask_all();
  env.advance(cooldown);
  of("b").how = manner::keep;
  auto probe = ask_all();
  EXPECT_EQ(text(ask_all()), "complete +a -b:half_open_full");
  env.advance(1s);
  EXPECT_EQ(text(probe), "deadline +a !b:timed_out");
}

TEST_F(arena_fixture, a_quorum_out_of_reach_ends_a_round_at_once) {
  join_all({"a", "b", "c"});
  EXPECT_EQ(text(ask_all(4)), "unreachable ?a ?b ?c");
  EXPECT_EQ(of("a").requests, 0) << "asked in vain";
  of("a").how = manner::fail;
  of("b").how = manner::keep;
  auto r = ask_all(3);
  EXPECT_EQ(text(r).substr(0, 11), "unreachable");
  EXPECT_EQ(r->result->failures.size(), 1u);
  for (int i = 0; i < 2; ++i)
    ask_all(1);
  EXPECT_EQ(text(ask_all(3)), "unreachable -a:circuit_open@10s ?b ?c");
}

TEST_F(arena_fixture, a_deadline_travels_to_the_guards) {
  join_all({"hangs"});
  of("hangs").how = manner::keep;
  for (int i = 0; i < 3; ++i) {
    auto r = ask_all(0, 100ms);
    env.advance(99ms);
    EXPECT_EQ(text(r), "pending");
    env.advance(1ms);
    EXPECT_EQ(text(r), "deadline !hangs:timed_out");
  }
  EXPECT_EQ(text(ask_all()), "complete -hangs:circuit_open@10s")
    << "its limit of 2 s has never passed";
}

TEST_F(arena_fixture,
       who_is_slower_than_its_own_limit_fails_before_the_deadline) {
  join_all({"a", "hangs"});
  of("hangs").how = manner::keep;
  auto r = ask_all(0, 1min);
  env.advance(limit);
  EXPECT_EQ(text(r), "complete +a !hangs:timed_out");
}

TEST_F(arena_fixture, rounds_run_side_by_side) {
  auto c = config();
  c.max_rounds = 3;
  debate = spawn_arena(rt, c);
  join_all({"a", "hangs"});
  of("hangs").how = manner::keep;
  std::vector<round_ptr> all;
  for (auto deadline : {900ms, 300ms, 600ms})
    all.push_back(ask_all(0, deadline));
  EXPECT_EQ(look().rounds_running, 3u);
  auto refused = ask_all();
  EXPECT_TRUE(refused->raw.is(errc::limit_reached));
  EXPECT_EQ(detail_of(refused->raw.error), "3 rounds");
  env.advance(300ms);
  EXPECT_EQ(text(all[1]), "deadline +a !hangs:timed_out");
  EXPECT_EQ(text(all[2]), "pending");
  env.advance(300ms);
  EXPECT_EQ(text(all[2]), "deadline +a !hangs:timed_out");
  EXPECT_EQ(text(all[0]), "pending");
  env.advance(300ms);
  EXPECT_EQ(text(all[0]), "deadline +a !hangs:timed_out");
  auto s = look();
  EXPECT_EQ(s.rounds_running, 0u);
  EXPECT_EQ(s.rounds_over, 3u);
}

TEST_F(arena_fixture, rounds_that_cannot_be_are_refused_with_every_fault) {
  join_all({"a"});
  struct row {
    start_round what;
    const char* fault;
  };
  auto good = caf::make_message(int32_t{1});
  for (const auto& x : {
         row{{good, 0, 0s}, "deadline must be between 1ms and 60min, is 0s"},
         row{{good, 0, -1s}, "deadline must be between 1ms and 60min, is -1s"},
         row{{good, 0, duration::max()},
             "deadline must be between 1ms and 60min, is "
             "9223372036854775807ns"},
         row{{{}, 10'001, 1s},
             "content must not be empty; quorum must be at most 10000, is "
             "10001"},
         row{{caf::make_message(reset{}), 0, 1s},
             "content must be for the agents, is for their guards"},
         row{{caf::make_message(
                caf::exit_msg{agents["a"].address(), caf::exit_reason::kill}),
              0, 1s},
             "content must be for the agents, is for their guards"},
       }) {
    auto r = start(x.what);
    EXPECT_TRUE(r->raw.is(errc::invalid_config));
    EXPECT_EQ(circuit_of(r->raw.error), "debate");
    EXPECT_EQ(detail_of(r->raw.error), x.fault);
  }
  EXPECT_EQ(of("a").requests, 0);
  EXPECT_EQ(look().rounds_over, 0u);
  EXPECT_EQ(text(ask_all()), "complete +a") << "all is as it was";
}

TEST_F(arena_fixture, what_guards_say_themselves_is_no_answer) {
  auto b = agent("b");
  auto guarded =
    rt.guard(b, quick("mine"), {.fallback = fallback::value(int32_t{-1})});
  join_all({"a"});
  EXPECT_TRUE(tell(joining("b", guarded)).ok());
  EXPECT_EQ(text(ask_all(2)), "quorum +a +b");
  of("b").how = manner::fail;
  auto r = ask_all();
  EXPECT_EQ(text(r), "complete +a ^b");
  EXPECT_EQ(r->result->fallbacks[0].content.get_as<int32_t>(0), -1);
  EXPECT_EQ(text(ask_all(2)).substr(0, 11), "unreachable");
  ask_all();
  EXPECT_EQ(text(ask_all()), "complete +a -b:circuit_open@10s");
}

TEST_F(arena_fixture, timers_do_not_pile_up) {
  join_all({"a"});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(text(ask_all(0, 1h)), "complete +a");
    env.advance(1ms);
  }
  EXPECT_LT(env.stall(2h), 20u);
}

TEST_F(arena_fixture, the_status_shows_arena_and_agents) {
  join_all({"fails", "ok"});
  of("fails").how = manner::fail;
  for (int i = 0; i < 4; ++i)
    ask_all();
  auto s = look();
  EXPECT_EQ(s.name, "debate");
  EXPECT_EQ(s.rounds_over, 4u);
  EXPECT_EQ(s.rounds_running, 0u);
  ASSERT_EQ(s.agents.size(), 2u);
  EXPECT_EQ(s.agents[0].name, "fails");
  EXPECT_EQ(s.agents[0].failed, 3u);
  EXPECT_EQ(s.agents[0].skipped, 1u);
  EXPECT_EQ(s.agents[0].circuit.name, "debate/fails");
  EXPECT_EQ(s.agents[0].circuit.state, circuit_state::open);
  EXPECT_EQ(s.agents[1].answered, 4u);
  EXPECT_EQ(rt.all_status().size(), 2u) << "the supervisor knows them";
}

} // namespace

} // namespace resilience::test
