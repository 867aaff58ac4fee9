#include "resilience/actors/restart_counts.hpp"

#include <algorithm>

namespace resilience {

void restart_counts::add(std::string_view name, wall_time now) {
  if (name.empty())
    return;
  std::lock_guard<std::mutex> guard{mutex_};
  add_to(name, 1, now);
}

void restart_counts::restore(std::span<const restart_record> before) {
  std::lock_guard<std::mutex> guard{mutex_};
  for (const auto& x : before)
    if (!x.name.empty())
      add_to(x.name, x.restarts, x.last);
}

void restart_counts::add_to(std::string_view name, uint64_t restarts,
                            wall_time last) {
  auto i = counts_.find(name);
  if (i == counts_.end()) {
    if (counts_.size() >= most_)
      counts_.erase(std::min_element(counts_.begin(), counts_.end(),
                                     [](const auto& a, const auto& b) {
                                       return a.second.last < b.second.last;
                                     }));
    i = counts_.emplace(name, count{}).first;
  }
  i->second.restarts += restarts;
  i->second.last = std::max(i->second.last, last);
}

std::optional<restart_record>
restart_counts::find(std::string_view name) const {
  std::lock_guard<std::mutex> guard{mutex_};
  auto i = counts_.find(name);
  if (i == counts_.end())
    return std::nullopt;
  return restart_record{i->first, i->second.restarts, i->second.last};
}

std::vector<restart_record> restart_counts::all() const {
  std::vector<restart_record> result;
  std::lock_guard<std::mutex> guard{mutex_};
  result.reserve(counts_.size());
  for (const auto& [name, x] : counts_)
    result.push_back({name, x.restarts, x.last});
  return result;
}

} // namespace resilience
