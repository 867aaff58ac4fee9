#include "resilience/actors/event_log.hpp"

#include "resilience/actors/compat_sending.hpp"
#include "resilience/actors/supervisor_messages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace resilience {

namespace {

// The events of `batch`, whose numbers the journal is yet to say.
std::vector<event_log::settled_event>
events_of(const std::vector<journal_entry>& batch) {
  std::vector<event_log::settled_event> result;
  result.reserve(batch.size());
  for (const auto& x : batch)
    result.push_back({.event = x.event});
  return result;
}

void number(std::vector<event_log::settled_event>& events,
            const journal::receipt& from) {
  auto next = from.last - from.accepted;
  for (size_t i = 0; i < from.accepted; ++i)
    events[i].number = ++next;
}

} // namespace

event_log::event_log(size_t limit) : limit_(limit) {}

void event_log::send_to(caf::actor reader) {
  auto wake = reader;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    // The old reader leaves with the argument, after the lock.
    std::swap(reader_, reader);
    // Who wrote first found nobody to wake.
    if (waiting_.empty())
      wake = nullptr;
    unread_ = {};
  }
  if (wake)
    compat::anon_post(wake, events_waiting{});
}

void event_log::push(journal_entry x) {
  caf::actor wake;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    if (waiting_.size() >= limit_) {
      ++refused_;
      return;
    }
    if (waiting_.empty())
      wake = reader_;
    waiting_.push_back(std::move(x));
  }
  if (wake)
    compat::anon_post(wake, events_waiting{});
}

void event_log::push(health_changed x) {
  caf::actor wake;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    if (!reader_)
      return;
    if (unread_.health.size() >= limit_) {
      ++unread_.dropped;
      return;
    }
    if (unread_.health.empty())
      wake = reader_;
    unread_.health.push_back(std::move(x));
  }
  if (wake)
    compat::anon_post(wake, events_waiting{});
}

void event_log::wake() {
  caf::actor reader;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    reader = reader_;
  }
  if (reader)
    compat::anon_post(reader, events_waiting{});
}

void event_log::settle(journal& memory) {
  std::lock_guard<std::mutex> settling{settling_};
  std::vector<journal_entry> batch;
  uint64_t refused = 0;
  bool is_read = false;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    batch.swap(waiting_);
    std::swap(refused, refused_);
    refused_before_ += refused;
    is_read = reader_ != nullptr;
  }
  auto events =
    is_read ? events_of(batch) : std::vector<event_log::settled_event>{};
  auto receipt = memory.add(std::move(batch));
  if (!is_read)
    return;
  number(events, receipt);
  std::lock_guard<std::mutex> guard{mutex_};
  keep_for_reader(std::move(events), refused);
}

void event_log::keep_for_reader(std::vector<settled_event> events,
                                uint64_t dropped) {
  auto room = limit_ - std::min(limit_, unread_.events.size());
  auto kept = std::min(room, events.size());
  unread_.dropped += dropped + events.size() - kept;
  auto end = events.begin() + static_cast<std::ptrdiff_t>(kept);
  unread_.events.insert(unread_.events.end(),
                        std::make_move_iterator(events.begin()),
                        std::make_move_iterator(end));
}

uint64_t event_log::refused() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return refused_before_ + refused_;
}

event_log::harvest event_log::take(journal& memory) {
  settle(memory);
  harvest result;
  std::lock_guard<std::mutex> guard{mutex_};
  std::swap(result, unread_);
  return result;
}

} // namespace resilience
