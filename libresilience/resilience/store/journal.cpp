#include "resilience/store/journal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace resilience {

namespace {

/// Most that one transaction holds, so that none takes long.
constexpr size_t most_at_once = 4'096;

/// A store drops a bounded number at a time; the rest has time.
constexpr int most_prunes = 16;

} // namespace

journal::journal(std::unique_ptr<snapshot_store> store, size_t limit)
  : store_(std::move(store)), limit_(limit) {
  status_.where = store_->where();
}

// -- filling ------------------------------------------------------------------

journal::receipt journal::add(std::vector<journal_entry> batch) {
  std::lock_guard<std::mutex> guard{mutex_};
  auto room = limit_ - waiting_.size() - in_hand_;
  auto n = std::min(batch.size(), room);
  status_.dropped += batch.size() - n;
  added_ += n;
  waiting_.insert(
    waiting_.end(), std::make_move_iterator(batch.begin()),
    std::make_move_iterator(batch.begin() + static_cast<std::ptrdiff_t>(n)));
  return {n, added_};
}

bool journal::park(circuit_snapshot x) {
  std::lock_guard<std::mutex> guard{mutex_};
  if (parked_.size() >= limit_)
    return false;
  parked_.push_back(std::move(x));
  return true;
}

// -- writing ------------------------------------------------------------------

journal::work journal::take() {
  std::lock_guard<std::mutex> guard{mutex_};
  work result;
  auto n = std::min(waiting_.size(), most_at_once);
  auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(n);
  result.batch.assign(std::make_move_iterator(waiting_.begin()),
                      std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  in_hand_ = n;
  result.parked.swap(parked_);
  return result;
}

void journal::done(std::vector<journal_entry>& batch) {
  std::lock_guard<std::mutex> guard{mutex_};
  durable_ += batch.size();
  status_.written += batch.size();
  in_hand_ = 0;
  batch.clear();
}

void journal::put_back(work& x) {
  std::lock_guard<std::mutex> guard{mutex_};
  waiting_.insert(waiting_.begin(), std::make_move_iterator(x.batch.begin()),
                  std::make_move_iterator(x.batch.end()));
  parked_.insert(parked_.begin(), std::make_move_iterator(x.parked.begin()),
                 std::make_move_iterator(x.parked.end()));
  in_hand_ = 0;
}

// Calls the store, and remembers what it said.
template <class F>
bool journal::attempt(task what, F f) {
  try {
    f();
    note(what, {});
    return true;
  } catch (const std::exception& e) {
    std::string fault = e.what();
    note(what, fault.empty() ? "unknown" : std::move(fault));
    return false;
  }
}

void journal::note(task what, std::string fault) {
  std::lock_guard<std::mutex> guard{mutex_};
  status_.failures += fault.empty() ? 0 : 1;
  faults_[static_cast<size_t>(what)] = std::move(fault);
  auto first = std::find_if(faults_.begin(), faults_.end(),
                            [](const auto& x) { return !x.empty(); });
  status_.fault = first != faults_.end() ? *first : std::string{};
}

uint64_t journal::flush() {
  write_waiting();
  std::lock_guard<std::mutex> guard{mutex_};
  return durable_;
}

// False: the store failed, and the rest goes on waiting.
bool journal::write_waiting() {
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  for (auto next = take(); !next.batch.empty() || !next.parked.empty();
       next = take()) {
    if (!next.batch.empty()
        && attempt(task::append, [&] { store().append(next.batch); }))
      done(next.batch);
    if (next.batch.empty() && !next.parked.empty()
        && attempt(task::save, [&] { store().save(next.parked, {}); }))
      next.parked.clear();
    if (next.batch.empty() && next.parked.empty())
      continue;
    put_back(next);
    return false;
  }
  return true;
}

bool journal::save(const std::vector<circuit_snapshot>& circuits,
                   const std::vector<restart_record>& restarts) {
  if (!write_waiting())
    return false;
  if (circuits.empty() && restarts.empty())
    return true;
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  return attempt(task::save, [&] { store().save(circuits, restarts); });
}

void journal::prune(const retention& keep, wall_time now) {
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  attempt(task::prune, [&] {
    for (int i = 0; i < most_prunes && store().prune(keep, now) > 0; ++i) {
      // nop
    }
  });
}

void journal::close() {
  flush();
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  store_.reset();
}

// The store, or an exception. Under its lock.
snapshot_store& journal::store() const {
  if (!store_)
    throw store_error{store_errc::failed, "the journal is closed"};
  return *store_;
}

// -- reading ------------------------------------------------------------------

// Asks the store, and remembers what it said and came across. Under its lock.
template <class F>
auto journal::asked(F f) {
  try {
    auto result = f();
    note(task::read, {});
    note_damage();
    return result;
  } catch (const store_error& e) {
    note(task::read, e.what());
    throw;
  }
}

// Under the store's lock.
void journal::note_damage() {
  auto found = store().damaged();
  std::lock_guard<std::mutex> guard{mutex_};
  status_.damaged = found.rows;
  status_.last_damage = std::move(found.last);
}

remembered journal::load(size_t limit) {
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  return asked([&] { return store().load(limit); });
}

std::optional<circuit_snapshot> journal::find(std::string_view name) {
  auto look = [&]() -> std::optional<circuit_snapshot> {
    std::lock_guard<std::mutex> guard{mutex_};
    // The newest of each, and a parked circuit had its transitions before.
    auto parked = std::find_if(parked_.rbegin(), parked_.rend(),
                               [&](const auto& x) { return x.name == name; });
    if (parked != parked_.rend())
      return *parked;
    auto entry =
      std::find_if(waiting_.rbegin(), waiting_.rend(),
                   [&](const auto& x) { return x.after.name == name; });
    if (entry != waiting_.rend())
      return entry->after;
    return std::nullopt;
  };
  if (auto found = look())
    return found;
  // What the writer had in hand is written once this lock is free, or back.
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  if (auto found = look())
    return found;
  return asked([&] { return store().find(name); });
}

std::vector<history_entry> journal::history(const history_query& what) {
  flush();
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  return asked([&] { return store().history(what); });
}

std::string journal::settings_text(int64_t id) {
  std::lock_guard<std::mutex> store_guard{store_mutex_};
  return store().settings_text(id);
}

// -- properties ---------------------------------------------------------------

bool journal::idle() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return waiting_.empty() && parked_.empty() && in_hand_ == 0;
}

uint64_t journal::added() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return added_;
}

bool journal::is_crowded() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return parked_.size() > limit_ / 2;
}

journal_status journal::status() const {
  std::lock_guard<std::mutex> guard{mutex_};
  auto result = status_;
  result.waiting = waiting_.size() + in_hand_;
  return result;
}

} // namespace resilience
