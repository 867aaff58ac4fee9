#include "resilience/actors/event_log.hpp"

#include "resilience/actors/compat_sending.hpp"
#include "resilience/actors/supervisor_messages.hpp"

#include <utility>

namespace resilience {

event_log::event_log(size_t limit) : limit_(limit) {}

void event_log::send_to(caf::actor reader) {
  auto wake = reader;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    // The old reader leaves with the argument, after the lock.
    std::swap(reader_, reader);
    // Who wrote first found nobody to wake.
    if (waiting_.entries.empty())
      wake = nullptr;
  }
  if (wake)
    compat::anon_post(wake, events_waiting{});
}

void event_log::push(journal_entry x) {
  caf::actor wake;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    if (waiting_.entries.size() >= limit_) {
      ++waiting_.dropped;
      return;
    }
    if (waiting_.entries.empty())
      wake = reader_;
    waiting_.entries.push_back(std::move(x));
  }
  if (wake)
    compat::anon_post(wake, events_waiting{});
}

event_log::harvest event_log::take_waiting() {
  harvest result;
  std::lock_guard<std::mutex> guard{mutex_};
  std::swap(result, waiting_);
  return result;
}

} // namespace resilience
