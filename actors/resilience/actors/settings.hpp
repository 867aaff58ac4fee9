// Policies from CAF's own configuration: a file, and the command line.
//
//   resilience {
//     max-circuits = 1000
//     database = "circuits.db"
//     defaults = { timeout = { limit = 5s } }
//     guards = [
//       { name = "payments",
//         breaker = { failure-threshold = 3, cooldown = 60s },
//         retry = "off" },
//     ]
//   }
//
//   --resilience.set='payments: breaker.cooldown = 90s'    (command_line.hpp)
//
// Code says what a guard does, the file overrides it, and the command line
// overrides both, setting by setting; within each, what is said of one guard
// overrides what is said of all. Naming a part turns it on, `false` or "off"
// turns it off. Names stand in values: a dot in a key means something to CAF.
#pragma once

#include "resilience/actors/runtime_options.hpp"
#include "resilience/policy.hpp"

#include <caf/config_value.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace resilience {

/// What a user has configured. A copy: later changes of the configuration have
/// no effect. Immutable once read, and then thread-safe.
class runtime_settings {
public:
  /// Reads everything below `resilience`; nothing there is fine.
  /// @returns `invalid_config` with every fault at once, each with its path: a
  ///          key that does not exist, a wrong type or value, a guard without a
  ///          name or named twice. What is wrong only together with the code's
  ///          settings shows when a guard is spawned.
  static caf::expected<runtime_settings>
  read(const caf::actor_system_config& cfg);

  /// What a guard does that the code gives the policy `from_code`. The result
  /// may be invalid: settings may contradict each other.
  policy apply(policy from_code) const;

  runtime_options apply(runtime_options from_code) const;

  /// Where the settings of the guard `name` come from that are not the code's,
  /// a line for each source:
  /// `from the command line: breaker.cooldown, retry.max-attempts`.
  std::vector<std::string> sources(const std::string& name) const;

  /// Names with settings of their own, sorted. That no guard has such a name is
  /// no fault: it may be spawned later.
  std::vector<std::string> names() const;

private:
  enum class origin : uint8_t { file, command_line };

  /// Settings that came together.
  struct layer {
    origin from;
    /// For faults.
    std::string path;
    caf::config_value values;
  };

  void read_root(faults& out, const caf::config_value& root);
  void read_guards(faults& out, const caf::config_value& list);
  void read_command_line(faults& out, const caf::config_value& list);
  void add(faults& out, layer x, const std::string* name);
  static void read_layer(faults& out, const layer& from, policy& into);
  template <class F>
  void for_each_layer(const std::string& name, F f) const;

  std::vector<layer> of_all_;
  std::map<std::string, std::vector<layer>> of_one_;
  /// All that stands below `resilience`; none if nothing does.
  std::optional<caf::config_value> root_;
};

} // namespace resilience
