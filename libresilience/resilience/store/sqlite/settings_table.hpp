// Table `settings`: each set of a breaker's settings once. Texts are made and
// read once per set, not once per row.
//
// Owned by one store.
#pragma once

#include "resilience/store/settings_text.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace resilience::store {

/// What a row of settings turned out to be.
struct settings_row {
  /// `std::nullopt` for a damaged or a missing one.
  std::optional<breaker_config> config{};
  std::string fault{};
};

class settings_table {
public:
  explicit settings_table(SQLite::Database& db);

  /// Adds the settings where they are new. 0: off. `std::nullopt` for settings
  /// with faults.
  std::optional<int64_t> id_of(const std::optional<breaker_config>& x);

  /// The settings of an id that is not 0; good until the next call.
  const settings_row& row_of(int64_t id);

  /// Empty for an unknown id.
  std::string text_of(int64_t id);

  /// Forgets ids that a rollback may have taken back.
  void forget_ids() noexcept;

  /// Whether there are so many that it is worth while to look for unused ones.
  bool has_many();

  /// Drops those to which nothing refers. Reads the whole history.
  void drop_unused();

private:
  SQLite::Database& db_;
  SQLite::Statement insert_;
  SQLite::Statement select_id_;
  SQLite::Statement select_text_;
  std::unordered_map<breaker_config, int64_t, settings_hash> ids_;
  std::unordered_map<int64_t, settings_row> rows_;
};

} // namespace resilience::store
