// Circuits by name, bounded: those in memory, and those that a store remembers.
//
// Thread-safe. Owned by the runtime, shared with its supervisor and writer.
// What may read the store says so; nothing does so under the lock.
#pragma once

#include "resilience/actors/runtime_options.hpp"
#include "resilience/actors/shared_circuit.hpp"
#include "resilience/store/journal.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resilience {

class registry {
public:
  /// Whoever has one from `get_or_make` or `find` uses the circuit: it does not
  /// leave.
  using circuit_ptr = std::shared_ptr<shared_circuit>;

  /// What happens to a circuit that exists with other settings.
  enum class on_difference { refuse, replace };

  /// @param memory knows circuits of earlier runs, and takes those that leave.
  registry(shared_circuit::surroundings around, const runtime_options& opts,
           std::shared_ptr<journal> memory);

  // -- one circuit ------------------------------------------------------------

  /// The circuit of that name, made if need be, with what the store remembers
  /// of it; a new one for an empty name. On failure null, and `error` says why:
  /// the name is taken with other settings, or there are too many circuits. May
  /// read the store.
  circuit_ptr get_or_make(const policy& p, caf::error& error,
                          on_difference how = on_difference::refuse);

  /// A circuit that goes by the name in `p` but is in no list: nobody else
  /// finds it, and neither history nor store know of it.
  circuit_ptr make_unlisted(const policy& p) const;

  /// How settings in memory differ from `p`, so that `get_or_make` would refuse
  /// it. Makes nothing.
  faults differences(const policy& p);

  /// The circuit of that name, also one that only the store remembers. On
  /// failure null, and `error` says why: there is none, no room for it, or the
  /// store cannot be read. May read the store.
  circuit_ptr find(std::string_view name, caf::error& error);

  // -- all --------------------------------------------------------------------

  /// Names of the circuits in memory, sorted.
  std::vector<std::string> names() const;

  /// The circuits in memory, sorted by name. To look at them is no use.
  std::vector<circuit_ptr> all() const;

  // -- over a restart ---------------------------------------------------------

  /// Takes what a store remembers: circuits that are not closed at once, so
  /// that they show in every status, the others when they are asked for. Before
  /// anything else.
  void recall(remembered from);

  /// A circuit and the mark that says how far it is saved.
  struct unsaved {
    circuit_snapshot snapshot;
    uint64_t mark;
  };

  /// Circuits with a name after `after` that are to be saved, looking at no
  /// more than `most`; `after` becomes the last name that was looked at, empty
  /// at the end.
  std::vector<unsaved> take_unsaved(std::string& after, size_t most);

  /// These are saved.
  void mark_saved(const std::vector<unsaved>& x);

private:
  struct entry {
    circuit_ptr circuit;
    /// Of those who use it: they share a count of their own.
    std::weak_ptr<shared_circuit> users{};
    /// The circuit's activity when it was saved; 0: never.
    uint64_t saved = 0;
  };

  using entries = std::map<std::string, entry, std::less<>>;

  circuit_ptr present(std::string_view name);
  circuit_ptr agree(circuit_ptr x, const policy& p, caf::error& error,
                    on_difference how);
  circuit_ptr with_provider(circuit_ptr x, const policy& p);
  std::optional<circuit_snapshot> recollect(std::string_view name);
  void make_room(std::vector<circuit_ptr>& forgotten);
  bool has_room(std::vector<circuit_ptr>& forgotten, std::string_view name,
                caf::error& error);
  circuit_ptr add(const policy& p, const circuit_snapshot* from);
  static circuit_ptr use(entry& x);
  static bool may_leave(const entry& x);

  const std::shared_ptr<const shared_circuit::surroundings> around_;
  /// The same for what is in no list.
  const std::shared_ptr<const shared_circuit::surroundings> unlisted_;
  const size_t max_circuits_;
  const std::shared_ptr<journal> memory_;
  std::mutex mutable mutex_;
  entries circuits_;
  /// Closed ones of an earlier run that nobody has asked for yet.
  std::map<std::string, circuit_snapshot, std::less<>> remembered_;
  /// Whether the store may know circuits that are in neither.
  bool more_outside_ = false;
  /// Where the next search for circuits to leave begins.
  std::string leave_after_;
};

} // namespace resilience
