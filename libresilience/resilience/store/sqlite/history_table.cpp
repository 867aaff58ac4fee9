#include "resilience/store/sqlite/history_table.hpp"

#include "resilience/store/kept.hpp"
#include "resilience/store/sqlite/row_reader.hpp"
#include "resilience/store/sqlite/statement.hpp"

#include <algorithm>
#include <string>

namespace resilience::store {

namespace {

constexpr auto columns = "id, at, name, from_state, to_state, cause, "
                         "generation, failures, last_failure, settings";

/// Only the conditions that are asked for, so that SQLite reads by the right
/// index: by name and id, or by id. By time it would have to sort.
std::string select_text(const history_query& what) {
  std::string result =
    std::string{"SELECT "} + columns + " FROM history " + "WHERE id > ?";
  if (!what.name.empty())
    result += " AND name = ?";
  if (what.since > wall_time::min())
    result += " AND +at >= ?";
  return result + " ORDER BY id " + (what.after ? "ASC" : "DESC");
}

std::optional<history_entry> read(const SQLite::Statement& from,
                                  std::vector<damaged_row>& bad) {
  row_reader row{from};
  history_entry x;
  auto& e = x.event;
  x.id = row.integer();
  e.at = row.wall();
  e.name = row.name();
  e.from = row.enumerator<circuit_state>();
  e.to = row.enumerator<circuit_state>();
  e.why = row.enumerator<cause>();
  e.generation =
    static_cast<uint64_t>(row.integer(1, static_cast<int64_t>(max_generation)));
  e.failures = row.count<int32_t>();
  e.last_failure = row.text(max_reason_bytes);
  x.settings = row.count<int64_t>();
  if (row.ok())
    return x;
  bad.emplace_back("history", from, row.fault());
  return std::nullopt;
}

} // namespace

history_table::history_table(SQLite::Database& db)
  : db_(db),
    insert_(db, "INSERT INTO history (at, name, from_state, to_state, cause, "
                "generation, failures, last_failure, settings) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    prune_by_time_(db, "DELETE FROM history WHERE id IN (SELECT id FROM "
                       "history WHERE at < ? ORDER BY at LIMIT ?)"),
    prune_first_(db, "DELETE FROM history WHERE id IN (SELECT id FROM "
                     "history ORDER BY id LIMIT ?)"),
    // Two looks at the ends of the table; both at once would read all of it.
    span_(db, "SELECT (SELECT max(id) FROM history) - "
              "(SELECT min(id) FROM history)") {}

void history_table::add(const transition_event& given, int64_t settings) {
  if (!can_keep(given))
    return;
  auto x = as_kept(given);
  run(insert_, x.at, x.name, x.from, x.to, x.why, x.generation, x.failures,
      x.last_failure, settings);
  if (count_)
    ++*count_;
}

std::vector<history_entry> history_table::find(const history_query& what,
                                               std::vector<damaged_row>& bad) {
  auto limit = std::min(what.limit, max_page);
  std::vector<history_entry> result;
  SQLite::Statement select{db_, select_text(what)};
  binder bind{select};
  bind(what.after.value_or(0));
  if (!what.name.empty())
    bind(what.name);
  if (what.since > wall_time::min())
    bind(what.since);
  while (result.size() < limit && select.executeStep())
    if (auto x = read(select, bad))
      result.push_back(std::move(*x));
  if (!what.after)
    std::reverse(result.begin(), result.end());
  return result;
}

uint64_t history_table::count() {
  if (!count_) {
    SQLite::Statement all{db_, "SELECT count(*) FROM history"};
    all.executeStep();
    count_ = static_cast<uint64_t>(all.getColumn(0).getInt64());
  }
  return *count_;
}

// About the number of rows, in no time.
uint64_t history_table::span() {
  using_statement ends{span_};
  ends.step();
  return static_cast<uint64_t>((*ends).getColumn(0).getInt64());
}

uint64_t history_table::drop_first(uint64_t n) {
  auto dropped = static_cast<uint64_t>(run(prune_first_, n));
  // Others may have added rows by hand.
  if (count_)
    *count_ -= std::min(*count_, dropped);
  return dropped;
}

uint64_t history_table::prune(wall_time oldest, uint64_t max_transitions,
                              uint64_t most) {
  count();
  auto dropped = static_cast<uint64_t>(run(prune_by_time_, oldest, most));
  *count_ -= std::min(*count_, dropped);
  if (*count_ > max_transitions && dropped < most)
    dropped += drop_first(std::min(*count_ - max_transitions, most - dropped));
  return dropped;
}

void history_table::make_room(uint64_t rows, uint64_t most) {
  // Circuits are larger than transitions.
  constexpr uint64_t transitions_per_row = 4;
  drop_first(std::min(std::max(span() / 10, transitions_per_row * rows), most));
}

} // namespace resilience::store
