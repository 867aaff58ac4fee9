// Who of a team is started and stopped, and in which order.
#include "resilience/team_machine.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <string>

namespace resilience::test {

namespace {

team_options options(team_strategy strategy, int32_t most = 5) {
  team_options x;
  x.strategy = strategy;
  x.restart.max_restarts = most;
  x.restart.backoff = {.initial_delay = 1s, .jitter = jitter_kind::none};
  x.stop_limit = 3s;
  return x;
}

/// Children that start, and stop when they are told, unless listed.
class scripted_team {
public:
  scripted_team(size_t n, const team_options& x) : uut(n, x, at(0)) {}

  /// What is done at `t`, e.g. `+0 -2 !2 end`.
  std::string run(int64_t t) {
    std::string result;
    auto say = [&](const char* what, size_t child) {
      if (!result.empty())
        result += ' ';
      result += what;
      result += std::to_string(child);
    };
    for (int i = 0; i < 1000; ++i) {
      auto next = uut.next(at(t));
      if (!next)
        return result;
      switch (next->what) {
        case team_machine::verb::start:
          say("+", next->child);
          if (fails == next->child)
            uut.on_end(next->child, end_kind::failed, at(t));
          else
            uut.on_started(next->child, at(t));
          break;
        case team_machine::verb::stop:
          say("-", next->child);
          if (stubborn != next->child)
            uut.on_end(next->child, end_kind::graceful, at(t));
          break;
        case team_machine::verb::kill:
          say("!", next->child);
          break;
        default:
          result += result.empty() ? "end" : " end";
      }
    }
    return result + " endless";
  }

  std::string end(size_t child, int64_t t, end_kind how = end_kind::failed) {
    uut.on_end(child, how, at(t));
    return run(t);
  }

  team_machine uut;
  size_t stubborn = 99;
  size_t fails = 99;
};

TEST(team_machine, starts_in_order_and_stops_in_reverse) {
  scripted_team x{3, options(team_strategy::one_for_one)};
  EXPECT_EQ(x.uut.state(0), child_state::waiting);
  EXPECT_EQ(x.uut.restarts(0), 0u);
  EXPECT_EQ(x.run(0), "+0 +1 +2");
  EXPECT_EQ(x.uut.state(2), child_state::running);
  EXPECT_EQ(x.uut.restarts(2), 0u);
  EXPECT_EQ(x.uut.due(), time_point::max());
  x.uut.quit();
  EXPECT_TRUE(x.uut.ending());
  EXPECT_EQ(x.run(1), "-2 -1 -0 end");
  EXPECT_EQ(x.run(2), "");
  EXPECT_EQ(x.uut.state(0), child_state::stopped);
  EXPECT_FALSE(x.uut.culprit());
  EXPECT_EQ(x.uut.due(), time_point::max());
}

TEST(team_machine, restarts_whom_the_strategy_says) {
  struct row {
    team_strategy strategy;
    const char* stops;
    const char* starts;
  };
  for (auto [strategy, stops, starts] :
       {row{team_strategy::one_for_one, "", "+1"},
        row{team_strategy::rest_for_one, "-3 -2", "+1 +2 +3"},
        row{team_strategy::one_for_all, "-3 -2 -0", "+0 +1 +2 +3"}}) {
    scripted_team x{4, options(strategy)};
    x.run(0);
    EXPECT_EQ(x.end(1, 10), stops);
    EXPECT_EQ(x.uut.due(), at(1010));
    EXPECT_EQ(x.uut.due(1), at(1010));
    EXPECT_EQ(x.run(1009), "");
    EXPECT_EQ(x.run(1010), starts);
    EXPECT_EQ(x.uut.restarts(1), 1u);
    EXPECT_EQ(x.uut.restarts(0),
              strategy == team_strategy::one_for_all ? 1u : 0u);
    EXPECT_EQ(x.uut.due(), time_point::max());
  }
}

TEST(team_machine, the_intensity_holds_for_all_together) {
  scripted_team x{3, options(team_strategy::one_for_one, 2)};
  x.run(0);
  EXPECT_EQ(x.end(0, 0), "");
  EXPECT_EQ(x.end(1, 0), "");
  EXPECT_EQ(x.run(1000), "+0 +1");
  EXPECT_EQ(x.end(2, 2000), "-1 -0 end");
  EXPECT_EQ(x.uut.culprit(), 2u);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(x.uut.state(i), child_state::stopped);
}

TEST(team_machine, backoffs_are_each_childs_own) {
  scripted_team x{2, options(team_strategy::one_for_one)};
  x.run(0);
  x.end(0, 0);
  x.run(1000);
  x.end(0, 1000);
  EXPECT_EQ(x.uut.due(0), at(3000));
  x.end(1, 1000);
  EXPECT_EQ(x.uut.due(1), at(2000));
  EXPECT_EQ(x.uut.due(), at(2000)) << "the earlier one";
  EXPECT_EQ(x.run(2000), "+1");
  EXPECT_EQ(x.run(3000), "+0");
}

TEST(team_machine, a_child_that_ran_long_enough_was_well) {
  scripted_team x{1, options(team_strategy::one_for_one)};
  x.run(0);
  x.end(0, 0);
  x.run(1000);
  x.end(0, 2000);
  EXPECT_EQ(x.uut.due(0), at(4000));
  x.run(4000);
  x.end(0, 64'000);
  EXPECT_EQ(x.uut.due(0), at(65'000));
}

TEST(team_machine, children_that_are_stopped_anyway_count_nothing) {
  scripted_team x{3, options(team_strategy::one_for_all, 1)};
  x.run(0);
  x.stubborn = 2;
  EXPECT_EQ(x.end(0, 0), "-2");
  // The other one ends by itself before it is told to.
  EXPECT_EQ(x.end(1, 1), "");
  EXPECT_EQ(x.end(2, 2), "");
  EXPECT_FALSE(x.uut.ending());
  EXPECT_EQ(x.run(1000), "+0 +1 +2");
}

TEST(team_machine, who_does_not_exit_in_time_is_killed) {
  scripted_team x{2, options(team_strategy::one_for_one)};
  x.run(0);
  x.stubborn = 1;
  x.uut.quit();
  EXPECT_EQ(x.run(0), "-1");
  EXPECT_EQ(x.uut.state(1), child_state::stopping);
  EXPECT_EQ(x.uut.due(), at(3000));
  EXPECT_EQ(x.run(2999), "");
  EXPECT_EQ(x.run(3000), "!1");
  EXPECT_EQ(x.run(3000), "") << "once";
  EXPECT_EQ(x.uut.due(), time_point::max());
  EXPECT_EQ(x.end(1, 3001), "-0 end");
}

TEST(team_machine, nobody_is_started_while_anybody_is_being_stopped) {
  scripted_team x{2, options(team_strategy::one_for_all)};
  x.run(0);
  x.stubborn = 1;
  EXPECT_EQ(x.end(0, 0), "-1");
  EXPECT_EQ(x.run(2000), "");
  EXPECT_EQ(x.end(1, 2500), "+0 +1");
}

TEST(team_machine, a_failed_start_holds_up_those_that_depend_on_it) {
  for (auto strategy : {team_strategy::one_for_one, team_strategy::rest_for_one,
                        team_strategy::one_for_all}) {
    scripted_team x{3, options(strategy)};
    x.fails = 1;
    EXPECT_EQ(x.run(0), strategy == team_strategy::one_for_one    ? "+0 +1 +2"
                        : strategy == team_strategy::rest_for_one ? "+0 +1"
                                                                  : "+0 +1 -0");
    x.fails = 99;
    EXPECT_EQ(x.uut.due(1), at(1000));
    if (strategy != team_strategy::one_for_one) {
      EXPECT_EQ(x.uut.due(2), at(1000)) << "not before 1";
    }
    EXPECT_EQ(x.run(999), "");
    EXPECT_EQ(x.run(1000), strategy == team_strategy::one_for_one ? "+1"
                           : strategy == team_strategy::rest_for_one
                             ? "+1 +2"
                             : "+0 +1 +2");
    EXPECT_EQ(x.uut.restarts(1), 0u) << "it never ran before";
  }
}

TEST(team_machine, a_start_that_always_fails_is_given_up) {
  scripted_team x{2, options(team_strategy::one_for_one, 3)};
  x.fails = 0;
  EXPECT_EQ(x.run(0), "+0 +1");
  EXPECT_EQ(x.run(1000), "+0");
  EXPECT_EQ(x.run(3000), "+0");
  EXPECT_EQ(x.run(7000), "+0 -1 end");
  EXPECT_EQ(x.uut.culprit(), 0u);
}

TEST(team_machine, a_graceful_end_may_be_left_alone_until_others_need_it) {
  auto o = options(team_strategy::rest_for_one);
  o.restart.when = restart_when::failure_only;
  scripted_team x{3, o};
  x.run(0);
  EXPECT_EQ(x.end(2, 0, end_kind::graceful), "");
  EXPECT_EQ(x.uut.state(2), child_state::stopped);
  EXPECT_EQ(x.uut.due(), time_point::max());
  EXPECT_EQ(x.end(1, 5), "");
  EXPECT_EQ(x.run(1005), "+1 +2");
}

TEST(team_machine, an_end_in_the_middle_of_a_restart_adds_to_it) {
  scripted_team x{4, options(team_strategy::rest_for_one)};
  x.run(0);
  EXPECT_EQ(x.end(2, 0), "-3");
  EXPECT_EQ(x.end(0, 500), "-1");
  EXPECT_EQ(x.run(1000), "") << "2 waits for 0";
  EXPECT_EQ(x.run(1500), "+0 +1 +2 +3");
}

TEST(team_machine, quits_while_a_restart_is_due) {
  scripted_team x{2, options(team_strategy::one_for_one)};
  x.run(0);
  x.end(0, 0);
  x.uut.quit();
  EXPECT_EQ(x.uut.state(0), child_state::stopped);
  EXPECT_EQ(x.run(0), "-1 end");
  EXPECT_EQ(x.run(5000), "");
}

TEST(team_machine, quits_while_a_child_is_being_started) {
  team_machine x{1, options(team_strategy::one_for_one), at(0)};
  using order = team_machine::order;
  EXPECT_EQ(x.next(at(0)), (order{team_machine::verb::start, 0}));
  x.quit();
  x.on_started(0, at(0));
  EXPECT_EQ(x.next(at(0)), (order{team_machine::verb::stop, 0}));
  x.on_end(0, end_kind::graceful, at(0));
  EXPECT_EQ(x.next(at(0))->what, team_machine::verb::end);
}

TEST(team_machine, quits_while_it_stops_for_a_restart) {
  scripted_team x{3, options(team_strategy::one_for_all)};
  x.run(0);
  x.stubborn = 2;
  EXPECT_EQ(x.end(1, 0), "-2");
  x.uut.quit();
  EXPECT_EQ(x.run(0), "");
  EXPECT_EQ(x.uut.state(2), child_state::stopping) << "until it has ended";
  EXPECT_EQ(x.end(2, 100), "-0 end");
  EXPECT_FALSE(x.uut.culprit());
}

TEST(team_machine, options_have_bounds) {
  EXPECT_TRUE(validate(team_options{}).empty());
  team_options x;
  x.strategy = team_strategy{3};
  x.restart.max_restarts = -1;
  x.stop_limit = 0s;
  EXPECT_EQ(to_string(validate(x, "team.")),
            "team.strategy must be one_for_one, rest_for_one or one_for_all; "
            "team.restart.max_restarts must be between 0 and 1000, is -1; "
            "team.stop_limit must be between 1ms and 8760h, is 0s");
}

} // namespace

} // namespace resilience::test
