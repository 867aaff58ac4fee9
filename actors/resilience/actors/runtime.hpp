// What an application holds: spawns guards, breakers and health checkers, ends
// them.
//
// Lives beside the actor system and dies before it: declare it after the
// system. Its end answers every caller with `shutting_down`; keep it for as
// long as guarded requests are wanted.
#pragma once

#include "resilience/actors/compat.hpp"
#include "resilience/actors/error.hpp"
#include "resilience/actors/health_options.hpp"
#include "resilience/actors/hooks.hpp"
#include "resilience/actors/interfaces.hpp"
#include "resilience/actors/messages.hpp"
#include "resilience/actors/metrics_relay.hpp"
#include "resilience/actors/probe.hpp"
#include "resilience/actors/restart_counts.hpp"
#include "resilience/actors/runtime_options.hpp"
#include "resilience/actors/team.hpp"
#include "resilience/policy.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

class runtime_settings;

/// Thread-safe but for construction and destruction.
class runtime {
public:
  /// Reads what a user has configured (settings.hpp), which overrides `opts`
  /// here and policies below.
  /// @throws invalid_config_error naming every fault of the configuration.
  /// @throws store_error if `database` cannot be used: another process has it,
  ///         it is of a newer version or of another program, or cannot be
  ///         written. It is then left as it is.
  explicit runtime(caf::actor_system& sys, runtime_options opts = {});

  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  ~runtime();

  /// Puts a guard before `target`. The result takes the target's place: same
  /// type, same messages. It lives until it is unreachable, told to quit, or
  /// the runtime ends; it outlives its target and then answers `target_down`.
  ///
  /// Guards with the same name share one circuit, and must then agree on its
  /// settings; every other layer is each guard's own.
  /// @param x code and actors beside the policy (hooks.hpp).
  /// @throws invalid_config_error naming every fault: of the policy, a null
  ///         target, a name taken with other settings, a target that is a guard
  ///         of the same circuit, or a policy that needs a hook which is not
  ///         there.
  template <class Handle>
  Handle guard(const Handle& target, const policy& p = {}, hooks x = {}) {
    return caf::actor_cast<Handle>(
      or_throw(try_spawn_guard(pointer_to(target), p, std::move(x),
                               compat::takes_empty_answers<Handle>())));
  }

  /// Like `guard`, with an error instead of an exception.
  template <class Handle>
  caf::expected<Handle> try_guard(const Handle& target, const policy& p = {},
                                  hooks x = {}) {
    auto result = try_spawn_guard(pointer_to(target), p, std::move(x),
                                  compat::takes_empty_answers<Handle>());
    if (!result)
      return result.error();
    return caf::actor_cast<Handle>(*result);
  }

  /// A breaker without a target, for work that is no actor: `acquire` and
  /// `report`. Of the policy only `breaker` and `max_in_flight` apply: a permit
  /// has a lease, and there is nothing to queue or to repeat.
  /// @throws invalid_config_error like `guard`.
  control_actor breaker(const policy& p);

  /// Like `breaker`, with an error instead of an exception.
  caf::expected<control_actor> try_breaker(const policy& p);

  /// Runs `what` every `config.interval`, first at once, and answers for it
  /// (health_messages.hpp). Works in the background, whether or not anybody
  /// keeps the handle, until it is told to quit (`caf::anon_send_exit`) or the
  /// runtime ends; its name is free again then. The end of who is linked to it
  /// does not end it.
  /// @param name 1 to 256 bytes.
  /// @throws invalid_config_error naming every fault: of settings, name, tags
  ///         and probe, a name that is taken, a circuit to isolate that does
  ///         not exist, is isolated by another checker, or that the probe goes
  ///         through; also beyond `max_health_checkers`.
  health_actor health_checker(const std::string& name, probe what,
                              const health_check_config& config = {},
                              health_options x = {});

  /// Like `health_checker`, with an error instead of an exception.
  caf::expected<health_actor> try_health_checker(
    const std::string& name, probe what, const health_check_config& config = {},
    health_options x = {});

  /// Starts `children` in order, each behind a guard, and restarts them as
  /// `options` say (team.hpp). Those that do not fail are there when this
  /// returns; whoever fails is tried again like one that has ended. Their
  /// functions run here first, later in the team's own context, and never while
  /// the runtime ends.
  /// @throws invalid_config_error naming every fault (`validate`), or a policy
  ///         that the runtime refuses.
  resilience::team team(std::string name, std::vector<child_spec> children,
                        const team_options& options = {});

  /// Like `team`, with an error instead of an exception.
  caf::expected<resilience::team> try_team(std::string name,
                                           std::vector<child_spec> children,
                                           const team_options& options = {});

  /// How often targets of named guards and children of teams were restarted.
  restart_counts& restarts() noexcept;

  /// The handle that answers control messages (messages.hpp) for a guard.
  /// A handle to another node is taken on trust.
  /// @throws invalid_config_error if `guard` is a local actor but no guard.
  template <class Handle>
  control_actor control(const Handle& guard) {
    return control_of(pointer_to(guard));
  }

  /// The same for the circuit of that name, whether or not a guard uses it. It
  /// speaks for the circuit, not for any one guard: `configure` changes the
  /// breaker's settings for all, no guard's timeout or limit. The runtime keeps
  /// the circuit from then on.
  /// @throws invalid_config_error if there is none.
  control_actor control(std::string_view name);
  control_actor control(const std::string& name);
  control_actor control(const char* name);

  /// Like `control`, with `unknown_circuit` instead of an exception.
  caf::expected<control_actor> try_control(std::string_view name);

  /// The actor that answers for all circuits with a name
  /// (supervisor_messages.hpp): status, events, history.
  supervisor_actor supervisor() const;

  /// The handle of the circuit of `p`'s name, made if need be. Where it exists
  /// with other settings, those are replaced in place if `replace` says so.
  /// @throws invalid_config_error naming every fault, or the difference.
  control_actor ensure_breaker(const policy& p, bool replace = false);

  /// How one circuit is, and its totals. Any thread.
  /// @throws invalid_config_error if there is none.
  circuit_status status_of(std::string_view name) const;
  circuit_metrics metrics_of(std::string_view name) const;

  /// How all circuits with a name are, sorted by name. This and the next three
  /// read for themselves: a supervisor that is busy holds nobody up. Any
  /// thread.
  std::vector<circuit_status> all_status() const;

  /// Their totals.
  std::vector<named_metrics> all_metrics() const;

  /// Closes them, as `reset` does; returns their number.
  uint64_t reset_all();

  /// The health of the whole, or of a view of it (`get_summary`).
  health_summary health(std::string_view view = {}) const;

  /// Calls `f` for each transition of a circuit with a name, on a thread of its
  /// own, in order; takes the place of the last one given, which happens while
  /// transitions do: those of that moment may be told to neither or to both.
  /// Null: nobody is called any more. It must return at some time: the end of
  /// the actor system waits for it. An actor subscribes to the supervisor
  /// instead. Any thread.
  void set_metrics_callback(metrics_callback f);

  /// Saves everything and returns when it is durable; blocks for as long as the
  /// store does. False: the store failed, and goes on trying. Any thread.
  bool persist();

  /// Names of all circuits in memory, sorted.
  std::vector<std::string> circuits() const;

  /// What a user has configured.
  const runtime_settings& settings() const noexcept;

private:
  class impl;

  template <class Handle>
  static caf::strong_actor_ptr pointer_to(const Handle& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  caf::expected<caf::actor> try_spawn_guard(caf::strong_actor_ptr target,
                                            const policy& p, hooks x,
                                            bool takes_empty_answers);
  caf::actor or_throw(caf::expected<caf::actor> x);
  control_actor control_of(const caf::strong_actor_ptr& guard);

  std::unique_ptr<impl> impl_;
};

} // namespace resilience
