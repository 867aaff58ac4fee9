// Deadlines of many calls, each set and cleared in constant time.
//
// A hierarchical timing wheel (Varghese and Lauck, "Hashed and Hierarchical
// Timing Wheels", 1987): level 0 has a slot per tick, each level above a slot
// per 8 slots of the one below. A timer sits in the lowest level at which it
// differs from the current tick, and moves down as its time comes near. A bit
// per slot says which are taken, so that empty time costs nothing.
//
// Not thread-safe; owned by one ledger. The timers live in the owner's slots
// and are named by index.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace resilience {

/// The part of a slot that a wheel links.
struct timer_hook {
  static constexpr uint32_t none = ~uint32_t{0};

  uint64_t when{};
  uint32_t prev = none;
  uint32_t next = none;
  /// Where the timer is linked: level * 8 + slot.
  uint8_t place{};
};

class timer_wheel {
public:
  using tick = uint64_t;

  static constexpr tick never = ~tick{0};

  timer_wheel() noexcept {
    heads_.fill(timer_hook::none);
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  /// Sets a timer. One whose time has passed comes with the next tick.
  /// @param hooks maps an index to its `timer_hook&`.
  template <class Hooks>
  void insert(Hooks&& hooks, uint32_t index, tick when) {
    hooks(index).when = std::max(when, now_ + 1);
    link(hooks, index);
    ++size_;
  }

  /// Clears a timer that is set.
  template <class Hooks>
  void erase(Hooks&& hooks, uint32_t index) {
    unlink(hooks, index);
    --size_;
  }

  /// Moves the time to `to` and calls `fn(index)` for each timer that is due;
  /// those are no longer set. `fn` must not touch the wheel.
  template <class Hooks, class F>
  void advance(Hooks&& hooks, tick to, F&& fn) {
    while (size_ > 0) {
      auto place = next_place();
      auto at = tick_of(place);
      if (at > to)
        break;
      now_ = at;
      auto index = heads_[place];
      while (index != timer_hook::none) {
        auto next = hooks(index).next;
        unlink(hooks, index);
        if (hooks(index).when <= now_) {
          --size_;
          fn(index);
        } else {
          link(hooks, index);
        }
        index = next;
      }
    }
    now_ = std::max(now_, to);
  }

  /// A tick at which `advance` has something to do: never later than the
  /// earliest timer, and exact within 8 ticks. `never` when empty.
  tick next_due() const noexcept {
    return size_ == 0 ? never : tick_of(next_place());
  }

  /// Calls `fn(index)` for each timer of the very next tick. They all sit in
  /// one slot: of level 0, or of the level whose next slot begins with that
  /// tick. `fn` must not touch the wheel.
  template <class Hooks, class F>
  void for_each_next(Hooks&& hooks, F&& fn) {
    auto next = now_ + 1;
    auto level = level_of(now_, next);
    auto slot = static_cast<uint32_t>(next >> (level * bits)) & (slots - 1);
    auto index = heads_[level * slots + slot];
    for (; index != timer_hook::none; index = hooks(index).next)
      if (hooks(index).when == next)
        fn(index);
  }

  /// The latest tick that `advance` went to.
  tick now() const noexcept {
    return now_;
  }

private:
  static constexpr uint32_t bits = 3;
  static constexpr uint32_t slots = 1u << bits;
  static constexpr uint32_t levels = 9;
  /// Timers further away wait in the top level and are looked at again then.
  static constexpr tick horizon = tick{1} << (bits * levels - 1);

  static uint32_t level_of(tick now, tick when) noexcept {
    auto differing =
      static_cast<uint32_t>(std::bit_width((now ^ when) | (slots - 1)));
    return std::min((differing - 1) / bits, levels - 1);
  }

  template <class Hooks>
  void link(Hooks& hooks, uint32_t index) {
    auto& hook = hooks(index);
    auto when = std::min(hook.when, now_ + horizon);
    auto level = level_of(now_, when);
    auto slot = static_cast<uint32_t>(when >> (level * bits)) & (slots - 1);
    hook.place = static_cast<uint8_t>(level * slots + slot);
    hook.prev = timer_hook::none;
    hook.next = heads_[hook.place];
    if (hook.next != timer_hook::none)
      hooks(hook.next).prev = index;
    heads_[hook.place] = index;
    taken_[level] = static_cast<uint8_t>(taken_[level] | (1u << slot));
  }

  template <class Hooks>
  void unlink(Hooks& hooks, uint32_t index) {
    auto& hook = hooks(index);
    if (hook.next != timer_hook::none)
      hooks(hook.next).prev = hook.prev;
    if (hook.prev != timer_hook::none) {
      hooks(hook.prev).next = hook.next;
      return;
    }
    heads_[hook.place] = hook.next;
    if (hook.next == timer_hook::none) {
      auto& taken = taken_[hook.place / slots];
      taken = static_cast<uint8_t>(taken & ~(1u << (hook.place % slots)));
    }
  }

  /// How many slots ahead of the current one `slot` of `level` lies.
  uint32_t ahead(uint32_t level, uint32_t slot) const noexcept {
    auto current = static_cast<uint32_t>(now_ >> (level * bits)) & (slots - 1);
    return (slot - current) & (slots - 1);
  }

  /// The taken slot whose time comes first. Lower levels always come first:
  /// they lie within the current slot of the level above.
  /// @pre `!empty()`
  uint32_t next_place() const noexcept {
    uint32_t level = 0;
    while (taken_[level] == 0)
      ++level;
    auto current = static_cast<int>((now_ >> (level * bits)) & (slots - 1));
    auto distance = std::countr_zero(std::rotr(taken_[level], current));
    auto slot = static_cast<uint32_t>(current + distance) & (slots - 1);
    return level * slots + slot;
  }

  tick tick_of(uint32_t place) const noexcept {
    auto level = place / slots;
    auto base = now_ >> (level * bits);
    return (base + ahead(level, place % slots)) << (level * bits);
  }

  tick now_ = 0;
  uint32_t size_ = 0;
  std::array<uint8_t, levels> taken_{};
  std::array<uint32_t, levels * slots> heads_;
};

} // namespace resilience
