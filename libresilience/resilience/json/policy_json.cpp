#include "resilience/json/policy_json.hpp"

#include "resilience/json/fields.hpp"

namespace resilience {

faults read_json(const nlohmann::json& from, policy& into) {
  faults result;
  auto next = into;
  reader<json::format>::read_config(result, {}, from, next);
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
