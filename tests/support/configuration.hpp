// Settings as users give them: through CAF's own parsers.
#pragma once

#include "resilience/actors/all.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

namespace resilience::test {

/// The settings, or everything that is wrong with them.
struct reading {
  runtime_settings settings;
  std::string faults;

  policy operator()(std::string name, policy from_code = {}) const {
    from_code.name = std::move(name);
    return settings.apply(std::move(from_code));
  }
};

inline reading read(const caf::actor_system_config& cfg) {
  auto result = runtime_settings::read(cfg);
  if (result)
    return {std::move(*result), {}};
  EXPECT_EQ(result.error(), errc::invalid_config);
  return {{}, detail_of(result.error())};
}

/// @param file the text of a configuration file.
/// @param args the command line.
inline reading read(const std::string& file,
                    std::vector<std::string> args = {}) {
  system_config cfg;
  std::istringstream in{file + "\n"};
  if (auto err = cfg.parse(std::move(args), in); compat::failed(err))
    return {{}, "CAF: " + to_string(err)};
  return read(cfg);
}

/// The text of a file that says `text` of the guard `payments`.
inline std::string payments(const std::string& text) {
  return "resilience { guards = [ { name = \"payments\", " + text + " } ] }";
}

inline std::string setting_arg(const std::string& text) {
  return "--resilience.set=" + text;
}

} // namespace resilience::test
