// Circuits, their history and restarts in one SQLite file; docs/design.md says
// what its tables mean and how to read them by hand.
//
// Beside the file lie `-wal` and `-shm`, which belong to it, and while a store
// is open `-lock`, which keeps a second store out. The lock dies with its
// process, however that ends; a child made by `fork` without `exec` shares it.
//
// Not thread-safe; owned by one writer, which may hand it from thread to thread
// but not over a `fork`.
#pragma once

#include "resilience/settings.hpp"
#include "resilience/store/snapshot_store.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resilience {

/// When what was written is on the device.
enum class synchronous_mode : uint8_t {
  /// When the call returns: it survives a loss of power, too.
  full = 0,
  /// Some time later. It survives the death of the process; after a loss of
  /// power the latest calls may be missing, the file is whole. Saves an fsync
  /// for each call.
  normal = 1,
};

template <>
struct names_of<synchronous_mode> {
  static constexpr std::pair<synchronous_mode, const char*> list[] = {
    {synchronous_mode::full, "full"}, {synchronous_mode::normal, "normal"}};
};

struct sqlite_options {
  /// The file. It is made where there is none; its folder must exist. 1 to 4096
  /// bytes. On a file system of this machine: SQLite's WAL needs shared memory.
  std::string path{};
  synchronous_mode synchronous = synchronous_mode::full;
  /// How long to wait for another program that has locked the file, for
  /// instance to change it by hand. 0 s to 60 s.
  duration busy_timeout = std::chrono::seconds{2};
  /// Most megabytes (2^20 bytes) of the file. At the limit the oldest
  /// transitions leave for what is written, whatever `prune` is told to keep;
  /// where that does not help, it is `full`. What was dropped is used again.
  /// The `-wal` file comes on top, as large as the largest batch. 1 to
  /// 1,048,576.
  int32_t max_megabytes = 8192;

  friend bool operator==(const sqlite_options&,
                         const sqlite_options&) = default;
};

template <>
struct settings_of<sqlite_options> {
  static constexpr auto name = "sqlite_options";
  static constexpr auto list = std::tuple{
    setting{"path", &sqlite_options::path, max_bytes{4096},
            "the file that circuits are kept in"},
    setting{"synchronous", &sqlite_options::synchronous, any_value{},
            "whether a call waits for the device"},
    setting{"busy_timeout", &sqlite_options::busy_timeout,
            range<duration>{duration::zero(), std::chrono::seconds{60}},
            "how long to wait for another program's lock"},
    setting{"max_megabytes", &sqlite_options::max_megabytes,
            range{1, 1'048'576}, "most megabytes of the file"},
  };
};

/// What stands against `path` as that of a database file.
faults path_faults(const std::string& path, const std::string& prefix = {});

/// Every fault of `x`, each path prefixed with `prefix`.
faults validate(const sqlite_options& x, const std::string& prefix = "store.");

class sqlite_store : public snapshot_store {
public:
  /// Opens or makes the file, and brings one of an older version up to date.
  /// Throws `store_error`: `failed` for invalid options (every fault is named),
  /// `no_access`, `in_use`, `foreign_file`, `newer_version`, `damaged`, `full`,
  /// `locked`. A file that is refused is left as it is.
  explicit sqlite_store(sqlite_options options);

  sqlite_store(sqlite_store&&) = delete;
  sqlite_store& operator=(sqlite_store&&) = delete;

  ~sqlite_store() override;

  remembered load(size_t limit) override;

  std::optional<circuit_snapshot> find(std::string_view name) override;

  /// Where there is no room, a tenth of the history leaves, 10,000 transitions
  /// at most, the oldest first; so it does in `save`.
  void append(std::span<const journal_entry> batch) override;

  void save(std::span<const circuit_snapshot> circuits,
            std::span<const restart_record> restarts) override;

  void forget(std::string_view name) override;

  std::vector<history_entry> history(const history_query& what) override;

  std::string settings_text(int64_t id) override;

  /// Drops rows that were kept aside by the same age, too. At most 10,000
  /// transitions a call.
  uint64_t prune(const retention& keep, wall_time now) override;

  damage_report damaged() const override;

  std::string where() const override;

private:
  class impl;

  std::unique_ptr<impl> impl_;
};

} // namespace resilience
