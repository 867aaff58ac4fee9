#include "resilience/actors/metrics_relay.hpp"

namespace resilience {

std::pair<std::string, metrics_details> metrics_of(const transition_event& x) {
  std::string type{"circuit_"};
  type += to_string(x.to);
  return {std::move(type),
          {{"from", to_string(x.from)},
           {"cause", to_string(x.why)},
           {"generation", std::to_string(x.generation)},
           {"failures", std::to_string(x.failures)},
           {"at", iso8601(x.at)},
           {"last_failure", x.last_failure}}};
}

std::pair<std::string, metrics_details> metrics_of(const health_changed& x) {
  std::string type{"health_"};
  type += to_string(x.to);
  return {
    std::move(type),
    {{"from", to_string(x.from)},
     {"message", x.report.message},
     {"checked_at", x.report.checked_at ? iso8601(*x.report.checked_at) : ""}}};
}

metrics_relay::metrics_relay(caf::actor_config& cfg, supervisor_actor from,
                             metrics_callback to)
  : compat::actor_base(cfg), from_(std::move(from)), to_(std::move(to)) {}

const char* metrics_relay::name() const {
  return "resilience.metrics";
}

caf::behavior metrics_relay::make_behavior() {
  auto* self = this;
  compat::request(self, from_, caf::infinite,
                  subscribe_events{.filter = {.health = true}})
    .then([](const supervisor_status&) {},
          [this](const caf::error&) { quit(); });
  return {[this](const event_batch& x) { pass_on(x); }};
}

void metrics_relay::pass_on(const event_batch& x) const {
  auto call = [this](const std::string& type, const std::string& circuit,
                     const metrics_details& details) {
    try {
      to_(type, circuit, details);
    } catch (...) {
      // Monitoring that fails must harm nobody.
    }
  };
  if (x.dropped > 0)
    call("events_dropped", {}, {{"count", std::to_string(x.dropped)}});
  auto tell = [&](const auto& event) {
    auto [type, details] = metrics_of(event);
    call(type, event.name, details);
  };
  for (const auto& event : x.events)
    tell(event);
  for (const auto& event : x.health)
    tell(event);
}

} // namespace resilience
