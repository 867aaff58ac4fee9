#include "resilience/bulkhead.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

/// Tickets whose memory is kept when nobody waits any more.
constexpr size_t kept = 1024;

} // namespace

faults validate(const bulkhead_config& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  return result;
}

bulkhead::bulkhead(const bulkhead_config& cfg) : config_(cfg) {}

bulkhead::entry bulkhead::enter(uint64_t id) {
  if (has_place()) {
    ++in_use_;
    return entry::granted;
  }
  if (waiting_.contains(id))
    return entry::queued;
  if (!std::cmp_less(waiting_.size(), config_.max_queue))
    return entry::full;
  push(id);
  return entry::queued;
}

std::optional<uint64_t> bulkhead::leave() {
  if (in_use_ == 0)
    return std::nullopt;
  --in_use_;
  if (waiting_.empty() || !has_place())
    return std::nullopt;
  ++in_use_;
  return pop();
}

bool bulkhead::abandon(uint64_t id) {
  if (waiting_.erase(id) == 0)
    return false;
  tidy();
  return true;
}

std::vector<uint64_t> bulkhead::configure(const bulkhead_config& cfg) {
  config_ = cfg;
  return limit(cfg.max_concurrent);
}

std::vector<uint64_t> bulkhead::limit(int32_t max_concurrent) {
  config_.max_concurrent = max_concurrent;
  std::vector<uint64_t> result;
  while (!waiting_.empty() && has_place()) {
    ++in_use_;
    result.push_back(pop());
  }
  return result;
}

bool bulkhead::waits(const ticket& x) const {
  auto i = waiting_.find(x.id);
  return i != waiting_.end() && i->second == x.number;
}

void bulkhead::push(uint64_t id) {
  // At most as many stale tickets as good ones: each round of clearing is paid
  // for by as many calls that came, went or gave up.
  if (queue_.size() >= 2 * waiting_.size() + 16) {
    std::erase_if(queue_, [this](const ticket& x) { return !waits(x); });
    head_ = 0;
  }
  queue_.push_back({id, ++last_ticket_});
  waiting_.emplace(id, last_ticket_);
}

/// Who waits longest, and waits no more. @pre somebody waits
uint64_t bulkhead::pop() {
  while (!waits(queue_[head_]))
    ++head_;
  auto result = queue_[head_].id;
  waiting_.erase(result);
  tidy();
  return result;
}

/// Forgets the tickets once nobody waits; the memory of a burst goes back.
void bulkhead::tidy() {
  if (!waiting_.empty())
    return;
  head_ = 0;
  queue_.clear();
  if (queue_.capacity() > kept) {
    // Not `= {}`: an empty list of elements leaves the memory where it is.
    queue_ = std::vector<ticket>{};
    waiting_ = std::unordered_map<uint64_t, uint64_t>{};
  }
}

} // namespace resilience
