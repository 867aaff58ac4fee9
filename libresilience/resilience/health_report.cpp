#include "resilience/health_report.hpp"

#include <algorithm>
#include <string_view>

namespace resilience {

namespace {

health_report result(health_status status, std::string message) {
  health_report x;
  x.status = status;
  x.message = std::move(message);
  return x;
}

// Never within a character of UTF-8.
void cut(std::string& text, size_t most) {
  if (text.size() <= most)
    return;
  constexpr std::string_view dots = "...";
  auto end = most - dots.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u)
    --end;
  text.resize(end);
  text += dots;
}

health_status status_of(circuit_state x, bool critical) noexcept {
  switch (x) {
    case circuit_state::closed:
    case circuit_state::disabled:
      return health_status::healthy;
    case circuit_state::open:
    case circuit_state::isolated:
      return critical ? health_status::unhealthy : health_status::degraded;
    case circuit_state::half_open:
      return health_status::degraded;
  }
  // A state of a newer version.
  return health_status::unknown;
}

// For people. A status from another node may claim any time.
std::string rounded(duration d) {
  using std::chrono::milliseconds;
  constexpr auto most = duration::max() - milliseconds{1};
  return to_string(
    std::chrono::ceil<milliseconds>(std::clamp(d, duration::zero(), most)));
}

} // namespace

// -- what probes return -------------------------------------------------------

health_report health_report::healthy(std::string message) {
  return result(health_status::healthy, std::move(message));
}

health_report health_report::degraded(std::string message) {
  return result(health_status::degraded, std::move(message));
}

health_report health_report::unhealthy(std::string message) {
  return result(health_status::unhealthy, std::move(message));
}

health_report health_of(const circuit_status& x, bool critical) {
  auto text = "the circuit \"" + x.name + "\" is " + to_string(x.state);
  if (x.retry_after)
    text += ", for " + rounded(*x.retry_after) + " more";
  if (x.last_failure && x.state != circuit_state::closed)
    text += "; the last failure: " + x.last_failure->reason;
  auto r = result(status_of(x.state, critical), std::move(text));
  r.details = {{"circuit", x.name}, {"state", to_string(x.state)}};
  if (!x.provider.empty())
    r.details.emplace_back("provider", x.provider);
  return r;
}

// -- bounds -------------------------------------------------------------------

void cut_to_limits(health_report& x) {
  using limits = health_report_limits;
  cut(x.message, limits::message);
  if (x.details.size() > limits::details)
    x.details.resize(limits::details);
  for (auto& [name, value] : x.details) {
    cut(name, limits::detail_name);
    cut(value, limits::detail_value);
  }
}

} // namespace resilience
