// One round of an arena. What can go wrong for a user: it ends too early or
// never, an agent counts twice, or what comes late spoils it.
#include "resilience/arena_config.hpp"
#include "resilience/round_machine.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace resilience::test {

namespace {

using end = std::optional<round_end>;

constexpr auto never = std::nullopt;

// a: the next agent answers, f: fails, s: is skipped, T: the deadline comes.
end after(size_t agents, size_t quorum, const std::string& events) {
  round_machine uut{agents, quorum, at(100)};
  size_t next = 0;
  for (auto x : events) {
    auto before = uut.end();
    auto counted = false;
    switch (x) {
      case 'a':
        counted = uut.on_answer(next++);
        break;
      case 'f':
        counted = uut.on_failure(next++);
        break;
      case 's':
        counted = uut.on_skip(next++);
        break;
      default:
        counted = uut.on_time(at(100));
    }
    EXPECT_EQ(counted, !before) << events;
  }
  return uut.end();
}

TEST(round_machine, ends_when_enough_is_known) {
  struct row {
    size_t agents;
    size_t quorum;
    const char* events;
    end expected;
  };
  for (const auto& x : {
         // Without a quorum everybody is waited for.
         row{0, 0, "", round_end::complete},
         row{1, 0, "", never},
         row{1, 0, "a", round_end::complete},
         row{1, 0, "f", round_end::complete},
         row{1, 0, "s", round_end::complete},
         row{3, 0, "af", never},
         row{3, 0, "afs", round_end::complete},
         row{3, 0, "afT", round_end::deadline},
         row{3, 0, "T", round_end::deadline},
         row{0, 0, "T", round_end::complete},
         // With one, for as many as that.
         row{3, 1, "", never},
         row{3, 1, "a", round_end::quorum},
         row{3, 2, "fa", never},
         row{3, 2, "faa", round_end::quorum},
         row{3, 2, "sa", never},
         row{3, 3, "aa", never},
         row{3, 3, "aaa", round_end::quorum},
         row{3, 2, "aT", round_end::deadline},
         row{3, 2, "aaT", round_end::quorum},
         // Too few are left.
         row{0, 1, "", round_end::unreachable},
         row{3, 4, "", round_end::unreachable},
         row{3, 3, "s", round_end::unreachable},
         row{3, 3, "f", round_end::unreachable},
         row{3, 2, "f", never},
         row{3, 2, "ff", round_end::unreachable},
         row{3, 2, "fs", round_end::unreachable},
         row{3, 2, "afa", round_end::quorum},
         row{3, 2, "aff", round_end::unreachable},
         row{1, std::numeric_limits<size_t>::max(), "", round_end::unreachable},
         // What comes after the end counts nothing.
         row{3, 1, "afs", round_end::quorum},
         row{3, 3, "saa", round_end::unreachable},
         row{2, 0, "Taa", round_end::deadline},
       })
    EXPECT_EQ(after(x.agents, x.quorum, x.events), x.expected)
      << x.agents << " agents, quorum " << x.quorum << ": " << x.events;
}

TEST(round_machine, an_agent_counts_once) {
  round_machine uut{3, 2, at(100)};
  EXPECT_TRUE(uut.on_answer(1));
  EXPECT_FALSE(uut.on_answer(1));
  EXPECT_FALSE(uut.on_failure(1));
  EXPECT_FALSE(uut.on_skip(1));
  EXPECT_EQ(uut.end(), never) << "one vote";
  EXPECT_EQ(uut.of(1), part::answered);
  EXPECT_TRUE(uut.on_skip(0));
  EXPECT_FALSE(uut.on_answer(0)) << "it was never asked";
  EXPECT_EQ(uut.end(), never);
  EXPECT_TRUE(uut.on_failure(2));
  EXPECT_EQ(uut.end(), round_end::unreachable);
}

TEST(round_machine, the_deadline_fails_who_is_silent) {
  round_machine uut{4, 0, at(100)};
  uut.on_answer(0);
  uut.on_failure(1);
  uut.on_skip(2);
  EXPECT_FALSE(uut.on_time(at(100) - duration{1}));
  EXPECT_EQ(uut.of(3), part::open);
  EXPECT_TRUE(uut.on_time(at(100)));
  EXPECT_EQ(uut.of(0), part::answered);
  EXPECT_EQ(uut.of(1), part::failed);
  EXPECT_EQ(uut.of(2), part::skipped);
  EXPECT_EQ(uut.of(3), part::failed);
  EXPECT_FALSE(uut.on_time(at(200))) << "a round ends once";
}

TEST(round_machine, who_is_not_heard_when_the_quorum_is_there_stays_open) {
  round_machine uut{3, 1, at(100)};
  uut.on_answer(2);
  EXPECT_EQ(uut.of(0), part::open);
  EXPECT_FALSE(uut.on_failure(0));
  EXPECT_EQ(uut.of(0), part::open);
}

// -- settings -----------------------------------------------------------------

TEST(arena_config, its_defaults_need_only_a_name) {
  EXPECT_EQ(validate(arena_config{}), faults{"name must not be empty"});
  EXPECT_EQ(validate(arena_config{.name = "debate"}), faults{});
  EXPECT_EQ(arena_config{}.agent.breaker->failure_threshold, 3);
  EXPECT_EQ(arena_config{}.max_agents, 100);
  EXPECT_EQ(arena_config{}.max_rounds, 100);
  EXPECT_EQ(warnings(arena_config{}.agent), std::vector<std::string>{});
}

TEST(arena_config, every_fault_is_told) {
  arena_config x{.name = "a/b",
                 .max_agents = 0,
                 .max_rounds = 10'001,
                 .max_deadline = duration{-1}};
  x.agent.name = "own";
  x.agent.breaker->failure_threshold = 0;
  x.agent.timeout->on_timeout = timeout_action::return_default;
  x.agent.fallback = fallback_config{};
  x.agent.restart = restart_config{};
  x.agent.hedge = hedge_config{};
  x.agent.keyed = keyed_config{};
  EXPECT_EQ(
    validate(x, "arena."),
    (faults{
      "arena.agent.breaker.failure_threshold must be between 1 and 1000000, is "
      "0",
      "arena.max_agents must be between 1 and 10000, is 0",
      "arena.max_rounds must be between 1 and 10000, is 10001",
      "arena.max_deadline must be between 1ms and 8760h, is -1ns",
      "arena.name must not contain /, is \"a/b\"",
      "arena.agent.name must be empty: each agent has its own",
      "arena.agent.fallback must be off: it needs code",
      "arena.agent.restart must be off: it needs code",
      "arena.agent.hedge must be off: it needs code",
      "arena.agent.keyed must be off: it needs code",
      "arena.agent.timeout.on_timeout must not be return_default: that needs a "
      "value",
    }));
  EXPECT_EQ(validate(arena_config{.name = std::string(128, 'x')}),
            faults{"name must have at most 127 bytes, has 128"});
  EXPECT_EQ(validate(arena_config{.name = std::string(127, 'x')}), faults{});
}

} // namespace

} // namespace resilience::test
