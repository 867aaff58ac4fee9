#include "resilience/actors/event_feed.hpp"

#include "resilience/store/journal.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

/// Events in one message.
constexpr size_t most_at_once = 1'024;

} // namespace

event_feed::event_feed(subscribe_events wish) : wish_(std::move(wish)) {}

void event_feed::change(subscribe_events wish) {
  wish_ = std::move(wish);
  if (wish_.durable_only)
    dropped_ += std::erase_if(waiting_, [](const item& x) {
      return x.number == journal::not_in_journal;
    });
  // News of health goes first: its checkers can be asked.
  while (waiting() > wish_.capacity) {
    if (health_.empty())
      waiting_.pop_back();
    else
      health_.pop_back();
    ++dropped_;
  }
}

void event_feed::clear() noexcept {
  waiting_.clear();
  health_.clear();
  dropped_ = 0;
}

bool event_feed::is_named(const std::string& x) const {
  const auto& names = wish_.filter.names;
  return names.empty()
         || std::find(names.begin(), names.end(), x) != names.end();
}

bool event_feed::wants(const transition_event& x) const {
  const auto& filter = wish_.filter;
  return filter.transitions && is_named(x.name)
         && (filter.to == 0 || (filter.to & into(x.to)) != 0);
}

bool event_feed::wants(const health_changed& x) const {
  return wish_.filter.health && is_named(x.name);
}

void event_feed::offer(const transition_event& x, uint64_t number) {
  if (!wants(x))
    return;
  auto never = wish_.durable_only && number == journal::not_in_journal;
  if (never || is_full())
    ++dropped_;
  else
    waiting_.push_back({number, x});
}

void event_feed::offer(const health_changed& x) {
  if (!wants(x))
    return;
  if (is_full())
    ++dropped_;
  else
    health_.push_back(x);
}

std::optional<event_batch> event_feed::next(uint64_t durable) {
  if (busy_)
    return std::nullopt;
  event_batch result;
  while (!waiting_.empty() && result.events.size() < most_at_once) {
    auto& x = waiting_.front();
    if (wish_.durable_only && x.number > durable)
      break;
    result.events.push_back(std::move(x.event));
    waiting_.pop_front();
  }
  while (!health_.empty() && result.health.size() < most_at_once) {
    result.health.push_back(std::move(health_.front()));
    health_.pop_front();
  }
  auto empty = result.events.empty() && result.health.empty();
  if (empty && (dropped_ == 0 || !waiting_.empty()))
    return std::nullopt;
  result.dropped = std::exchange(dropped_, 0);
  busy_ = true;
  return result;
}

} // namespace resilience
