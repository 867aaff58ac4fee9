#include "resilience/actors/overview.hpp"

#include <utility>

namespace resilience {

namespace {

/// Circuits that a summary shows; there may be very many.
constexpr size_t most_circuits = 1'000;

health_report report_of(shared_circuit& x) {
  auto cfg = x.machine().config();
  auto result = health_of(x.status(), cfg && cfg->critical);
  result.name.append("circuit:").append(x.machine().name());
  result.critical = true; // its status says already how bad it is
  return result;
}

} // namespace

overview::overview(std::shared_ptr<registry> circuits,
                   std::shared_ptr<health_factory> checkers,
                   std::shared_ptr<journal> memory,
                   std::shared_ptr<ticker> timer)
  : circuits_(std::move(circuits)), checkers_(std::move(checkers)),
    memory_(std::move(memory)), timer_(std::move(timer)) {}

std::vector<circuit_status> overview::status() const {
  std::vector<circuit_status> result;
  for (const auto& x : circuits_->all())
    result.push_back(x->status());
  return result;
}

std::vector<named_metrics> overview::metrics() const {
  std::vector<named_metrics> result;
  for (const auto& x : circuits_->all())
    result.push_back({x->machine().name(), x->metrics()});
  return result;
}

uint64_t overview::reset_all() {
  auto all = circuits_->all();
  for (const auto& x : all)
    x->machine().reset(timer_->now());
  return all.size();
}

health_summary overview::health(std::string_view view) const {
  auto at = timer_->now();
  auto checks = checkers_->board();
  health_board all{checks.size() + most_circuits + 1};
  for (auto& x : checks.sum(at).parts)
    static_cast<void>(all.put(std::move(x), at));
  for (const auto& x : circuits_->all()) {
    auto state = x->machine().state();
    if (state != circuit_state::closed && state != circuit_state::disabled
        && !all.put(report_of(*x), at))
      break;
  }
  if (auto fault = memory_->status().fault; !fault.empty()) {
    auto x = health_report::degraded(std::move(fault));
    x.name = "store";
    static_cast<void>(all.put(std::move(x), at));
  }
  return all.sum(at, view);
}

} // namespace resilience
