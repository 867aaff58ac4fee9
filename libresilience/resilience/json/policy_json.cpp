#include "resilience/json/policy_json.hpp"

#include "resilience/json/aliases.hpp"
#include "resilience/json/fields.hpp"
#include "resilience/presets.hpp"

#include <utility>

namespace resilience {

namespace {

constexpr auto preset_key = "preset";

void start_from_preset(faults& out, const nlohmann::json& name, policy& into) {
  auto text = json::format::as_text(name);
  auto found = text ? presets::find(*text) : std::nullopt;
  if (!found) {
    out.push_back(std::string{preset_key} + " must be " + presets::known()
                  + ", " + json::format::found(name));
    return;
  }
  found->name = std::move(into.name);
  found->provider = std::move(into.provider);
  // No matter of the kind of upstream.
  found->restart = into.restart;
  into = std::move(*found);
}

} // namespace

faults read_json(const nlohmann::json& from, policy& into) {
  faults result;
  auto next = into;
  auto renamed = from;
  json::rename_aliases(result, renamed);
  if (renamed.is_object() && renamed.contains(preset_key))
    start_from_preset(result, renamed[preset_key], next);
  reader<json::format>::read_config(result, {}, renamed, next, {preset_key});
  if (result.empty())
    result = validate(next);
  if (result.empty())
    into = std::move(next);
  return result;
}

faults parse_json(std::string_view text, policy& into) {
  try {
    return read_json(nlohmann::json::parse(text), into);
  } catch (const nlohmann::json::exception& e) {
    return {std::string{"no JSON: "} + e.what()};
  }
}

nlohmann::json to_json_value(const policy& x) {
  return json::write(x);
}

} // namespace resilience
