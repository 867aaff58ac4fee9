#include "resilience/json/health_json.hpp"

#include "resilience/json/fields.hpp"

namespace resilience {

namespace {

using json::value;

// The same text in valid UTF-8.
std::string clean(const std::string& x) {
  auto quoted = value(x).dump(-1, ' ', false, value::error_handler_t::replace);
  return value::parse(quoted).get<std::string>();
}

value time_value(const std::optional<wall_time>& x) {
  return x ? value(iso8601(*x)) : value(nullptr);
}

} // namespace

nlohmann::json to_json_value(const health_report& x) {
  auto details = value::object();
  for (const auto& [name, text] : x.details)
    details[clean(name)] = clean(text);
  auto tags = value::array();
  for (const auto& tag : x.tags)
    tags.push_back(clean(tag));
  return {
    {"name", clean(x.name)},
    {"status", name_of(x.status)},
    {"message", clean(x.message)},
    {"details", std::move(details)},
    {"age_seconds", json::write(x.age)},
    {"max_age_seconds", json::write(x.max_age)},
    {"checked_at", time_value(x.checked_at)},
    {"took_seconds", json::write(x.took)},
    {"critical", x.critical},
    {"tags", std::move(tags)},
    {"failures", x.failures},
    {"successes", x.successes},
    {"paused", x.paused},
    {"stuck_since", time_value(x.stuck_since)},
  };
}

nlohmann::json to_json_value(const health_summary& x) {
  auto parts = value::array();
  for (const auto& part : x.parts)
    parts.push_back(to_json_value(part));
  return {
    {"view", clean(x.view)},     {"status", name_of(x.status)},
    {"ready", x.ready()},        {"message", clean(x.message)},
    {"parts", std::move(parts)},
  };
}

} // namespace resilience
