#include "resilience/store/sqlite/damaged_rows.hpp"

#include "resilience/store/sqlite/row_reader.hpp"
#include "resilience/store/sqlite/statement.hpp"
#include "resilience/utf8.hpp"

#include <utility>

namespace resilience::store {

damaged_row::damaged_row(std::string source_table,
                         const SQLite::Statement& from, std::string why)
  : source(std::move(source_table)), reason(std::move(why)),
    row(row_as_json(from)) {
  auto x = from.getColumn(0);
  if (x.isInteger())
    key_id = x.getInt64();
  else
    key = x.getString();
  key_is_blob = x.isBlob();
}

std::string damaged_row::sentence() const {
  constexpr size_t shown = 256;
  std::string result = source + " ";
  if (key.empty())
    result += std::to_string(key_id);
  else
    result.append("\"").append(clean_text(key, shown)).append("\"");
  return result + ": " + reason;
}

damaged_rows::damaged_rows(SQLite::Database& db)
  : insert_(db, "INSERT INTO damaged (at, source, reason, row) "
                "VALUES (?, ?, ?, ?)"),
    prune_(db, "DELETE FROM damaged WHERE id IN "
               "(SELECT id FROM damaged WHERE at < ? LIMIT ?)"),
    remove_circuit_(db, "DELETE FROM circuits WHERE name = ?"),
    remove_restart_(db, "DELETE FROM restarts WHERE name = ?"),
    remove_history_(db, "DELETE FROM history WHERE id = ?") {}

SQLite::Statement& damaged_rows::remove_from(const std::string& source) {
  if (source == "history")
    return remove_history_;
  return source == "restarts" ? remove_restart_ : remove_circuit_;
}

void damaged_rows::set_aside(const std::vector<damaged_row>& xs) {
  auto now =
    std::chrono::time_point_cast<std::chrono::nanoseconds>(wall_clock::now());
  for (const auto& x : xs) {
    auto& remove = remove_from(x.source);
    auto removed = x.source == "history" ? run(remove, x.key_id)
                   : x.key_is_blob       ? run(remove, blob{x.key})
                                         : run(remove, x.key);
    // What is not found under its key would be set aside again and again.
    if (removed > 0)
      run(insert_, now, x.source, x.reason, x.row);
  }
}

void damaged_rows::prune(wall_time oldest, uint64_t most) {
  run(prune_, oldest, most);
}

} // namespace resilience::store
