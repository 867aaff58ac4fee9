#include "resilience/json/policy_json.hpp"

#include "resilience/json/aliases.hpp"
#include "resilience/json/fields.hpp"
#include "resilience/json/key_check.hpp"
#include "resilience/presets.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace resilience {

namespace {

constexpr auto preset_key = "preset";

/// A policy has four; whoever sends thousands wants our stack to overflow.
constexpr int most_levels = 32;

bool is_deeper(const nlohmann::json& x, int levels) {
  return x.is_structured()
         && (levels == 0
             || std::any_of(x.begin(), x.end(), [levels](const auto& y) {
                  return is_deeper(y, levels - 1);
                }));
}

void start_from_preset(faults& out, const nlohmann::json& name, policy& into) {
  auto text = json::format::as_text(name);
  if (!text || !presets::start_from(*text, into))
    out.push_back(std::string{preset_key} + " must be " + presets::known()
                  + ", " + json::format::found(name));
}

} // namespace

faults read_json(const nlohmann::json& from, policy& into) {
  if (is_deeper(from, most_levels))
    return {"JSON must have at most " + std::to_string(most_levels)
            + " levels of objects and arrays"};
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
    faults result;
    json::key_check twice{result};
    auto from = nlohmann::json::parse(
      text, [&](int, auto event, auto& x) { return twice(event, x); });
    auto next = into;
    for (auto& x : read_json(from, next))
      result.push_back(std::move(x));
    if (result.empty())
      into = std::move(next);
    return result;
  } catch (const nlohmann::json::exception& e) {
    return {std::string{"no JSON: "} + e.what()};
  }
}

nlohmann::json to_json_value(const policy& x) {
  return json::write(x);
}

} // namespace resilience
