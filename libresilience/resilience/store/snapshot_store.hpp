// Where circuits are remembered over a restart: the port. Adapters:
// memory_store.hpp, sqlite_store.hpp.
//
// Contract of every adapter:
// 1. When `append` or `save` returns, what it was given is durable: it survives
//    the death of the process at any later moment. When it throws, nothing of
//    the batch is there, and the same batch may be given again.
// 2. `append` writes the transitions to the history and the circuits as they
//    were after them, in one step. So what is loaded is never older than the
//    last transition that was appended.
// 3. A circuit of a lower generation never replaces a newer one: batches may
//    overlap. One of an equal generation does if it was saved at the same time
//    or later, or has seen more calls: a wall clock that was set back must not
//    freeze what is remembered.
// 4. What is damaged is skipped, counted and kept aside; the rest loads.
// 5. What no circuit can be is left out, the rest of the batch is written: a
//    name that is empty, longer than 256 bytes or no UTF-8, a `config` or a
//    `memory` with faults, an unknown state or cause. So one bad entry cannot
//    hold up the others for ever.
// 6. What is loaded equals what was saved but for this: durations of a config
//    are kept to the microsecond; counters end at 2^63 - 1; texts for people
//    (providers at most 256 bytes, reasons 1024) are cut, bytes of them that
//    are no UTF-8 replaced; `success_rate` follows from its counters and
//    `layers` stays empty; of `latency` 64 buckets are kept.
// 7. Where `append` or `save` finds no room, the oldest transitions leave for
//    what is new, whatever `prune` is told to keep. Only where that does not
//    help it throws `full`, and then they are still there.
//
// Not thread-safe; owned by one writer. Calls may block. Nothing but
// `store_error` is thrown.
#pragma once

#include "resilience/restart.hpp"
#include "resilience/snapshot.hpp"
#include "resilience/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// What a store has against being used. Values are stable.
enum class store_errc : uint8_t {
  none = 0,
  /// The file is no database, or one of another program. It is left as it is.
  foreign_file = 1,
  /// The file was written by a newer version. It is left as it is.
  newer_version = 2,
  /// Another process uses the file.
  in_use = 3,
  /// No room on the device, or the file has reached its limit; to drop old
  /// transitions did not help.
  full = 4,
  /// The file or its folder cannot be written, or not even be read.
  no_access = 5,
  /// Somebody else holds a lock for longer than is waited for.
  locked = 6,
  /// The file is damaged beyond single rows.
  damaged = 7,
  /// Anything else; the text says what.
  failed = 8,
};

const char* to_string(store_errc x) noexcept;

/// Thrown by stores. The text names the file and what is wrong.
class store_error : public std::runtime_error {
public:
  store_error(store_errc code, const std::string& text);

  store_errc code() const noexcept {
    return code_;
  }

  /// Whether the same call may succeed later without a change of anything that
  /// it names: the device has room again, the lock or the other process is gone
  /// (`full`, `locked`, `in_use`).
  bool may_pass() const noexcept;

private:
  store_errc code_;
};

/// What a store remembers.
struct remembered {
  /// Circuits that are not closed first, then the latest saved, then by name.
  std::vector<circuit_snapshot> circuits{};
  /// Whether there are more circuits than were asked for.
  bool more = false;
  /// By name.
  std::vector<restart_record> restarts{};
  /// A sentence for each row that was skipped.
  std::vector<std::string> skipped{};
};

/// What a store has come across that it could not read.
struct damage_report {
  /// Rows since it was opened. One that cannot be moved aside counts each time.
  uint64_t rows = 0;
  /// A sentence for the last of them.
  std::string last{};

  friend bool operator==(const damage_report&, const damage_report&) = default;
};

/// A transition as the history has it.
struct history_entry {
  /// Grows with each entry of a store; never used twice.
  int64_t id = 0;
  transition_event event{};
  /// Equal ids, equal settings of the breaker; 0: off. See `settings_text`.
  int64_t settings = 0;

  friend bool operator==(const history_entry&, const history_entry&) = default;
};

/// Which part of the history is wanted.
struct history_query {
  /// Of this circuit; empty: of all.
  std::string name{};
  /// At this instant or later.
  wall_time since = wall_time::min();
  /// With a greater id, oldest first: to go on after a page; 0: from the start.
  std::optional<int64_t> after{};
  /// The newest that many, oldest first; with `after`, the first that many.
  /// At most 100,000, which is what more than that is taken for.
  uint32_t limit = 1'000;
};

/// What is kept, and for how long.
struct retention {
  /// Transitions older than this are dropped. 1 hour to 3650 days.
  duration history = std::chrono::hours{24 * 30};
  /// Most transitions; the oldest are dropped. 1 to 100,000,000.
  uint64_t max_transitions = 1'000'000;
  /// Closed circuits that were saved last longer ago are forgotten: names that
  /// come and go do not pile up. Not set: none is; to look through all takes
  /// time.
  std::optional<duration> unused_circuits{};
};

class snapshot_store {
public:
  virtual ~snapshot_store() = default;

  /// @param limit most circuits. Restarts beyond the newest
  ///        `max_restart_records` may be left out, and forgotten for good.
  virtual remembered load(size_t limit) = 0;

  /// One circuit, where the store remembers it. A damaged one is kept aside as
  /// by `load`, and not remembered.
  virtual std::optional<circuit_snapshot> find(std::string_view name) = 0;

  /// Adds to the history, in this order.
  virtual void append(std::span<const journal_entry> batch) = 0;

  /// Replaces what is known of these circuits and restarts.
  virtual void save(std::span<const circuit_snapshot> circuits,
                    std::span<const restart_record> restarts) = 0;

  /// Forgets a circuit; its history stays.
  virtual void forget(std::string_view name) = 0;

  /// Damaged entries are left out and kept aside.
  virtual std::vector<history_entry> history(const history_query& what) = 0;

  /// The settings of a history entry as JSON; empty for an unknown id.
  virtual std::string settings_text(int64_t id) = 0;

  /// Drops what is past its time; returns how many transitions. Takes bounded
  /// time: may leave some for the next call.
  virtual uint64_t prune(const retention& keep, wall_time now) = 0;

  /// What `load`, `find` and `history` have skipped. Does not block.
  virtual damage_report damaged() const = 0;

  /// For people: the path, or `memory`.
  virtual std::string where() const = 0;
};

} // namespace resilience
