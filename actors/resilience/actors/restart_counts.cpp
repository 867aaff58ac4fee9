#include "resilience/actors/restart_counts.hpp"

#include <algorithm>
#include <cstddef>

namespace resilience {

void restart_counts::add(std::string_view name, wall_time now) {
  if (name.empty())
    return;
  std::lock_guard<std::mutex> guard{mutex_};
  // Some at a time: each time all are looked at.
  if (counts_.size() >= most_ && !counts_.contains(name))
    trim(most_ - most_ / 16 - 1);
  add_to(name, 1, now);
}

void restart_counts::restore(std::span<const restart_record> before) {
  std::lock_guard<std::mutex> guard{mutex_};
  for (const auto& x : before)
    if (!x.name.empty())
      add_to(x.name, x.restarts, x.last).saved += x.restarts;
  trim(most_);
}

restart_counts::count& restart_counts::add_to(std::string_view name,
                                              uint64_t restarts,
                                              wall_time last) {
  auto i = counts_.find(name);
  if (i == counts_.end())
    i = counts_.emplace(name, count{}).first;
  i->second.restarts += restarts;
  i->second.last = std::max(i->second.last, last);
  return i->second;
}

// Forgets those whose last restarts are the longest ago. Under the lock.
void restart_counts::trim(size_t most) {
  if (counts_.size() <= most)
    return;
  std::vector<counts::iterator> all;
  all.reserve(counts_.size());
  for (auto i = counts_.begin(); i != counts_.end(); ++i)
    all.push_back(i);
  auto kept = all.begin() + static_cast<std::ptrdiff_t>(all.size() - most);
  std::nth_element(all.begin(), kept, all.end(), [](auto a, auto b) {
    return a->second.last < b->second.last;
  });
  std::for_each(all.begin(), kept, [this](auto i) { counts_.erase(i); });
}

// -- saving -------------------------------------------------------------------

bool restart_counts::save(
  const std::function<bool(const std::vector<restart_record>&)>& write) {
  std::lock_guard<std::mutex> one_at_a_time{saving_};
  auto news = unsaved();
  if (news.empty())
    return true;
  if (!write(news))
    return false;
  std::lock_guard<std::mutex> guard{mutex_};
  for (const auto& x : news)
    if (auto i = counts_.find(x.name); i != counts_.end())
      i->second.saved = x.restarts;
  return true;
}

std::vector<restart_record> restart_counts::unsaved() const {
  std::vector<restart_record> result;
  std::lock_guard<std::mutex> guard{mutex_};
  for (const auto& [name, x] : counts_)
    if (x.restarts != x.saved)
      result.push_back({name, x.restarts, x.last});
  return result;
}

// -- looking ------------------------------------------------------------------

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
