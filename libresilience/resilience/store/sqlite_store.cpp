#include "resilience/store/sqlite_store.hpp"

#include "resilience/store/kept.hpp"
#include "resilience/store/sqlite/circuit_table.hpp"
#include "resilience/store/sqlite/damaged_rows.hpp"
#include "resilience/store/sqlite/file_lock.hpp"
#include "resilience/store/sqlite/history_table.hpp"
#include "resilience/store/sqlite/open_file.hpp"
#include "resilience/store/sqlite/settings_table.hpp"

#include <SQLiteCpp/Transaction.h>

namespace resilience {

faults path_faults(const std::string& path, const std::string& prefix) {
  faults result;
  if (path.empty())
    result.push_back(prefix + "path must not be empty");
  if (path == ":memory:")
    result.push_back(prefix + "path must be that of a file, is :memory:");
  if (path.find('\0') != std::string::npos)
    result.push_back(prefix + "path must not have a zero byte");
  return result;
}

faults validate(const sqlite_options& x, const std::string& prefix) {
  faults result;
  check_settings(result, x, prefix);
  for (auto& text : path_faults(x.path, prefix))
    result.push_back(std::move(text));
  return result;
}

namespace {

std::string checked_path(const sqlite_options& x) {
  if (auto found = validate(x); !found.empty())
    throw store_error{store_errc::failed, to_string(found)};
  std::string result;
  store::translated(nullptr, x.path,
                    [&] { result = store::real_path(x.path); });
  return result;
}

/// The tables with their prepared statements.
struct tables {
  explicit tables(SQLite::Database& db)
    : settings(db), circuits(db, settings), history(db), damaged(db) {}

  store::settings_table settings;
  store::circuit_table circuits;
  store::history_table history;
  store::damaged_rows damaged;
};

} // namespace

class sqlite_store::impl {
public:
  explicit impl(const sqlite_options& options)
    : path(checked_path(options)), lock_(path + "-lock", path),
      db_(opened(options)) {
    try {
      in_.emplace(db_);
    } catch (const SQLite::Exception& e) {
      // The version is ours, the tables are not.
      throw store_error{store_errc::damaged, path + ": " + e.what()};
    }
    drop_unused_settings();
  }

  /// Calls `f(tables)` in one transaction, all or nothing.
  template <class F>
  void change(F f) {
    store::translated(&db_, path, [&] {
      check_file();
      auto counted = in_->history.counted();
      try {
        SQLite::Transaction all{db_, SQLite::TransactionBehavior::IMMEDIATE};
        f(*in_);
        all.commit();
      } catch (...) {
        in_->settings.forget_ids();
        in_->history.set_counted(counted);
        throw;
      }
    });
  }

  /// `change` for what writes about `rows` rows. Where there is no room, the
  /// oldest transitions leave in the same transaction: if that is not enough
  /// either, they are still there.
  template <class F>
  void write(size_t rows, F f) {
    try {
      return change(f);
    } catch (const store_error& e) {
      if (e.code() != store_errc::full)
        throw;
    }
    change([&](tables& in) {
      in.history.make_room(rows, store::max_pruned);
      f(in);
    });
  }

  /// Calls `f(tables, bad)`, and counts and sets aside what it puts into `bad`.
  template <class F>
  void read(F f) {
    std::vector<store::damaged_row> bad;
    store::translated(&db_, path, [&] { f(*in_, bad); });
    if (!bad.empty())
      set_aside(bad);
  }

  const std::string path;
  damage_report damaged;

private:
  SQLite::Database opened(const sqlite_options& options) const {
    std::optional<SQLite::Database> result;
    store::translated(nullptr, path,
                      [&] { result.emplace(store::open_file(options, path)); });
    return std::move(*result);
  }

  /// SQLite would go on writing into a file that nobody finds any more.
  void check_file() const {
    if (store::file_identity{path} != file_)
      throw store_error{store_errc::failed,
                        path + ": was deleted or replaced while it was in use"};
  }

  /// Best effort: the next start tries again.
  void drop_unused_settings() {
    try {
      if (in_->settings.has_many())
        change([](tables& in) { in.settings.drop_unused(); });
    } catch (const std::exception&) {
      // Whoever reads or writes next comes across what is wrong.
    }
  }

  /// Best effort: what stays where it is will be come across again.
  void set_aside(const std::vector<store::damaged_row>& bad) {
    damaged.rows += bad.size();
    damaged.last = bad.back().sentence();
    try {
      change([&](tables& in) { in.damaged.set_aside(bad); });
    } catch (const store_error&) {
      // The rows that could be read count more.
    }
    in_->history.set_counted(std::nullopt);
  }

  store::file_lock lock_;
  SQLite::Database db_;
  const store::file_identity file_{path};
  std::optional<tables> in_;
};

sqlite_store::sqlite_store(sqlite_options options)
  : impl_(std::make_unique<impl>(options)) {}

sqlite_store::~sqlite_store() = default;

remembered sqlite_store::load(size_t limit) {
  remembered result;
  impl_->read([&](tables& in, auto& bad) {
    result = in.circuits.load(limit, bad);
    for (const auto& x : bad)
      result.skipped.push_back(x.sentence());
  });
  return result;
}

std::optional<circuit_snapshot> sqlite_store::find(std::string_view name) {
  std::optional<circuit_snapshot> result;
  impl_->read([&](tables& in, auto& bad) {
    result = in.circuits.find(std::string{name}, bad);
  });
  return result;
}

void sqlite_store::append(std::span<const journal_entry> batch) {
  if (batch.empty())
    return;
  impl_->write(batch.size(), [&](tables& in) {
    std::vector<const circuit_snapshot*> circuits;
    for (const auto& x : batch) {
      if (auto settings = in.settings.id_of(x.after.config))
        in.history.add(x.event, *settings);
      circuits.push_back(&x.after);
    }
    in.circuits.put(std::move(circuits));
  });
}

void sqlite_store::save(std::span<const circuit_snapshot> circuits,
                        std::span<const restart_record> restarts) {
  if (circuits.empty() && restarts.empty())
    return;
  impl_->write(circuits.size() + restarts.size(), [&](tables& in) {
    std::vector<const circuit_snapshot*> all;
    all.reserve(circuits.size());
    for (const auto& x : circuits)
      all.push_back(&x);
    in.circuits.put(std::move(all));
    for (const auto& x : restarts)
      in.circuits.put(x);
  });
}

void sqlite_store::forget(std::string_view name) {
  impl_->change([&](tables& in) { in.circuits.remove(std::string{name}); });
}

std::vector<history_entry> sqlite_store::history(const history_query& what) {
  std::vector<history_entry> result;
  impl_->read(
    [&](tables& in, auto& bad) { result = in.history.find(what, bad); });
  return result;
}

std::string sqlite_store::settings_text(int64_t id) {
  std::string result;
  impl_->read([&](tables& in, auto&) { result = in.settings.text_of(id); });
  return result;
}

uint64_t sqlite_store::prune(const retention& keep, wall_time now) {
  auto oldest = store::oldest_kept(keep.history, now);
  uint64_t result = 0;
  impl_->change([&](tables& in) {
    result = in.history.prune(oldest, keep.max_transitions, store::max_pruned);
    in.damaged.prune(oldest, store::max_pruned);
    if (keep.unused_circuits)
      in.circuits.prune(store::oldest_kept(*keep.unused_circuits, now),
                        store::max_pruned);
  });
  return result;
}

damage_report sqlite_store::damaged() const {
  return impl_->damaged;
}

std::string sqlite_store::where() const {
  return impl_->path;
}

} // namespace resilience
