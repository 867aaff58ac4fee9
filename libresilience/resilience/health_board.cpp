#include "resilience/health_board.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace resilience {

namespace {

constexpr std::string_view live = "live";
constexpr std::string_view ready = "ready";

bool has_tag(const health_report& x, std::string_view tag) {
  return std::find(x.tags.begin(), x.tags.end(), tag) != x.tags.end();
}

health_status counts_as(const health_report& x) {
  const child_health one[] = {{x.status, x.critical}};
  return roll_up(one);
}

bool is_worse(const health_report& a, const health_report& b) {
  auto key = [](const health_report& x) {
    return std::tuple{-static_cast<int>(counts_as(x)),
                      -static_cast<int>(x.status)};
  };
  return std::tuple{key(a), std::string_view{a.name}}
         < std::tuple{key(b), std::string_view{b.name}};
}

// Enough to know where to look; the parts tell the rest.
std::string reasons(const std::vector<health_report>& worst_first) {
  constexpr size_t most = 3;
  std::string result;
  for (size_t i = 0; i < worst_first.size(); ++i) {
    const auto& x = worst_first[i];
    if (x.status == health_status::healthy)
      break;
    if (i == most)
      return result + "; ...";
    result += (i == 0 ? "" : "; ") + x.name + " is " + to_string(x.status);
    if (!x.message.empty())
      result += " (" + x.message + ")";
  }
  return result;
}

} // namespace

bool health_board::put(health_report x, time_point now) {
  auto i = parts_.find(x.name);
  if (i == parts_.end() && parts_.size() >= max_parts_)
    return false;
  cut_to_limits(x);
  // A report from elsewhere may claim anything.
  if (name_of(x.status) == std::string_view{"invalid"})
    x.status = health_status::unhealthy;
  auto age = std::max(x.age.value_or(duration::zero()), duration::zero());
  part next{std::move(x), saturating_add(now, -age)};
  if (i != parts_.end())
    i->second = std::move(next);
  else
    parts_.emplace(next.report.name, std::move(next));
  return true;
}

bool health_board::remove(std::string_view name) {
  auto i = parts_.find(name);
  if (i == parts_.end())
    return false;
  parts_.erase(i);
  return true;
}

std::optional<health_report> health_board::find(std::string_view name,
                                                time_point now) const {
  auto i = parts_.find(name);
  return i == parts_.end() ? std::nullopt : std::optional{aged(i->second, now)};
}

health_summary health_board::sum(time_point now, std::string_view view) const {
  health_summary result;
  result.view = view;
  auto all = view.empty() || (view == ready && !is_used(ready));
  std::vector<child_health> children;
  for (const auto& [name, x] : parts_) {
    if (!all && !has_tag(x.report, view))
      continue;
    result.parts.push_back(aged(x, now));
    children.push_back(
      {result.parts.back().status, result.parts.back().critical});
  }
  result.status = roll_up(children);
  std::sort(result.parts.begin(), result.parts.end(), is_worse);
  result.message = reasons(result.parts);
  return result;
}

bool health_board::has_view(std::string_view view) const {
  return view == live || view == ready || is_used(view);
}

std::vector<std::string> health_board::views() const {
  std::set<std::string> result{std::string{live}, std::string{ready}};
  for (const auto& [name, x] : parts_)
    result.insert(x.report.tags.begin(), x.report.tags.end());
  return {result.begin(), result.end()};
}

health_report health_board::aged(const part& x, time_point now) {
  auto result = x.report;
  // Before the first result there is nothing to grow old.
  if (!result.age && result.status == health_status::unknown)
    return result;
  result.age = std::max(saturating_sub(now, x.since), duration::zero());
  auto silent = result.max_age && *result.age > *result.max_age;
  if (silent && result.status != health_status::unknown) {
    result.status = health_status::unknown;
    result.message = "no result for " + to_string(*result.age)
                     + "; the last: " + result.message;
  }
  return result;
}

bool health_board::is_used(std::string_view tag) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const auto& x) {
    return has_tag(x.second.report, tag);
  });
}

} // namespace resilience
