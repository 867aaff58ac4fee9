#include "resilience/actors/snapshot_writer.hpp"

#include "resilience/actors/error.hpp"
#include "resilience/actors/open_store.hpp"

#include <algorithm>

namespace resilience {

namespace {

/// Circuits that one transaction saves.
constexpr size_t most_at_once = 4'096;

/// Transitions after which the history is pruned, whenever the next save is.
constexpr uint64_t most_unpruned = 10'000;

retention retention_of(const runtime_options& x) {
  auto most = x.database.empty() ? std::min(x.max_transitions, most_in_memory)
                                 : x.max_transitions;
  return {.history = std::chrono::hours{24} * x.history_days,
          .max_transitions = static_cast<uint64_t>(most)};
}

} // namespace

bool save_all(registry& circuits, restart_counts& restarts, journal& into) {
  if (!restarts.save([&](const auto& news) { return into.save({}, news); }))
    return false;
  std::string after;
  do {
    auto some = circuits.take_unsaved(after, most_at_once);
    std::vector<circuit_snapshot> snapshots;
    snapshots.reserve(some.size());
    for (const auto& x : some)
      snapshots.push_back(x.snapshot);
    if (!into.save(snapshots, {}))
      return false;
    circuits.mark_saved(some);
  } while (!after.empty());
  return true;
}

snapshot_writer::snapshot_writer(caf::actor_config& cfg,
                                 std::shared_ptr<journal> into,
                                 std::shared_ptr<registry> circuits,
                                 std::shared_ptr<restart_counts> restarts,
                                 const runtime_options& opts)
  : compat::actor_base(cfg), journal_(std::move(into)),
    circuits_(std::move(circuits)), restarts_(std::move(restarts)),
    keep_(retention_of(opts)), lasts_(!opts.database.empty()) {}

const char* snapshot_writer::name() const {
  return "resilience.writer";
}

caf::behavior snapshot_writer::make_behavior() {
  return {
    [this](flush_journal) { return on_flush(); },
    [this](save_circuits) { return on_save(); },
    [this](const get_history& x) { return on_history(x); },
  };
}

// Saves may be rare: the history keeps its bounds all the same.
uint64_t snapshot_writer::on_flush() {
  auto result = journal_->flush();
  if (result >= pruned_at_ + most_unpruned)
    prune();
  return result;
}

void snapshot_writer::prune() {
  pruned_at_ = journal_->added();
  journal_->prune(due_retention(), wall_clock::now());
}

caf::result<uint64_t> snapshot_writer::on_save() {
  // What ends with the process knows what the circuits in memory know.
  auto wanted = journal_->added();
  auto saved = !lasts_ || save_all(*circuits_, *restarts_, *journal_);
  // Also where there was no room: it makes some.
  prune();
  auto durable = journal_->flush();
  if (saved && durable >= wanted)
    return durable;
  return make_error(errc::store_failed, std::string{},
                    journal_->status().fault);
}

// Circuits that nobody uses are as old as the history at least: nobody minds
// another hour.
retention snapshot_writer::due_retention() {
  auto result = keep_;
  if (auto now = clock::now(); now >= look_at_unused_) {
    result.unused_circuits = keep_.history;
    look_at_unused_ = now + std::chrono::hours{1};
  }
  return result;
}

caf::result<circuit_history> snapshot_writer::on_history(const get_history& x) {
  if (x.limit < 1 || x.limit > 100'000)
    return make_error(errc::invalid_config, x.name,
                      "limit must be between 1 and 100000, is "
                        + std::to_string(x.limit));
  try {
    circuit_history result;
    result.entries = journal_->history(
      {.name = x.name, .since = x.since, .after = x.after, .limit = x.limit});
    return result;
  } catch (const std::exception& e) {
    return make_error(errc::store_failed, x.name, e.what());
  }
}

} // namespace resilience
