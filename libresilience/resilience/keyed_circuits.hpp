// A circuit for each key: a tenant, a host, an agent. Keys come out of
// messages, so they may be many, new all the time, and hostile; memory is
// bounded.
//
// - A circuit is made when its key is first asked for, and is the same for all
//   who ask while any of them has it.
// - Only a closed circuit that nobody has is ever forgotten: when it has been
//   idle, or to make room for a new key, one that was used long ago. It loses
//   its totals and its failures in a row; its key begins anew.
// - One that is open, half-open, isolated or disabled stays, asked for or not:
//   it has to be closed first, by its probes or by `reset`.
// - Keys that find no room share one circuit, `overflow`: their calls go on and
//   are protected, together. So do calls without a key (an empty one), and keys
//   that are too long or not UTF-8. Any other text is a key, also with zeros.
//
// A key takes 796 bytes (benchmarks/keyed_bench.cpp) and what it has more
// than 15 bytes; one that is open as much as one that is closed.
//
// Thread-safe. Owned by the guard that has the keys. Each shard has a lock,
// held for a few steps, never while the listener runs.
#pragma once

#include "resilience/brief_mutex.hpp"
#include "resilience/circuit.hpp"
#include "resilience/keyed_config.hpp"
#include "resilience/keyed_shard.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace resilience {

/// How full a set of circuits by key is, and what that has cost.
struct keyed_counts {
  /// Keys with a circuit of their own.
  uint64_t keys = 0;
  /// Those of them that are open, half-open, isolated or disabled.
  uint64_t not_closed = 0;
  /// Circuits forgotten, idle ones and those that made room.
  uint64_t evicted = 0;
  /// Calls whose key found no room.
  uint64_t overflowed = 0;
  /// Calls without a key, or with one that is too long or not UTF-8.
  uint64_t unfit = 0;

  friend bool operator==(const keyed_counts&, const keyed_counts&) = default;
};

class keyed_circuits : public std::enable_shared_from_this<keyed_circuits> {
public:
  /// Whoever has one uses the circuit: it is not forgotten. Who has a permit
  /// keeps the pointer until it is settled.
  using circuit_ptr = std::shared_ptr<circuit>;

  /// Must not throw. As `circuit::listener`, with the key; an empty one for the
  /// circuit that keys without room share. Calls for one key come in order and
  /// one at a time, those for different keys at once.
  using listener = std::function<void(std::string_view, const transition&)>;

  /// Circuits that are still used when it ends work on, but tell nobody.
  /// @param seed of the hash of the keys and of the jitter of cooldowns.
  /// @throws invalid_config_error naming every fault of both.
  static std::shared_ptr<keyed_circuits> make(const keyed_config& cfg,
                                              const breaker_config& breaker,
                                              listener on_transition = {},
                                              uint64_t seed = random_seed());

  // -- calls ------------------------------------------------------------------

  /// The circuit of that key, made if need be; `overflow()` for one that can
  /// have none. Never null. O(1) amortised, whatever is forgotten on the way.
  circuit_ptr get_or_make(std::string_view key, time_point now);

  /// Forgets idle circuits, looking at no more than `most`. Returns how many.
  /// New keys do so on their way: this is for when none come.
  size_t evict_idle(time_point now, size_t most);

  // -- by hand ----------------------------------------------------------------

  /// Replaces the settings of all circuits, or returns every fault and changes
  /// nothing. Takes no longer for many keys: a circuit gets them when its key
  /// is next asked for by a call, and shows the old ones until then.
  [[nodiscard]] faults configure(const breaker_config& breaker);

  /// Closes the circuit of that key; false if there is none.
  bool reset(std::string_view key, time_point now);

  /// Closes all that are not closed, `overflow()` too. Failures in a row of
  /// closed ones stay. Takes about a microsecond for each; returns how many.
  size_t reset_all(time_point now);

  // -- properties -------------------------------------------------------------

  /// The circuit of that key, or null. Makes none, and to look is no use.
  circuit_ptr find(std::string_view key) const;

  /// Up to `limit` circuits after the first `offset`: those that are not closed
  /// come first. Between two calls one may change its place. Locks a shard at a
  /// time, for as long as its part is copied.
  std::vector<circuit_ptr> list(size_t offset, size_t limit) const;

  /// The circuit of all that have none of their own; its name is empty.
  circuit_ptr overflow() const;

  keyed_counts counts() const noexcept;

  const keyed_config& config() const noexcept {
    return config_;
  }

  /// The settings of the circuits.
  breaker_config breaker() const;

private:
  friend keyed_node;

  using node_ptr = keyed_shard::node_ptr;

  struct versioned {
    breaker_config value;
    uint64_t number;
  };

  keyed_circuits(const keyed_config& cfg, const breaker_config& breaker,
                 listener on_transition, uint64_t seed);

  node_ptr make_node(std::string_view key, uint64_t hash);
  node_ptr use(std::string_view key, uint64_t hash, time_point now);
  circuit_ptr add(std::string_view key, uint64_t hash, time_point now);
  node_ptr insert(const node_ptr& x, time_point now);
  node_ptr try_insert(const node_ptr& x, time_point now, size_t& looks);
  bool forget_oldest(keyed_shard& shard, size_t& looks);
  bool count_in() noexcept;
  void count_out() noexcept;
  circuit_ptr use_overflow(std::atomic<uint64_t>& counter, time_point now);
  void apply_settings(keyed_node& x, time_point now);
  versioned settings() const;
  static circuit_ptr shared(node_ptr x) noexcept;
  uint64_t hash_of(std::string_view key) const noexcept;
  uint64_t shard_of(uint64_t hash) const noexcept;
  keyed_shard& shard_at(uint64_t i) const noexcept;
  void on_transition(keyed_node& x, const transition& what);

  const keyed_config config_;
  const listener listener_;
  const uint64_t seed_;
  const uint64_t shard_count_;
  const std::unique_ptr<keyed_shard[]> shards_;
  std::atomic<uint64_t> version_{1};
  std::atomic<uint64_t> keys_{0};
  std::atomic<uint64_t> not_closed_{0};
  std::atomic<uint64_t> evicted_{0};
  std::atomic<uint64_t> overflowed_{0};
  std::atomic<uint64_t> unfit_{0};
  /// The shards where the next search for room, and for idle ones, begins.
  std::atomic<uint64_t> room_hand_{0};
  std::atomic<uint64_t> idle_hand_{0};
  node_ptr overflow_;

  brief_mutex mutable settings_mutex_;
  breaker_config breaker_;
};

} // namespace resilience
