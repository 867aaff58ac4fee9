#include "resilience/presets.hpp"

#include <algorithm>
#include <utility>

namespace resilience::presets {

namespace {

policy make(std::string name, int32_t failure_threshold, duration cooldown,
            int32_t max_attempts) {
  policy result;
  result.name = std::move(name);
  result.breaker = breaker_config{.failure_threshold = failure_threshold,
                                  .cooldown = cooldown};
  result.retry = retry_config{.max_attempts = max_attempts};
  return result;
}

struct preset {
  const char* name;
  policy (*make)(std::string name);
};

constexpr preset all[] = {
  {"external_api", external_api},
  {"database", database},
  {"message_queue", message_queue},
  {"ai_provider", ai_provider},
};

} // namespace

using std::chrono::seconds;

policy external_api(std::string name) {
  return make(std::move(name), 5, seconds{30}, 3);
}

policy database(std::string name) {
  return make(std::move(name), 3, seconds{10}, 2);
}

policy message_queue(std::string name) {
  return make(std::move(name), 5, seconds{15}, 3);
}

policy ai_provider(std::string name) {
  return make(std::move(name), 3, seconds{60}, 2);
}

std::optional<policy> find(std::string_view name) {
  std::string wanted{name};
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  for (const auto& x : all)
    if (wanted == x.name)
      return x.make({});
  return std::nullopt;
}

bool start_from(std::string_view name, policy& into) {
  auto found = find(name);
  if (!found)
    return false;
  found->name = std::move(into.name);
  found->provider = std::move(into.provider);
  found->fallback = std::move(into.fallback);
  found->keyed = into.keyed;
  found->restart = into.restart;
  into = std::move(*found);
  return true;
}

std::string known() {
  std::string result;
  for (const auto& x : all) {
    if (!result.empty())
      result += &x == std::end(all) - 1 ? " or " : ", ";
    result += x.name;
  }
  return result;
}

} // namespace resilience::presets
