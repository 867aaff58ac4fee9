// What an arena understands (arena.hpp), with one sentence each, and what it
// answers.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/type_ids.hpp"
#include "resilience/round_machine.hpp"

#include <caf/error.hpp>
#include <caf/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace resilience {

// -- requests -----------------------------------------------------------------

/// Takes an agent in, from the next round on; answered by nothing, or by
/// `invalid_config` with every fault, or by `limit_reached`. The arena puts a
/// guard before it, unless it is a guard of this process already; that is then
/// used as it is.
struct join_arena {
  /// 1 to 127 bytes, without `/`; not that of another agent.
  std::string name{};
  caf::actor agent{};
  /// For the arena's guard; by default `arena_config::agent`. Without a name of
  /// its own it is called `arena/agent`: who leaves and comes back has the
  /// circuit that it had, and must not ask for other settings.
  std::optional<policy> guard{};
};

/// A `join_arena` for a handle of any type.
template <class Handle>
join_arena joining(std::string name, const Handle& agent,
                   std::optional<policy> guard = std::nullopt) {
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(agent);
  return {std::move(name), caf::actor_cast<caf::actor>(ptr), std::move(guard)};
}

/// Lets an agent go; rounds under way still take its answer. Answered by
/// nothing, or by `invalid_config` where there is no such agent.
struct leave_arena {
  std::string name;
};

/// Asks all agents; answered by a `round_result` when the round is over, or by
/// `invalid_config` with every fault, or by `limit_reached`.
struct start_round {
  /// The request that each agent gets, of any types. Nothing that a guard
  /// answers itself, or that ends it.
  caf::message content{};
  /// How many answers end the round, at most 10,000; 0: it waits for everybody
  /// until the deadline.
  uint32_t quorum = 0;
  /// The round's time from its arrival; 1 ms to `arena_config::max_deadline`.
  /// It bounds what the agents are asked, too: who takes longer counts as
  /// failed in its circuit.
  duration deadline{};
};

/// Asks how the arena and its agents are; answered by `arena_status`.
struct get_arena_status {};

// -- answers ------------------------------------------------------------------

struct agent_answer {
  std::string name;
  caf::message content;
};

struct agent_failure {
  std::string name;
  /// As its guard says it; `timed_out` for who was silent until the deadline.
  caf::error why;
};

/// An agent that was not asked, because its guard turned the round away.
struct agent_skip {
  std::string name;
  /// `circuit_open`, `circuit_isolated`, `half_open_full`, `bulkhead_full`,
  /// `rate_limited`, `target_stuck` or `overloaded`.
  errc why = errc::none;
  /// When to come back, where that is known.
  std::optional<duration> retry_after{};

  friend bool operator==(const agent_skip&, const agent_skip&) = default;
};

/// What became of a round. Each agent stands in one list, and each list is
/// sorted by name.
struct round_result {
  /// Counts the arena's rounds, from 1.
  uint64_t number = 0;
  round_end end = round_end::quorum;
  std::vector<agent_answer> answers{};
  /// What guards said instead of their agents: `answered_by_guard`
  /// (airlock.hpp). Counts as no answer.
  std::vector<agent_answer> fallbacks{};
  std::vector<agent_failure> failures{};
  std::vector<agent_skip> skipped{};
  /// Who had not answered when the round ended before its deadline, or was not
  /// asked because no quorum could be reached.
  std::vector<std::string> unheard{};
};

struct agent_status {
  std::string name;
  /// Of its guard's circuit.
  circuit_status circuit{};
  /// Rounds by what became of the agent. Those that ended without it count
  /// nowhere.
  uint64_t answered = 0;
  uint64_t failed = 0;
  uint64_t skipped = 0;
};

struct arena_status {
  std::string name;
  /// Sorted by name.
  std::vector<agent_status> agents{};
  uint64_t rounds_running = 0;
  uint64_t rounds_over = 0;
  /// What came from agents when their round was over.
  uint64_t late = 0;
};

// -- inspection ---------------------------------------------------------------

RESILIENCE_INSPECT_ENUM(round_end)

template <class Inspector>
auto inspect(Inspector& f, join_arena& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::join_arena", field("name", x.name),
                        field("agent", x.agent), field("guard", x.guard));
}

template <class Inspector>
auto inspect(Inspector& f, leave_arena& x) {
  return compat::fields(f, x, "resilience::leave_arena",
                        compat::field("name", x.name));
}

template <class Inspector>
auto inspect(Inspector& f, start_round& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::start_round",
                        field("content", x.content), field("quorum", x.quorum),
                        field("deadline", x.deadline));
}

template <class Inspector>
auto inspect(Inspector& f, get_arena_status& x) {
  return compat::fields(f, x, "resilience::get_arena_status");
}

template <class Inspector>
auto inspect(Inspector& f, agent_answer& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::agent_answer", field("name", x.name),
                        field("content", x.content));
}

template <class Inspector>
auto inspect(Inspector& f, agent_failure& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::agent_failure",
                        field("name", x.name), field("why", x.why));
}

template <class Inspector>
auto inspect(Inspector& f, agent_skip& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::agent_skip", field("name", x.name),
                        field("why", x.why),
                        field("retry_after", x.retry_after));
}

template <class Inspector>
auto inspect(Inspector& f, round_result& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::round_result", field("number", x.number),
    field("end", x.end), field("answers", x.answers),
    field("fallbacks", x.fallbacks), field("failures", x.failures),
    field("skipped", x.skipped), field("unheard", x.unheard));
}

template <class Inspector>
auto inspect(Inspector& f, agent_status& x) {
  using compat::field;
  return compat::fields(f, x, "resilience::agent_status", field("name", x.name),
                        field("circuit", x.circuit),
                        field("answered", x.answered),
                        field("failed", x.failed), field("skipped", x.skipped));
}

template <class Inspector>
auto inspect(Inspector& f, arena_status& x) {
  using compat::field;
  return compat::fields(
    f, x, "resilience::arena_status", field("name", x.name),
    field("agents", x.agents), field("rounds_running", x.rounds_running),
    field("rounds_over", x.rounds_over), field("late", x.late));
}

} // namespace resilience
