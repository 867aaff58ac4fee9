#include "resilience/actors/team.hpp"

#include <caf/exit_reason.hpp>

#include <set>

namespace resilience {

namespace {

void check_name(faults& out, const std::string& path, std::string_view name) {
  // A child's guard is called `team/child`, in at most 256 bytes.
  constexpr size_t most = 127;
  check_text(out, path, name, most);
  if (name.empty())
    out.push_back(path + " must not be empty");
}

void check_child(faults& out, const std::string& path, const child_spec& x) {
  check_name(out, path + ".name", x.name);
  if (x.name.find('/') != std::string::npos)
    out.push_back(path + ".name must not contain /, is \"" + x.name + "\"");
  if (!x.start)
    out.push_back(path + ".start must not be empty");
  if (x.extras.respawn)
    out.push_back(path + ".extras.respawn must be empty: start is for that");
  auto p = x.guard.value_or(policy{});
  if (x.extras.fallback && !p.fallback)
    p.fallback = fallback_config{};
  if (p.restart)
    out.push_back(path + ".guard.restart must be off: the team restarts");
  for (auto& text : validate(p, path + ".guard."))
    out.push_back(std::move(text));
  check_hooks(out, p, x.extras, true);
}

} // namespace

faults validate(std::string_view name, const std::vector<child_spec>& children,
                const team_options& options) {
  auto result = validate(options);
  check_name(result, "name", name);
  if (children.empty() || children.size() > max_children)
    result.push_back("a team must have 1 to " + std::to_string(max_children)
                     + " children, has " + std::to_string(children.size()));
  std::set<std::string_view> seen;
  for (size_t i = 0; i < children.size(); ++i) {
    auto path = "children[" + std::to_string(i) + "]";
    check_child(result, path, children[i]);
    if (!seen.insert(children[i].name).second)
      result.push_back(path + ".name must be another, \"" + children[i].name
                       + "\" is taken");
  }
  return result;
}

caf::expected<caf::actor> team::try_child(std::string_view name) const {
  auto i = board_->handles.find(name);
  if (i == board_->handles.end())
    return make_error(errc::invalid_config, status().name,
                      "no child \"" + std::string{name} + "\"");
  return i->second;
}

caf::actor team::find(std::string_view name) const {
  auto result = try_child(name);
  if (!result)
    throw invalid_config_error{"team \"" + circuit_of(result.error())
                               + "\": " + detail_of(result.error())};
  return std::move(*result);
}

void team::quit() const {
  caf::anon_send_exit(self_, caf::exit_reason::user_shutdown);
}

} // namespace resilience
