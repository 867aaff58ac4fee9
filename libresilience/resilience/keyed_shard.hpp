// A part of the circuits by key: a hash table, and two lists over it. `recent`
// has those that may be forgotten, used longest ago first; `kept` those that
// are not closed.
//
// Using a circuit only marks it: its place in `recent` is put right when the
// circuit has become the oldest. So a hit writes to no other circuit, and what
// is oldest is so but for the order among those that were used since.
//
// Not thread-safe; owned by keyed_circuits, which locks `mutex`, and lets
// circuits go only after it has unlocked.
#pragma once

#include "resilience/brief_mutex.hpp"
#include "resilience/circuit.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace resilience {

class keyed_circuits;

/// A place in a circular list.
struct keyed_hook {
  keyed_hook* prev = this;
  keyed_hook* next = this;

  keyed_hook() = default;
  keyed_hook(const keyed_hook&) = delete;
  keyed_hook& operator=(const keyed_hook&) = delete;

  void unlink() noexcept {
    prev->next = next;
    next->prev = prev;
  }

  void link_before(keyed_hook& where) noexcept {
    prev = where.prev;
    next = &where;
    prev->next = this;
    next->prev = this;
  }
};

/// The circuit of a key; `machine.name()` is the key.
struct keyed_node : keyed_hook {
  keyed_node(std::weak_ptr<keyed_circuits> home, std::string_view key,
             uint64_t hash, const breaker_config& cfg, uint64_t version,
             uint64_t seed);

  // What a hit touches stands together, before the circuit's own counters.
  const uint64_t hash;
  // Under the shard's lock.
  keyed_node* chain = nullptr;
  /// Keeps it while it is in the shard; the other owners use the circuit.
  std::shared_ptr<keyed_node> self{};
  time_point last_used{};
  /// Used since it got its place in `recent`.
  bool touched = false;
  bool kept = false;

  /// Whoever applies new settings; never waited for.
  brief_mutex applying{};
  /// Of the settings that were applied last.
  std::atomic<uint64_t> version;
  circuit machine;
  const std::weak_ptr<keyed_circuits> home;
};

class alignas(64) keyed_shard {
public:
  using node_ptr = std::shared_ptr<keyed_node>;

  keyed_shard() = default;
  keyed_shard(const keyed_shard&) = delete;
  keyed_shard& operator=(const keyed_shard&) = delete;
  ~keyed_shard();

  brief_mutex mutable mutex;

  /// Null if there is none.
  keyed_node* find(uint64_t hash, std::string_view key) const noexcept;

  /// Makes sure that one more fits; the only step that can fail.
  void expect_one();

  /// @pre there is none of that key; it was expected
  void insert(node_ptr x) noexcept;

  /// Moves `x` to the list where it belongs. False if it was there.
  bool keep(keyed_node& x, bool kept) noexcept;

  /// Takes out one that is used by nobody and was used longest ago, if there is
  /// one among the `looks` oldest; counts down the `looks` it needed.
  node_ptr take_oldest(size_t& looks);

  /// Takes out one that is used by nobody and was used last `idle_after` ago or
  /// earlier, likewise. One that was in use when it was the oldest has a turn
  /// only after the others.
  node_ptr take_idle(time_point now, duration idle_after, size_t& looks);

  size_t count(bool kept) const noexcept {
    return kept ? kept_count_ : size_ - kept_count_;
  }

  /// Appends up to `limit` after the first `offset` of a list.
  void copy(bool kept, size_t offset, size_t limit,
            std::vector<std::shared_ptr<circuit>>& out) const;

private:
  keyed_node& oldest() const noexcept;
  void put_last(keyed_node& x) noexcept;
  node_ptr take(keyed_node& x) noexcept;
  void grow();

  size_t size_ = 0;
  size_t kept_count_ = 0;
  /// As many as a power of two.
  std::vector<keyed_node*> buckets_;
  keyed_hook recent_;
  keyed_hook kept_;
};

} // namespace resilience
