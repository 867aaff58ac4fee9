// The deadlines of a ledger's calls, in the order in which they come.
//
// Calls of one guard mostly have one time limit, so that each deadline comes
// after those before it: these stand in a list, where setting and clearing
// touches little memory. Whatever comes out of order goes into a timer wheel,
// made when first needed.
//
// Not thread-safe; owned by one ledger. The hooks live in the owner's slots.
#pragma once

#include "resilience/time.hpp"
#include "resilience/timer_wheel.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace resilience {

/// @tparam Slots maps an index: `hook(i)` is its `timer_hook&`, `deadline(i)`
/// its deadline, unchanged while it is queued.
template <class Slots>
class deadline_queue {
public:
  explicit deadline_queue(Slots slots) noexcept : slots_(slots) {}

  deadline_queue(const deadline_queue&) = delete;
  deadline_queue& operator=(const deadline_queue&) = delete;

  void insert(uint32_t index, time_point now) {
    auto deadline = slots_.deadline(index);
    if (first_ == timer_hook::none || deadline >= latest_) {
      latest_ = deadline;
      append(index);
    } else {
      insert_in_wheel(index, now, deadline);
    }
  }

  void erase(uint32_t index) {
    if (slots_.hook(index).place == in_list)
      unlink(index);
    else
      wheel_->erase(hooks(), index);
  }

  /// Calls `fn(index)` for each deadline that is not after `now`; those are no
  /// longer queued. Returns when to look again: never later than the next
  /// deadline, the end of time where there is none.
  template <class F>
  time_point take_due(time_point now, F&& fn) {
    while (first_ != timer_hook::none && slots_.deadline(first_) <= now) {
      auto index = first_;
      unlink(index);
      fn(index);
    }
    auto next =
      first_ != timer_hook::none ? slots_.deadline(first_) : time_point::max();
    return wheel_ ? std::min(next, take_from_wheel(now, fn)) : next;
  }

private:
  /// `timer_hook::place` of what stands in the list.
  static constexpr uint8_t in_list = 0xff;

  auto hooks() noexcept {
    return [this](uint32_t i) -> timer_hook& { return slots_.hook(i); };
  }

  // -- the list ---------------------------------------------------------------

  void append(uint32_t index) {
    auto& hook = slots_.hook(index);
    hook.place = in_list;
    hook.prev = last_;
    hook.next = timer_hook::none;
    if (last_ != timer_hook::none)
      slots_.hook(last_).next = index;
    else
      first_ = index;
    last_ = index;
  }

  void unlink(uint32_t index) {
    auto& hook = slots_.hook(index);
    if (hook.prev != timer_hook::none)
      slots_.hook(hook.prev).next = hook.next;
    else
      first_ = hook.next;
    if (hook.next != timer_hook::none)
      slots_.hook(hook.next).prev = hook.prev;
    else
      last_ = hook.prev;
  }

  // -- the wheel --------------------------------------------------------------

  static timer_wheel::tick tick_at(time_point t) noexcept {
    using std::chrono::milliseconds;
    auto ms = std::chrono::floor<milliseconds>(t.time_since_epoch());
    return static_cast<timer_wheel::tick>(
      std::max(ms, milliseconds::zero()).count());
  }

  /// The beginning of a tick. @pre the clock reaches it
  static time_point instant(timer_wheel::tick t) noexcept {
    return time_point{std::chrono::milliseconds{static_cast<int64_t>(t)}};
  }

  void insert_in_wheel(uint32_t index, time_point now, time_point deadline) {
    if (!wheel_)
      wheel_ = std::make_unique<timer_wheel>();
    if (wheel_->empty()) // so that idle time costs no cascading later on
      wheel_->advance(hooks(), tick_at(now), [](uint32_t) {});
    // The first tick that is after it: in the one before, the deadlines
    // themselves decide.
    wheel_->insert(hooks(), index, tick_at(deadline) + 1);
  }

  template <class F>
  time_point take_from_wheel(time_point now, F&& fn) {
    wheel_->advance(hooks(), tick_at(now), fn);
    auto soonest = time_point::max();
    std::vector<uint32_t> due;
    wheel_->for_each_next(hooks(), [&](uint32_t index) {
      auto deadline = slots_.deadline(index);
      if (deadline <= now)
        due.push_back(index);
      else
        soonest = std::min(soonest, deadline);
    });
    for (auto index : due) {
      wheel_->erase(hooks(), index);
      fn(index);
    }
    auto next = wheel_->next_due();
    if (soonest != time_point::max() || next == timer_wheel::never)
      return soonest;
    // A tick early, so as to look at the deadlines of that tick themselves.
    if (next > wheel_->now() + 1)
      --next;
    return instant(next);
  }

  Slots slots_;
  uint32_t first_ = timer_hook::none;
  uint32_t last_ = timer_hook::none;
  /// Nothing in the list comes later.
  time_point latest_{};
  std::unique_ptr<timer_wheel> wheel_;
};

} // namespace resilience
