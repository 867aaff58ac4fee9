#include "resilience/actors/overview.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

/// Circuits that a summary shows; there may be very many.
constexpr size_t most_circuits = 1'000;

health_report report_of(shared_circuit& x) {
  auto cfg = x.machine().config();
  auto result = health_of(x.status(), cfg && cfg->critical);
  result.name.append(circuit_part).append(x.machine().name());
  result.critical = true; // its status says already how bad it is
  return result;
}

bool has_tag(const health_report& x, std::string_view tag) {
  return std::find(x.tags.begin(), x.tags.end(), tag) != x.tags.end();
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

// Circuits that are not closed, the worst of them where there are many.
std::vector<health_report> overview::unwell() const {
  std::vector<health_report> result;
  for (const auto& x : circuits_->all()) {
    auto state = x->machine().state();
    if (state != circuit_state::closed && state != circuit_state::disabled)
      result.push_back(report_of(*x));
  }
  if (result.size() > most_circuits) {
    std::stable_sort(
      result.begin(), result.end(),
      [](const auto& a, const auto& b) { return a.status > b.status; });
    result.erase(result.begin() + most_circuits, result.end());
  }
  return result;
}

// Circuits and the store belong to the view `ready` like checkers without a
// tag, also where some checkers are singled out for it.
health_summary overview::health(std::string_view view) const {
  auto at = timer_->now();
  auto checks = checkers_->board();
  health_board all{checks.size() + most_circuits + 1};
  std::vector<std::string> tags;
  for (auto& x : checks.sum(at).parts) {
    if (tags.empty() && has_tag(x, "ready"))
      tags.push_back("ready");
    static_cast<void>(all.put(std::move(x), at));
  }
  auto put = [&](health_report x) {
    x.tags = tags;
    static_cast<void>(all.put(std::move(x), at));
  };
  for (auto& x : unwell())
    put(std::move(x));
  if (auto fault = memory_->status().fault; !fault.empty()) {
    auto x = health_report::degraded(std::move(fault));
    x.name = store_part;
    put(std::move(x));
  }
  auto result = all.sum(at, view);
  // Mistyped, it must not keep a load balancer content.
  if (!view.empty() && !all.has_view(view)) {
    result.status = health_status::unknown;
    result.message = "nothing has the tag \"" + std::string{view} + "\"";
  }
  return result;
}

} // namespace resilience
