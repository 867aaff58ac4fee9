#include "resilience/json/aliases.hpp"

#include "resilience/json/fields.hpp"

#include <string>

namespace resilience::json {

namespace {

struct alias {
  /// The part of the policy.
  const char* part;
  const char* name;
  /// Where it belongs, a JSON pointer within the part.
  const char* setting;
  /// Where the alias is a flag of a setting that is none: what its values mean.
  const char* if_true = nullptr;
  const char* if_false = nullptr;
};

constexpr alias aliases[] = {
  {"timeout", "seconds", "/limit_seconds"},
  {"retry", "delay_seconds", "/backoff/initial_delay_seconds"},
  {"retry", "initial_delay", "/backoff/initial_delay_seconds"},
  {"retry", "max_delay", "/backoff/max_delay_seconds"},
  {"retry", "exponential_base", "/backoff/exponential_base"},
  {"retry", "exponential_backoff", "/backoff/kind", "exponential", "constant"},
  {"retry", "jitter", "/backoff/jitter", "full", "none"},
};

std::string dotted(std::string pointer) {
  for (auto& c : pointer)
    if (c == '/')
      c = '.';
  return pointer;
}

void rename(faults& out, value& part, const alias& x) {
  auto path = std::string{x.part} + "." + x.name;
  auto given = part[x.name];
  if (x.if_true != nullptr && !given.is_boolean()) {
    out.push_back(path + " must be true or false, " + format::found(given));
    return;
  }
  part.erase(x.name);
  value::json_pointer setting{x.setting};
  // Something that is no object is told where it is read.
  auto backoff = part.find("backoff");
  if (setting.parent_pointer() != value::json_pointer{} && backoff != part.end()
      && !backoff->is_object())
    return;
  if (part.contains(setting)) {
    out.push_back(path + " and " + x.part + dotted(x.setting)
                  + " are one setting, given twice");
    return;
  }
  part[setting] = x.if_true == nullptr ? given
                  : given.get<bool>()  ? value(x.if_true)
                                       : value(x.if_false);
}

} // namespace

void rename_aliases(faults& out, value& of) {
  if (!of.is_object())
    return;
  for (const auto& x : aliases) {
    auto part = of.find(x.part);
    if (part != of.end() && part->is_object() && part->contains(x.name))
      rename(out, *part, x);
  }
}

} // namespace resilience::json
