// A place where several agents are asked the same at once, each behind a guard.
// Those whose circuit is open are left out; who fails, hangs or dies spoils no
// round.
//
//   auto debate = spawn_arena(rt, {.name = "debate"});
//   compat::request(self, debate.handle(), caf::infinite,
//                   joining("critic", critic));
//   compat::request(self, debate.handle(), caf::infinite,
//                   start_round{caf::make_message(question), 2, 10s});
//
// Threads: an arena is an actor; its handle may be used from everywhere, also
// from other nodes.
#pragma once

#include "resilience/actors/arena_messages.hpp"
#include "resilience/actors/compat_handles.hpp"
#include "resilience/actors/runtime.hpp"
#include "resilience/arena_config.hpp"

#include <caf/expected.hpp>

#include <memory>

namespace resilience {

/// What arenas answer (arena_messages.hpp).
using arena_actor = compat::typed_handle<void(join_arena), void(leave_arena),
                                         round_result(start_round),
                                         arena_status(get_arena_status)>;

/// Keeps an arena. It ends with the last copy, or by an anonymous exit message,
/// or when the runtime ends: whoever waits for a round then gets
/// `shutting_down`. Who is linked to it does not take it along.
/// Declare it after the runtime: the last copy must go before that. Cheap to
/// copy; thread-safe.
class arena {
public:
  struct state;

  explicit arena(std::shared_ptr<const state> x) noexcept
    : state_(std::move(x)) {}

  /// Does not keep the arena.
  const arena_actor& handle() const noexcept;

private:
  std::shared_ptr<const state> state_;
};

/// @throws invalid_config_error naming every fault.
arena spawn_arena(runtime& rt, const arena_config& config);

/// Like `spawn_arena`, with an error instead of an exception.
caf::expected<arena> try_spawn_arena(runtime& rt, const arena_config& config);

} // namespace resilience
