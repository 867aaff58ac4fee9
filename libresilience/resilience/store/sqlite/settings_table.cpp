#include "resilience/store/sqlite/settings_table.hpp"

#include "resilience/store/sqlite/row_reader.hpp"
#include "resilience/store/sqlite/statement.hpp"

namespace resilience::store {

namespace {

/// Sets that are remembered; where there are more, from the start again.
constexpr size_t max_cached = 4096;

/// Most bytes of a text; ours are below 1,000.
constexpr size_t max_text = 65'536;

template <class Map>
void make_room(Map& xs) {
  if (xs.size() >= max_cached)
    xs.clear();
}

} // namespace

settings_table::settings_table(SQLite::Database& db)
  : db_(db), insert_(db, "INSERT INTO settings (text) VALUES (?) "
                         "ON CONFLICT (text) DO NOTHING"),
    select_id_(db, "SELECT id FROM settings WHERE text = ?"),
    select_text_(db, "SELECT text FROM settings WHERE id = ?") {}

std::optional<int64_t>
settings_table::id_of(const std::optional<breaker_config>& x) {
  if (!x)
    return 0;
  if (auto i = ids_.find(*x); i != ids_.end())
    return i->second;
  if (!validate(*x).empty())
    return std::nullopt;
  auto text = settings_text(*x);
  run(insert_, text);
  using_statement found{select_id_, text};
  found.step();
  auto id = (*found).getColumn(0).getInt64();
  make_room(ids_);
  ids_.emplace(*x, id);
  return id;
}

const settings_row& settings_table::row_of(int64_t id) {
  if (auto i = rows_.find(id); i != rows_.end())
    return i->second;
  settings_row result;
  using_statement found{select_text_, id};
  if (!found.step()) {
    result.fault = "there are none";
  } else {
    row_reader row{*found};
    auto text = row.text(max_text);
    result.fault = row.fault();
    if (row.ok())
      result.config = read_settings(text, result.fault);
  }
  make_room(rows_);
  return rows_.emplace(id, std::move(result)).first->second;
}

std::string settings_table::text_of(int64_t id) {
  using_statement found{select_text_, id};
  if (!found.step())
    return {};
  row_reader row{*found};
  auto text = row.text(max_text);
  return row.ok() ? text : std::string{};
}

bool settings_table::has_many() {
  SQLite::Statement beyond{db_, "SELECT 1 FROM settings LIMIT 1 OFFSET ?"};
  beyond.bind(1, static_cast<int64_t>(max_cached));
  return beyond.executeStep();
}

void settings_table::drop_unused() {
  db_.exec("DELETE FROM settings WHERE id NOT IN (SELECT settings FROM "
           "circuits UNION SELECT settings FROM history)");
  forget_ids();
}

void settings_table::forget_ids() noexcept {
  ids_.clear();
  rows_.clear();
}

} // namespace resilience::store
