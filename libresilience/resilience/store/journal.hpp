// Transitions and circuits on their way into a store: a bounded queue that
// anybody fills at once, and one writer empties at the disk's pace.
//
// - What waits together is written together: many transitions share one fsync.
// - A store that fails loses nothing that waits; it is tried again. What finds
//   no more room is dropped and counted, newest first: the circuits themselves
//   come with the next save.
// - Who queues waits for a short lock, never for the store.
//
// Thread-safe. Owned by the runtime, shared with its writer.
#pragma once

#include "resilience/store/snapshot_store.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// How a journal is.
struct journal_status {
  /// Where it writes to.
  std::string where;
  /// Transitions that wait to be written.
  uint64_t waiting = 0;
  /// Transitions that were written since the start.
  uint64_t written = 0;
  /// Transitions that the history lacks: there was no room for them.
  uint64_t dropped = 0;
  /// Calls of the store that failed.
  uint64_t failures = 0;
  /// What the store said when it failed last, empty once the same has worked:
  /// that it can be read does not mean that it can be written.
  std::string fault;
  /// Rows that the store could not read since it was opened, and a sentence for
  /// the last of them.
  uint64_t damaged = 0;
  std::string last_damage;

  friend bool operator==(const journal_status&,
                         const journal_status&) = default;
};

class journal {
public:
  /// Transitions that may wait: 16 to 20 MiB at most.
  static constexpr size_t default_limit = 16'384;

  /// Number of a transition that found no room: it never becomes durable.
  static constexpr uint64_t not_in_journal = UINT64_MAX;

  /// @param store not null.
  /// @param limit most transitions that wait.
  explicit journal(std::unique_ptr<snapshot_store> store,
                   size_t limit = default_limit);

  // -- filling ----------------------------------------------------------------

  /// What became of a batch: the first `accepted` of it wait, numbered up to
  /// `last`.
  struct receipt {
    size_t accepted = 0;
    uint64_t last = 0;
  };

  receipt add(std::vector<journal_entry> batch);

  /// Takes a circuit that is about to be forgotten: `find` knows it from now
  /// on. False: too many wait already.
  bool park(circuit_snapshot x);

  // -- writing; may block -----------------------------------------------------

  /// Writes what waits, in batches. @returns the number of the last transition
  /// that is durable; after a failure of the store the rest goes on waiting.
  uint64_t flush();

  /// Writes circuits and restarts, after what waits. False: the store failed,
  /// in either.
  bool save(const std::vector<circuit_snapshot>& circuits,
            const std::vector<restart_record>& restarts);

  /// Drops what is past its time.
  void prune(const retention& keep, wall_time now);

  /// Writes what waits and lets go of the store, so that others may have it.
  /// Afterwards nothing is written or found.
  void close();

  // -- reading; may block -----------------------------------------------------

  /// @throws store_error
  remembered load(size_t limit);

  /// What is known of a circuit, whether written yet or not.
  /// @throws store_error
  std::optional<circuit_snapshot> find(std::string_view name);

  /// Writes what waits first. @throws store_error
  std::vector<history_entry> history(const history_query& what);

  /// @throws store_error
  std::string settings_text(int64_t id);

  // -- properties; never block ------------------------------------------------

  /// Whether everything that was added is durable.
  bool idle() const;

  /// Number of the last transition that was added.
  uint64_t added() const;

  /// Whether parked circuits wait in such a number that a flush is due.
  bool is_crowded() const;

  journal_status status() const;

private:
  struct work {
    std::vector<journal_entry> batch;
    std::vector<circuit_snapshot> parked;
  };

  /// What the store is asked for.
  enum class task : uint8_t { append, save, read, prune };

  snapshot_store& store() const;
  bool write_waiting();
  void note_damage();
  work take();
  void done(std::vector<journal_entry>& batch);
  void put_back(work& x);
  template <class F>
  bool attempt(task what, F f);
  template <class F>
  auto asked(F f);
  void note(task what, std::string fault);

  /// Held while the store works; taken before `mutex_`.
  std::mutex mutable store_mutex_;
  /// Null once closed.
  std::unique_ptr<snapshot_store> store_;
  const size_t limit_;

  std::mutex mutable mutex_;
  std::deque<journal_entry> waiting_;
  std::vector<circuit_snapshot> parked_;
  /// Taken by the writer and not durable yet.
  size_t in_hand_ = 0;
  uint64_t added_ = 0;
  uint64_t durable_ = 0;
  journal_status status_;
  /// What the store said to each task when it was asked last.
  std::array<std::string, 4> faults_;
};

} // namespace resilience
