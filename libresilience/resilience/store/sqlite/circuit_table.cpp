#include "resilience/store/sqlite/circuit_table.hpp"

#include "resilience/store/kept.hpp"
#include "resilience/store/sqlite/row_reader.hpp"
#include "resilience/store/sqlite/statement.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace resilience::store {

namespace {

/// In the order of `put` and `read`; the key is the first.
constexpr const char* columns[] = {
  "name",          "provider",         "settings",      "state",
  "generation",    "failures",         "successes",     "reopened",
  "isolation",     "disabled_by_hand", "remaining",     "saved_at",
  "open_until",    "opened_at",        "failed_at",     "last_failure",
  "calls",         "calls_succeeded",  "calls_failed",  "calls_rejected",
  "calls_neutral", "calls_late",       "calls_expired", "late_answers",
  "dropped",       "times_opened",     "transitions",   "slow_calls",
  "window_calls",  "window_failed",    "window_slow",   "latency"};

std::string column_list() {
  std::string result;
  for (auto* x : columns)
    result += (result.empty() ? "" : ", ") + std::string{x};
  return result;
}

/// `replaces` of kept.hpp as SQL. A row that is damaged there, so that load or
/// find will set it aside, is no newer one.
std::string put_text() {
  std::string places;
  std::string changes;
  for (auto* x : columns) {
    places += places.empty() ? "?" : ", ?";
    changes +=
      (changes.empty() ? "" : ", ") + std::string{x} + " = excluded." + x;
  }
  return "INSERT INTO circuits (" + column_list() + ") VALUES (" + places
         + ") ON CONFLICT (name) DO UPDATE SET " + changes
         + " WHERE excluded.generation > generation"
           " OR typeof(generation) <> 'integer' OR generation > "
         + std::to_string(max_generation)
         + " OR (excluded.generation = generation AND "
           "(typeof(saved_at) <> 'integer' OR excluded.saved_at >= saved_at "
           "OR excluded.calls + excluded.calls_rejected > "
           "calls + calls_rejected))";
}

std::string select_text(const std::string& rest) {
  return "SELECT " + column_list() + " FROM circuits " + rest;
}

/// Moves each circuit once: they are large.
void sort(std::vector<circuit_snapshot>& xs) {
  std::vector<circuit_snapshot*> order;
  order.reserve(xs.size());
  for (auto& x : xs)
    order.push_back(&x);
  std::sort(order.begin(), order.end(),
            [](auto* a, auto* b) { return loads_before(*a, *b); });
  std::vector<circuit_snapshot> result;
  result.reserve(xs.size());
  for (auto* x : order)
    result.push_back(std::move(*x));
  xs = std::move(result);
}

} // namespace

circuit_table::circuit_table(SQLite::Database& db, settings_table& settings)
  : settings_(settings), put_(db, put_text()),
    remove_(db, "DELETE FROM circuits WHERE name = ?"),
    // `is_past_its_time` of kept.hpp as SQL.
    prune_(db, "DELETE FROM circuits WHERE name IN (SELECT name FROM circuits "
               "WHERE state = 0 AND saved_at < ? ORDER BY name LIMIT ?)"),
    select_one_(db, select_text("WHERE name = ?")),
    select_all_(db, select_text("")),
    select_first_(db, select_text("ORDER BY state = 0, saved_at DESC, name")),
    select_more_(db, "SELECT 1 FROM circuits LIMIT 1 OFFSET ?"),
    put_restart_(db, "INSERT INTO restarts (name, restarts, last) "
                     "VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                     "restarts = excluded.restarts, last = excluded.last"),
    select_restarts_(db, "SELECT name, restarts, last FROM restarts "
                         "ORDER BY last DESC, name LIMIT ?"),
    drop_restarts_(db, "DELETE FROM restarts WHERE name IN (SELECT name FROM "
                       "restarts ORDER BY last DESC, name LIMIT -1 OFFSET ?)") {
}

void circuit_table::put(std::vector<const circuit_snapshot*> xs) {
  // In the order of the table, so that each page is come to once; those of one
  // name stay in their order.
  std::stable_sort(xs.begin(), xs.end(),
                   [](auto* a, auto* b) { return a->name < b->name; });
  for (auto* x : xs)
    put(*x);
}

void circuit_table::put(const circuit_snapshot& given) {
  auto settings = settings_.id_of(given.config);
  if (!settings || !can_keep(given))
    return;
  auto x = as_kept(given);
  const auto& m = x.memory;
  const auto& t = x.totals;
  std::optional<wall_time> failed_at;
  std::optional<std::string> reason;
  if (x.last_failure) {
    failed_at = x.last_failure->at;
    reason = std::move(x.last_failure->reason);
  }
  auto latency = pack(t.latency);
  run(put_, x.name, x.provider, *settings, m.state, m.generation, m.failures,
      m.successes, m.reopened, m.isolation, m.disabled_by_hand, m.remaining,
      x.saved_at, x.open_until, x.opened_at, failed_at, reason, t.total_calls,
      t.successes, t.failures, t.rejected, t.neutral, t.late, t.expired,
      t.late_answers, t.dropped, t.times_opened, t.transitions, t.slow_calls,
      m.window_calls, m.window_failed, m.window_slow, blob{latency});
}

void circuit_table::put(const restart_record& given) {
  if (!can_keep(given))
    return;
  auto x = as_kept(given);
  run(put_restart_, x.name, x.restarts, x.last);
}

void circuit_table::remove(const std::string& name) {
  run(remove_, name);
}

void circuit_table::prune(wall_time oldest, uint64_t most) {
  run(prune_, oldest, most);
}

std::optional<circuit_snapshot> circuit_table::read(
  const SQLite::Statement& from, std::vector<damaged_row>& bad) {
  row_reader row{from};
  circuit_snapshot x;
  auto& m = x.memory;
  auto& t = x.totals;
  x.name = row.name();
  x.provider = row.text(max_name_bytes);
  auto settings = row.count<int64_t>();
  m.state = row.enumerator<circuit_state>();
  m.generation = row.count<uint64_t>();
  for (auto* n : {&m.failures, &m.successes, &m.reopened})
    *n = row.count<int32_t>();
  m.isolation = row.count<uint8_t>();
  m.disabled_by_hand = row.integer(0, 1) == 1;
  m.remaining = duration{row.integer()};
  x.saved_at = row.wall();
  x.open_until = row.optional_wall();
  x.opened_at = row.optional_wall();
  auto failed_at = row.optional_wall();
  auto reason = row.optional_text(max_reason_bytes);
  for (auto* n : {&t.total_calls, &t.successes, &t.failures, &t.rejected,
                  &t.neutral, &t.late, &t.expired, &t.late_answers, &t.dropped,
                  &t.times_opened, &t.transitions, &t.slow_calls,
                  &m.window_calls, &m.window_failed, &m.window_slow})
    *n = row.count<uint64_t>();
  t.latency = row.counts(max_buckets);
  if (failed_at)
    x.last_failure = failure_info{*failed_at, reason.value_or("")};
  t.success_rate = success_rate(t.successes, t.failures);
  if (row.ok())
    row.fail(to_string(validate(m)));
  if (row.ok() && settings != 0) {
    const auto& found = settings_.row_of(settings);
    x.config = found.config;
    if (!found.config)
      row.fail("settings " + std::to_string(settings) + ": " + found.fault);
  }
  if (row.ok())
    return x;
  bad.emplace_back("circuits", from, row.fault());
  return std::nullopt;
}

std::optional<circuit_snapshot>
circuit_table::find(const std::string& name, std::vector<damaged_row>& bad) {
  using_statement found{select_one_, name};
  return found.step() ? read(*found, bad) : std::nullopt;
}

remembered circuit_table::load(size_t limit, std::vector<damaged_row>& bad) {
  remembered result;
  auto all = !has_more_than(limit);
  using_statement found{all ? select_all_ : select_first_};
  while (!result.more && found.step()) {
    auto x = read(*found, bad);
    if (x && result.circuits.size() == limit)
      result.more = true;
    else if (x)
      result.circuits.push_back(std::move(*x));
  }
  // SQLite would write all rows to a file to sort them.
  if (all)
    sort(result.circuits);
  load_restarts(result, bad);
  return result;
}

bool circuit_table::has_more_than(size_t n) {
  constexpr auto most =
    static_cast<size_t>(std::numeric_limits<int64_t>::max());
  using_statement found{select_more_, std::min(n, most)};
  return found.step();
}

void circuit_table::load_restarts(remembered& into,
                                  std::vector<damaged_row>& bad) {
  size_t rows = 0;
  for (using_statement found{select_restarts_, max_restart_records};
       found.step(); ++rows) {
    row_reader row{*found};
    restart_record x;
    x.name = row.name();
    x.restarts = row.count<uint64_t>();
    x.last = row.wall();
    if (row.ok())
      into.restarts.push_back(std::move(x));
    else
      bad.emplace_back("restarts", *found, row.fault());
  }
  std::sort(into.restarts.begin(), into.restarts.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  if (rows == max_restart_records)
    drop_old_restarts();
}

// Best effort: the next load tries again.
void circuit_table::drop_old_restarts() {
  try {
    run(drop_restarts_, max_restart_records);
  } catch (const SQLite::Exception&) {
    // What could be read counts more.
  }
}

} // namespace resilience::store
