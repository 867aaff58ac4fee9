// The settings of the command line: any number of
//
//   --resilience.set='payments: breaker.cooldown = 60s'
//
// that is NAME: SETTING = VALUE. The name ends at the first colon; one that
// contains a colon or begins with a quote or a star is written in double
// quotes, with a backslash before each `"` and `\`. `*` stands for every guard.
// The value is written as in a configuration file, a text without its quotes
// where nothing else is meant.
#pragma once

#include <caf/actor_system_config.hpp>
#include <caf/config_option_set.hpp>
#include <caf/config_value.hpp>
#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// Declares what a user may set on the command line, which CAF refuses
/// otherwise: `--resilience.set` and the settings of the runtime, such as
/// `--resilience.database`. Call it in the constructor of a class
/// derived from `caf::actor_system_config`, with its `custom_options_`.
/// @param given collects the texts of `--resilience.set`; lives as long as the
///        configuration, like every variable that is bound to an option.
void declare_options(caf::config_option_set& options,
                     std::vector<std::string>& given);

/// A configuration for applications that have none of their own, or a base for
/// one.
class system_config : public caf::actor_system_config {
public:
  system_config();

  // CAF's options point into this object.
  system_config(const system_config&) = delete;
  system_config& operator=(const system_config&) = delete;

private:
  std::vector<std::string> given_;
};

/// One setting of the command line.
struct assignment {
  /// None: every guard.
  std::optional<std::string> name;
  /// E.g. `breaker.cooldown`.
  std::string path;
  caf::config_value value;
};

/// Reads `NAME: SETTING = VALUE`; none for anything else. Which settings there
/// are is not its business.
std::optional<assignment> parse_assignment(std::string_view text);

} // namespace resilience
