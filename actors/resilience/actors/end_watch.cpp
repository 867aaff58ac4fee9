#include "resilience/actors/end_watch.hpp"

#include "resilience/actors/compat_elements.hpp"
#include "resilience/actors/messages.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>

#include <vector>

namespace resilience {

void end_watch::add(const caf::strong_actor_ptr& whom,
                    const caf::strong_actor_ptr& watcher) {
  {
    std::lock_guard<std::mutex> guard{mutex_};
    auto enter = [&](address key, const caf::strong_actor_ptr& x) {
      return entries_
        .try_emplace({whom.get(), key}, caf::actor_cast<caf::weak_actor_ptr>(x))
        .second;
    };
    enter(watcher.get(), watcher);
    if (!enter(nullptr, whom))
      return;
  }
  // Runs at once if the actor has ended.
  whom->get()->attach_functor(
    [weak = weak_from_this(), address = whom.get()](const caf::error& reason) {
      if (auto self = weak.lock())
        self->on_end(address, reason);
    });
}

void end_watch::remove(address whom, address watcher) {
  std::lock_guard<std::mutex> guard{mutex_};
  entries_.erase({whom, watcher});
}

size_t end_watch::size() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return entries_.size();
}

void end_watch::on_end(address whom, const caf::error& reason) {
  std::vector<caf::weak_actor_ptr> told;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    auto begin = entries_.lower_bound({whom, nullptr});
    auto end = begin;
    for (; end != entries_.end() && end->first.first == whom; ++end)
      told.push_back(std::move(end->second));
    entries_.erase(begin, end);
  }
  if (told.empty())
    return;
  // The watched actor stands first: its own entry has the lowest key.
  auto who = caf::actor_cast<caf::actor_addr>(told.front());
  for (auto i = told.begin() + 1; i != told.end(); ++i)
    if (auto watcher = caf::actor_cast<caf::strong_actor_ptr>(*i))
      watcher->get()->enqueue(
        compat::make_value_element(nullptr, caf::make_message_id(),
                                   actor_ended{who, reason}),
        nullptr);
}

} // namespace resilience
