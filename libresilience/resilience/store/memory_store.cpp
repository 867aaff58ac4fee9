#include "resilience/store/memory_store.hpp"

#include "resilience/store/kept.hpp"
#include "resilience/store/settings_text.hpp"

#include <algorithm>
#include <iterator>

namespace resilience {

namespace {

/// Sets of settings that are kept for the next circuit that has them.
constexpr size_t most_unused_settings = 1'024;

bool is_closed(const circuit_snapshot& x) noexcept {
  return x.memory.state == circuit_state::closed;
}

} // namespace

bool memory_store::saved_before::operator()(
  const circuit_snapshot* a, const circuit_snapshot* b) const noexcept {
  return a->saved_at != b->saved_at ? a->saved_at < b->saved_at
                                    : a->name < b->name;
}

memory_store::memory_store(memory_limits limits) : limits_(limits) {}

remembered memory_store::load(size_t limit) {
  remembered result;
  for (const auto& [name, x] : circuits_)
    result.circuits.push_back(x);
  std::sort(result.circuits.begin(), result.circuits.end(),
            store::loads_before);
  result.more = result.circuits.size() > limit;
  if (result.more)
    result.circuits.erase(result.circuits.begin()
                            + static_cast<std::ptrdiff_t>(limit),
                          result.circuits.end());
  for (const auto& [name, x] : restarts_)
    result.restarts.push_back(x);
  return result;
}

std::optional<circuit_snapshot> memory_store::find(std::string_view name) {
  auto i = circuits_.find(name);
  return i == circuits_.end() ? std::nullopt : std::optional{i->second};
}

void memory_store::append(std::span<const journal_entry> batch) {
  for (const auto& x : batch) {
    auto settings = settings_id(x.after.config);
    if (settings && store::can_keep(x.event))
      history_.push_back({++last_id_, store::as_kept(x.event), *settings});
    if (history_.size() > limits_.history)
      history_.pop_front();
    put(x.after);
    drop_unused_settings();
  }
}

void memory_store::save(std::span<const circuit_snapshot> circuits,
                        std::span<const restart_record> restarts) {
  for (const auto& x : circuits) {
    put(x);
    drop_unused_settings();
  }
  for (const auto& x : restarts)
    if (store::can_keep(x))
      restarts_[x.name] = store::as_kept(x);
}

void memory_store::forget(std::string_view name) {
  auto i = circuits_.find(name);
  if (i != circuits_.end())
    remove(i);
}

std::vector<history_entry> memory_store::history(const history_query& what) {
  auto limit = std::min(what.limit, store::max_page);
  std::vector<history_entry> result;
  for (const auto& x : history_)
    if ((what.name.empty() || x.event.name == what.name)
        && x.event.at >= what.since && x.id > what.after.value_or(0))
      result.push_back(x);
  if (result.size() <= limit)
    return result;
  auto spare = static_cast<std::ptrdiff_t>(result.size() - limit);
  if (what.after)
    result.erase(result.end() - spare, result.end());
  else
    result.erase(result.begin(), result.begin() + spare);
  return result;
}

std::string memory_store::settings_text(int64_t id) {
  auto i = settings_.find(id);
  return i == settings_.end() ? std::string{} : i->second.text;
}

uint64_t memory_store::prune(const retention& keep, wall_time now) {
  auto before = history_.size();
  auto oldest = store::oldest_kept(keep.history, now);
  std::erase_if(history_, [&](const auto& x) { return x.event.at < oldest; });
  while (history_.size() > keep.max_transitions)
    history_.pop_front();
  if (keep.unused_circuits)
    prune_circuits(store::oldest_kept(*keep.unused_circuits, now));
  return before - history_.size();
}

void memory_store::prune_circuits(wall_time oldest) {
  for (auto left = store::max_pruned;
       left > 0 && !closed_.empty()
       && store::is_past_its_time(**closed_.begin(), oldest);
       --left)
    remove_first_closed();
}

damage_report memory_store::damaged() const {
  return {};
}

std::string memory_store::where() const {
  return "memory";
}

std::optional<int64_t>
memory_store::settings_id(const std::optional<breaker_config>& x) {
  if (!x)
    return 0;
  if (!validate(*x).empty())
    return std::nullopt;
  auto text = store::settings_text(*x);
  if (auto i = settings_ids_.find(text); i != settings_ids_.end())
    return i->second;
  std::string fault;
  auto read = store::read_settings(text, fault);
  if (!read)
    return std::nullopt;
  settings_.emplace(++last_settings_, settings_row{text, *read});
  settings_ids_.emplace(std::move(text), last_settings_);
  return last_settings_;
}

// Only the history refers to them: circuits have their own. Once most are
// unused, so that each is looked at a few times at most.
void memory_store::drop_unused_settings() {
  if (settings_.size() < 2 * history_.size() + most_unused_settings)
    return;
  std::set<int64_t> used;
  for (const auto& x : history_)
    used.insert(x.settings);
  std::erase_if(settings_,
                [&](const auto& x) { return !used.contains(x.first); });
  std::erase_if(settings_ids_,
                [&](const auto& x) { return !used.contains(x.second); });
}

void memory_store::put(const circuit_snapshot& x) {
  auto settings = settings_id(x.config);
  if (!settings || !store::can_keep(x))
    return;
  auto next = store::as_kept(x);
  if (next.config)
    next.config = settings_.at(*settings).config;
  auto i = circuits_.find(next.name);
  if (i != circuits_.end()) {
    if (!store::replaces(next, i->second))
      return;
    closed_.erase(&i->second);
    i->second = std::move(next);
  } else {
    auto name = next.name;
    i = circuits_.emplace(std::move(name), std::move(next)).first;
  }
  if (is_closed(i->second))
    closed_.insert(&i->second);
  if (circuits_.size() > limits_.circuits && !closed_.empty())
    remove_first_closed();
}

void memory_store::remove(by_name::iterator i) {
  closed_.erase(&i->second);
  circuits_.erase(i);
}

void memory_store::remove_first_closed() {
  remove(circuits_.find((*closed_.begin())->name));
}

} // namespace resilience
