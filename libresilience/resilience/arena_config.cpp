#include "resilience/arena_config.hpp"

namespace resilience {

namespace {

// Code stands beside a policy, and here nothing does.
void check_agent(faults& out, const policy& x, const std::string& path) {
  if (!x.name.empty())
    out.push_back(path + ".name must be empty: each agent has its own");
  if (x.fallback)
    out.push_back(path + ".fallback must be off: it needs code");
  if (x.restart)
    out.push_back(path + ".restart must be off: it needs code");
  if (x.hedge)
    out.push_back(path + ".hedge must be off: it needs code");
  if (x.keyed)
    out.push_back(path + ".keyed must be off: it needs code");
  if (x.timeout && x.timeout->on_timeout == timeout_action::return_default)
    out.push_back(path
                  + ".timeout.on_timeout must not be return_default: "
                    "that needs a value");
}

} // namespace

void check_arena_name(faults& out, const std::string& path,
                      std::string_view name) {
  if (name.empty())
    out.push_back(path + " must not be empty");
  if (name.find('/') != std::string_view::npos)
    out.push_back(path + " must not contain /, is \"" + std::string{name}
                  + "\"");
}

faults validate(const arena_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  check_arena_name(result, prefix + "name", x.name);
  check_agent(result, x.agent, prefix + "agent");
  return result;
}

} // namespace resilience
