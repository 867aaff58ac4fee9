#include "resilience/actors/registry.hpp"

#include "resilience/actors/error.hpp"
#include "resilience/actors/event_log.hpp"

#include <algorithm>

namespace resilience {

namespace {

/// Circuits that leave together, so that nobody waits for many.
constexpr size_t most_to_leave = 1'024;

// What `wanted` asks for that the circuit of that name does not have.
faults differences_of(shared_circuit& present, const policy& wanted) {
  faults result;
  append_differences(result, "provider", present.machine().provider(),
                     wanted.provider);
  if (auto asked = present.asked_for())
    append_differences(result, "breaker", *asked, wanted.breaker);
  return result;
}

// For a circuit whose past cannot be read: it begins above every generation
// that it may have had, or the store would take its states for old ones.
circuit_snapshot unreadable(std::string_view name) {
  circuit_snapshot result;
  result.name = name;
  result.saved_at = wall_clock::now();
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
    result.saved_at.time_since_epoch());
  result.memory.generation =
    static_cast<uint64_t>(std::max<int64_t>(seconds.count(), 1));
  return result;
}

// Nobody hears of the transitions.
std::shared_ptr<const shared_circuit::surroundings>
without_events(shared_circuit::surroundings x) {
  x.events.reset();
  return std::make_shared<const shared_circuit::surroundings>(std::move(x));
}

policy policy_of(const circuit_snapshot& x) {
  policy result;
  result.name = x.name;
  result.provider = x.provider;
  result.breaker = x.config;
  return result;
}

} // namespace

registry::registry(shared_circuit::surroundings around,
                   const runtime_options& opts, std::shared_ptr<journal> memory)
  : around_(
    std::make_shared<const shared_circuit::surroundings>(std::move(around))),
    unlisted_(without_events(*around_)),
    max_circuits_(static_cast<size_t>(opts.max_circuits)),
    memory_(std::move(memory)) {}

// -- one circuit --------------------------------------------------------------

registry::circuit_ptr registry::get_or_make(const policy& p, caf::error& error,
                                            on_difference how) {
  if (p.name.empty())
    return shared_circuit::make(around_, p);
  if (auto x = present(p.name))
    return agree(std::move(x), p, error, how);
  std::optional<circuit_snapshot> from;
  try {
    from = recollect(p.name);
  } catch (const store_error&) {
    // The journal tells what is wrong. Calls go on meanwhile.
    from = unreadable(p.name);
  }
  // Declared first: what leaves is destroyed after the lock is released.
  std::vector<circuit_ptr> forgotten;
  circuit_ptr raced;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    if (auto i = circuits_.find(p.name); i != circuits_.end()) {
      raced = use(i->second);
    } else if (!has_room(forgotten, p.name, error)) {
      return nullptr;
    } else {
      auto result = add(p, from ? &*from : nullptr);
      result->ask_for(p.breaker);
      return result;
    }
  }
  return agree(std::move(raced), p, error, how);
}

registry::circuit_ptr registry::make_unlisted(const policy& p) const {
  return shared_circuit::make(unlisted_, p);
}

faults registry::differences(const policy& p) {
  auto x = present(p.name);
  return x && x->asked_for() ? differences_of(*x, p) : faults{};
}

registry::circuit_ptr registry::find(std::string_view name, caf::error& error) {
  if (auto x = present(name))
    return x;
  std::optional<circuit_snapshot> from;
  try {
    from = recollect(name);
  } catch (const store_error& e) {
    error = make_error(errc::store_failed, std::string{name}, e.what());
    return nullptr;
  }
  if (!from) {
    error = make_error(errc::unknown_circuit, std::string{name}, std::string{});
    return nullptr;
  }
  std::vector<circuit_ptr> forgotten;
  std::lock_guard<std::mutex> guard{mutex_};
  if (auto i = circuits_.find(name); i != circuits_.end())
    return use(i->second);
  if (!has_room(forgotten, name, error))
    return nullptr;
  return add(policy_of(*from), &*from);
}

registry::circuit_ptr registry::present(std::string_view name) {
  std::lock_guard<std::mutex> guard{mutex_};
  auto i = circuits_.find(name);
  return i == circuits_.end() ? nullptr : use(i->second);
}

// Under the lock.
registry::circuit_ptr registry::use(entry& x) {
  auto result = x.users.lock();
  if (!result) {
    result = {x.circuit.get(), [owner = x.circuit](shared_circuit*) {}};
    x.users = result;
  }
  return result;
}

registry::circuit_ptr registry::agree(circuit_ptr x, const policy& p,
                                      caf::error& error, on_difference how) {
  auto asked_before = x->asked_for().has_value();
  auto found = differences_of(*x, p);
  if (asked_before && found.empty())
    return x; // whatever was configured since then stays
  if (x->machine().provider() != p.provider && !asked_before)
    x = with_provider(std::move(x), p);
  if (x->machine().provider() == p.provider
      && (!asked_before || how == on_difference::replace)) {
    x->ask_for(p.breaker);
    return x;
  }
  error =
    make_error(errc::invalid_config, p.name,
               "the circuit exists with other settings: " + to_string(found));
  return nullptr;
}

// A circuit out of the store whose provider the code calls by another name now
// is made anew, unless somebody uses it already.
registry::circuit_ptr registry::with_provider(circuit_ptr x, const policy& p) {
  std::lock_guard<std::mutex> guard{mutex_};
  auto i = circuits_.find(p.name);
  if (i == circuits_.end() || i->second.circuit.get() != x.get()
      || x.use_count() > 1)
    return x;
  auto from = x->snapshot();
  circuits_.erase(i);
  return add(p, &from);
}

// Under the lock.
registry::circuit_ptr registry::add(const policy& p,
                                    const circuit_snapshot* from) {
  entry next{shared_circuit::make(around_, p, from)};
  auto result = use(next);
  circuits_.emplace(p.name, std::move(next));
  remembered_.erase(p.name);
  return result;
}

std::optional<circuit_snapshot> registry::recollect(std::string_view name) {
  {
    std::lock_guard<std::mutex> guard{mutex_};
    if (auto i = remembered_.find(name); i != remembered_.end())
      return i->second;
    if (!more_outside_)
      return std::nullopt;
  }
  return memory_->find(name);
}

// Whether there is room for another circuit, if need be after others have left.
// Under the lock.
bool registry::has_room(std::vector<circuit_ptr>& forgotten,
                        std::string_view name, caf::error& error) {
  if (circuits_.size() < max_circuits_)
    return true;
  make_room(forgotten);
  if (auto events = around_->events.lock(); events && memory_->is_crowded())
    events->wake(); // whoever reads it has the journal flushed
  if (!forgotten.empty())
    return true;
  error = make_error(errc::limit_reached, std::string{name},
                     std::to_string(max_circuits_)
                       + " circuits (max_circuits), all in use, open or "
                         "put out of service");
  return false;
}

// One that turns nobody away: closed, half-open (nobody has its permits), or
// off because its policy says so. Never one that a person or a failure has put
// out of service.
bool registry::may_leave(const entry& x) {
  if (!x.users.expired())
    return false;
  auto& machine = x.circuit->machine();
  auto state = machine.state();
  return state == circuit_state::closed || state == circuit_state::half_open
         || (state == circuit_state::disabled && !machine.config()
             && !x.circuit->snapshot().memory.disabled_by_hand);
}

// Sends circuits that nobody uses to the store. Under the lock.
void registry::make_room(std::vector<circuit_ptr>& forgotten) {
  auto i = circuits_.upper_bound(leave_after_);
  for (auto looked_at = circuits_.size();
       looked_at > 0 && forgotten.size() < most_to_leave; --looked_at) {
    if (i == circuits_.end())
      i = circuits_.begin();
    leave_after_ = i->first;
    if (!may_leave(i->second)) {
      ++i;
      continue;
    }
    auto& x = i->second.circuit;
    if (!memory_->park(x->snapshot()))
      break;
    forgotten.push_back(std::move(x));
    i = circuits_.erase(i);
    more_outside_ = true;
  }
}

// -- all ----------------------------------------------------------------------

std::vector<std::string> registry::names() const {
  std::lock_guard<std::mutex> guard{mutex_};
  std::vector<std::string> result;
  result.reserve(circuits_.size());
  for (const auto& kvp : circuits_)
    result.push_back(kvp.first);
  return result;
}

std::vector<registry::circuit_ptr> registry::all() const {
  std::lock_guard<std::mutex> guard{mutex_};
  std::vector<circuit_ptr> result;
  result.reserve(circuits_.size());
  for (const auto& kvp : circuits_)
    result.push_back(kvp.second.circuit);
  return result;
}

// -- over a restart -----------------------------------------------------------

void registry::recall(remembered from) {
  std::lock_guard<std::mutex> guard{mutex_};
  more_outside_ = from.more;
  for (auto& x : from.circuits) {
    auto name = x.name;
    // Half of the room is for circuits of this run.
    if (x.memory.state != circuit_state::closed
        && circuits_.size() < max_circuits_ / 2)
      add(policy_of(x), &x);
    else
      remembered_.emplace(std::move(name), std::move(x));
  }
}

std::vector<registry::unsaved> registry::take_unsaved(std::string& after,
                                                      size_t most) {
  std::vector<entry> some;
  {
    std::lock_guard<std::mutex> guard{mutex_};
    auto i = after.empty() ? circuits_.begin() : circuits_.upper_bound(after);
    for (; i != circuits_.end() && some.size() < most; ++i)
      some.push_back(i->second);
    after = i == circuits_.end() || some.empty()
              ? std::string{}
              : some.back().circuit->machine().name();
  }
  std::vector<unsaved> result;
  for (auto& x : some) {
    // Read first: what happens meanwhile is saved the next time.
    auto mark = x.circuit->machine().activity();
    // The rest of a cooldown passes by itself.
    auto open = x.circuit->machine().state() == circuit_state::open;
    if (mark != x.saved || open)
      result.push_back({x.circuit->snapshot(), mark});
  }
  return result;
}

void registry::mark_saved(const std::vector<unsaved>& x) {
  std::lock_guard<std::mutex> guard{mutex_};
  for (const auto& one : x)
    if (auto i = circuits_.find(one.snapshot.name); i != circuits_.end())
      i->second.saved = one.mark;
}

} // namespace resilience
