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
  while (waiting_.size() > wish_.capacity) {
    waiting_.pop_back();
    ++dropped_;
  }
}

bool event_feed::wants(const transition_event& x) const {
  const auto& names = wish_.filter.names;
  auto named = names.empty()
               || std::find(names.begin(), names.end(), x.name) != names.end();
  return named && (wish_.filter.to == 0 || (wish_.filter.to & into(x.to)) != 0);
}

void event_feed::offer(const transition_event& x, uint64_t number) {
  if (!wants(x))
    return;
  auto never = wish_.durable_only && number == journal::not_in_journal;
  if (never || waiting_.size() >= wish_.capacity)
    ++dropped_;
  else
    waiting_.push_back({number, x});
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
  if (result.events.empty() && (dropped_ == 0 || !waiting_.empty()))
    return std::nullopt;
  result.dropped = std::exchange(dropped_, 0);
  busy_ = true;
  return result;
}

} // namespace resilience
