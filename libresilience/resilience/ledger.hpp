// Who knows every call that is under way: its permit, its deadline, and what
// is needed to answer its caller (the payload).
//
// Invariants:
// 1. An entry is closed exactly once: by its answer, by its deadline, or by the
//    end of the ledger; whoever closes it gets the payload and answers.
// 2. An id is not used again for half a trillion calls; a late answer finds
//    nothing.
// 3. Nothing foreign runs under the lock, and no payload is destroyed there.
//
// Thread-safe. Owned by one guard. CAF-free: the payload is a parameter.
#pragma once

#include "resilience/brief_mutex.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/deadline_queue.hpp"
#include "resilience/slab.hpp"
#include "resilience/time.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace resilience {

/// Why a ledger took no entry.
enum class refusal : uint8_t { none, full, closed };

/// Deadlines are exact: `expire` takes out what has `deadline <= now`.
/// @tparam Payload default-constructible and movable.
template <class Payload>
class ledger {
public:
  // -- member types -----------------------------------------------------------

  struct entry {
    uint64_t id = 0;
    Payload payload{};
    permit pass{};
    time_point opened{};
    time_point deadline{};
  };

  struct opening {
    refusal why = refusal::none;
    uint64_t id = 0;
    /// The caller must set an alarm for the deadline: none is set for an
    /// earlier time. When it rings: `expire`, then `rearm`.
    bool wake = false;
  };

  /// Ids stay below this bound; higher bits are free for marks.
  static constexpr uint64_t id_limit = uint64_t{1} << 59;

  static constexpr uint32_t max_capacity = 1'000'000;

  // -- constructors -----------------------------------------------------------

  /// @param limit most entries at once, 1 to `max_capacity`.
  explicit ledger(uint32_t limit = max_capacity) : limit_(limit) {}

  // -- entries ----------------------------------------------------------------

  /// Enters a call. Takes `payload` only if it is entered. `under_lock()` runs
  /// before the entry becomes visible, ordered with the end of the ledger; it
  /// must be short and touch nothing foreign.
  template <class F>
  opening open(Payload& payload, const permit& pass, time_point now,
               time_point deadline, F&& under_lock) {
    std::lock_guard<brief_mutex> guard{mutex_};
    if (closed_)
      return {refusal::closed};
    if (size_ >= limit_)
      return {refusal::full};
    under_lock();
    auto index = take();
    auto& place = slots_[index].value;
    // Ids grow with age, whatever the index.
    place.id = next_sequence() << index_bits | index;
    place.payload = std::move(payload);
    place.pass = pass;
    place.opened = now;
    place.deadline = deadline;
    queue_.insert(index, now);
    ++size_;
    if (deadline < next_due())
      due_.store(deadline.time_since_epoch().count(),
                 std::memory_order_relaxed);
    auto wake =
      deadline < (alarms_.empty() ? time_point::max() : alarms_.back());
    if (wake)
      alarms_.push_back(deadline);
    return {refusal::none, place.id, wake};
  }

  opening open(Payload& payload, const permit& pass, time_point now,
               time_point deadline) {
    return open(payload, pass, now, deadline, [] {});
  }

  /// Runs `fn()` ordered with the `under_lock` of the others.
  template <class F>
  void locked(F&& fn) {
    std::lock_guard<brief_mutex> guard{mutex_};
    fn();
  }

  /// Takes the entry out, unless it is gone.
  std::optional<entry> close(uint64_t id) {
    return close_if(id, [](const entry&) { return true; });
  }

  /// Takes the entry out if it is there and `pred` holds for it.
  template <class Pred>
  std::optional<entry> close_if(uint64_t id, Pred pred) {
    std::lock_guard<brief_mutex> guard{mutex_};
    auto* found = find(id);
    if (found == nullptr || !pred(std::as_const(*found)))
      return std::nullopt;
    auto index = index_of(id);
    queue_.erase(index);
    return release(index);
  }

  /// Runs `f(entry&)` under the lock if the entry is there; says whether it is.
  /// `f` must be short, touch nothing foreign, and leave id and deadline alone.
  template <class F>
  bool visit(uint64_t id, F f) {
    std::lock_guard<brief_mutex> guard{mutex_};
    auto* found = find(id);
    if (found != nullptr)
      f(*found);
    return found != nullptr;
  }

  bool contains(uint64_t id) {
    return visit(id, [](const entry&) {});
  }

  /// Whether an entry's time may have come: call `expire` before anything else
  /// happens at `now`. One load.
  bool overdue(time_point now) const noexcept {
    return now.time_since_epoch().count()
           >= due_.load(std::memory_order_relaxed);
  }

  /// Takes out what is due, ordered by deadline, then by age.
  std::vector<entry> expire(time_point now) {
    std::vector<entry> result;
    std::lock_guard<brief_mutex> guard{mutex_};
    auto next = queue_.take_due(
      now, [&](uint32_t index) { result.push_back(*release(index)); });
    due_.store(next.time_since_epoch().count(), std::memory_order_relaxed);
    if (size_ == 0 && slots_.capacity() > shrink_above)
      shrink();
    std::ranges::sort(result, {}, [](const entry& x) {
      return std::pair{x.deadline, x.id};
    });
    return result;
  }

  /// Says that the alarm for `rang` rang, after `expire`. Returns when to set
  /// the next one; the end of time where none is needed or one is out that
  /// rings early enough. So no more alarms are out than there are earlier and
  /// earlier deadlines.
  time_point rearm(time_point rang) {
    std::lock_guard<brief_mutex> guard{mutex_};
    std::erase(alarms_, rang);
    if (size_ == 0)
      return time_point::max();
    auto next = next_due();
    if (!alarms_.empty() && alarms_.back() <= next)
      return time_point::max();
    alarms_.push_back(next);
    return next;
  }

  /// When `expire` has something to do; the end of time when empty.
  time_point next_due() const noexcept {
    return time_point{duration{due_.load(std::memory_order_relaxed)}};
  }

  /// Takes out every entry for which `pred` holds, oldest first.
  /// `under_lock()` is ordered with that of `open`.
  template <class Pred, class F>
  std::vector<entry> close_all(Pred pred, F&& under_lock) {
    std::vector<entry> result;
    std::lock_guard<brief_mutex> guard{mutex_};
    under_lock();
    for (uint32_t i = 0; size_ > 0 && i < slots_.capacity(); ++i)
      if (slots_[i].value.id != 0 && pred(std::as_const(slots_[i].value))) {
        queue_.erase(i);
        result.push_back(*release(i));
      }
    std::ranges::sort(result, {}, &entry::id);
    return result;
  }

  template <class Pred>
  std::vector<entry> close_all(Pred pred) {
    return close_all(pred, [] {});
  }

  /// Ends the ledger: no entry is taken from now on; takes all out, oldest
  /// first. `under_lock()` is ordered with that of `open`.
  template <class F>
  std::vector<entry> shut(F&& under_lock) {
    return close_all([](const entry&) { return true; },
                     [&] {
                       closed_ = true;
                       under_lock();
                     });
  }

  /// Changes the limit, 1 to `max_capacity`; entries beyond it stay.
  void limit(uint32_t value) {
    std::lock_guard<brief_mutex> guard{mutex_};
    limit_ = value;
  }

  uint32_t limit() const {
    std::lock_guard<brief_mutex> guard{mutex_};
    return limit_;
  }

  /// Whether the ledger has been shut.
  bool is_shut() const {
    std::lock_guard<brief_mutex> guard{mutex_};
    return closed_;
  }

  size_t size() const {
    std::lock_guard<brief_mutex> guard{mutex_};
    return size_;
  }

private:
  struct slot {
    entry value;
    /// Taken: in the queue. Free: `next` is the next free slot.
    timer_hook hook;
  };

  /// What the queue sees of the slots.
  struct places {
    slab<slot>* slots;

    timer_hook& hook(uint32_t i) const noexcept {
      return (*slots)[i].hook;
    }

    time_point deadline(uint32_t i) const noexcept {
      return (*slots)[i].value.deadline;
    }
  };

  static constexpr uint32_t index_bits = 20;
  static constexpr uint64_t index_mask = (uint64_t{1} << index_bits) - 1;
  static_assert(max_capacity <= index_mask);
  /// Memory of a burst is given back when it is over.
  static constexpr uint32_t shrink_above = 1'000;

  static uint32_t index_of(uint64_t id) noexcept {
    return static_cast<uint32_t>(id & index_mask);
  }

  entry* find(uint64_t id) noexcept {
    auto index = index_of(id);
    if (id == 0 || index >= slots_.capacity() || slots_[index].value.id != id)
      return nullptr;
    return &slots_[index].value;
  }

  uint32_t take() {
    if (free_ == timer_hook::none) {
      auto begin = slots_.capacity();
      slots_.grow();
      for (auto i = slots_.capacity(); i-- > begin;)
        push_free(i);
    }
    auto index = free_;
    free_ = slots_[index].hook.next;
    return index;
  }

  // Runs over after six days at a million calls per second; no id is 0.
  uint64_t next_sequence() noexcept {
    sequence_ = (sequence_ + 1) & ((id_limit >> index_bits) - 1);
    return sequence_ != 0 ? sequence_ : ++sequence_;
  }

  void push_free(uint32_t index) noexcept {
    slots_[index].hook.next = free_;
    free_ = index;
  }

  std::optional<entry> release(uint32_t index) {
    std::optional<entry> result{std::move(slots_[index].value)};
    slots_[index].value.id = 0;
    push_free(index);
    --size_;
    return result;
  }

  void shrink() {
    slots_.shrink();
    free_ = timer_hook::none;
    for (auto i = slots_.capacity(); i-- > 0;)
      push_free(i);
  }

  // What every call touches stands together.
  brief_mutex mutable mutex_;
  bool closed_ = false;
  uint32_t free_ = timer_hook::none;
  uint32_t size_ = 0;
  uint32_t limit_;
  std::atomic<duration::rep> due_{duration::max().count()};
  uint64_t sequence_ = 0;
  deadline_queue<places> queue_{places{&slots_}};
  slab<slot> slots_;
  /// Times for which alarms are out, the earliest last.
  std::vector<time_point> alarms_;
};

} // namespace resilience
