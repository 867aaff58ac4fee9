#include "resilience/keyed_circuits.hpp"

#include "resilience/sip_hash.hpp"
#include "resilience/utf8.hpp"

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

namespace resilience {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// Many threads rarely meet in a shard, and one is copied in a few
/// microseconds.
constexpr uint64_t keys_per_shard = 128;

/// What a new key may look at to find room: circuits, and shards.
constexpr size_t looks_for_room = 64;
constexpr uint64_t shards_for_room = 16;

/// Idle circuits are forgotten faster than new ones come.
constexpr size_t looks_for_idle = 2;

// A power of two; `bit_ceil` makes one of zero.
uint64_t shards_for(const keyed_config& x) noexcept {
  return std::bit_ceil(static_cast<uint64_t>(x.max_keys) / keys_per_shard);
}

} // namespace

// The machine tells of transitions only when somebody uses it, when it is
// whole.
keyed_node::keyed_node(std::weak_ptr<keyed_circuits> home_of,
                       std::string_view key, uint64_t hash_of_key,
                       const breaker_config& cfg, uint64_t version_of_cfg,
                       uint64_t seed)
  : hash(hash_of_key), version(version_of_cfg),
    machine(
      std::string{key}, {}, cfg,
      [this](const transition& x) {
        if (auto all = home.lock())
          all->on_transition(*this, x);
      },
      seed),
    home(std::move(home_of)) {}

// -- construction -------------------------------------------------------------

std::shared_ptr<keyed_circuits>
keyed_circuits::make(const keyed_config& cfg, const breaker_config& breaker,
                     listener on_transition, uint64_t seed) {
  auto found = validate(cfg);
  for (auto& x : validate(breaker))
    found.push_back(std::move(x));
  if (!found.empty())
    throw invalid_config_error{found};
  std::shared_ptr<keyed_circuits> result{
    new keyed_circuits{cfg, breaker, std::move(on_transition), seed}};
  result->overflow_ = result->make_node({}, result->hash_of({}));
  return result;
}

keyed_circuits::keyed_circuits(const keyed_config& cfg,
                               const breaker_config& breaker,
                               listener on_transition, uint64_t seed)
  : config_(cfg), listener_(std::move(on_transition)), seed_(seed),
    shard_count_(shards_for(cfg)),
    shards_(std::make_unique<keyed_shard[]>(shard_count_)), breaker_(breaker) {}

keyed_circuits::node_ptr keyed_circuits::make_node(std::string_view key,
                                                   uint64_t hash) {
  auto x = settings();
  return std::make_shared<keyed_node>(weak_from_this(), key, hash, x.value,
                                      x.number, split_mix(seed_ + hash));
}

// -- calls --------------------------------------------------------------------

keyed_circuits::circuit_ptr keyed_circuits::get_or_make(std::string_view key,
                                                        time_point now) {
  if (key.empty() || std::cmp_greater(key.size(), config_.max_key_bytes))
    return use_overflow(unfit_, now);
  auto hash = hash_of(key);
  auto x = use(key, hash, now);
  if (!x)
    return add(key, hash, now);
  apply_settings(*x, now);
  return shared(std::move(x));
}

// Null if there is none.
keyed_circuits::node_ptr keyed_circuits::use(std::string_view key,
                                             uint64_t hash, time_point now) {
  auto& shard = shard_at(shard_of(hash));
  std::lock_guard<brief_mutex> guard{shard.mutex};
  auto* x = shard.find(hash, key);
  if (x == nullptr)
    return nullptr;
  x->last_used = std::max(x->last_used, now);
  x->touched = true;
  return x->self;
}

keyed_circuits::circuit_ptr keyed_circuits::add(std::string_view key,
                                                uint64_t hash, time_point now) {
  if (!is_utf8(key))
    return use_overflow(unfit_, now);
  // Where none can leave, none is made in vain.
  auto full =
    std::cmp_greater_equal(not_closed_.load(relaxed), config_.max_keys);
  auto x = full ? nullptr : insert(make_node(key, hash), now);
  return x ? shared(std::move(x)) : use_overflow(overflowed_, now);
}

// Makes room where there is none: in its own shard, or where room was found
// last and from there on. Returns what is there then, by this thread or a
// faster one; null without room.
keyed_circuits::node_ptr keyed_circuits::insert(const node_ptr& x,
                                                time_point now) {
  auto looks = looks_for_room;
  auto result = try_insert(x, now, looks);
  for (uint64_t i = 0; !result && i < std::min(shards_for_room, shard_count_);
       ++i)
    if (forget_oldest(shard_at(room_hand_.load(relaxed)), looks))
      result = try_insert(x, now, looks);
    else
      room_hand_.fetch_add(1, relaxed);
  return result;
}

keyed_circuits::node_ptr keyed_circuits::try_insert(const node_ptr& x,
                                                    time_point now,
                                                    size_t& looks) {
  node_ptr gone; // they end after the lock
  node_ptr idle;
  auto& shard = shard_at(shard_of(x->hash));
  std::lock_guard<brief_mutex> guard{shard.mutex};
  if (auto* other = shard.find(x->hash, x->machine.name()))
    return other->self;
  shard.expect_one();
  if (!count_in()) {
    gone = shard.take_oldest(looks);
    if (!gone)
      return nullptr;
    evicted_.fetch_add(1, relaxed); // it leaves its place to `x`
  }
  x->last_used = now;
  shard.insert(x);
  auto looks_here = looks_for_idle;
  idle = shard.take_idle(now, config_.idle_after, looks_here);
  if (idle)
    count_out();
  return x;
}

bool keyed_circuits::forget_oldest(keyed_shard& shard, size_t& looks) {
  node_ptr gone; // ends after the lock
  std::lock_guard<brief_mutex> guard{shard.mutex};
  gone = shard.take_oldest(looks);
  if (gone)
    count_out();
  return gone != nullptr;
}

// There are never more than `max_keys`.
bool keyed_circuits::count_in() noexcept {
  auto n = keys_.load(relaxed);
  while (std::cmp_less(n, config_.max_keys))
    if (keys_.compare_exchange_weak(n, n + 1, relaxed))
      return true;
  return false;
}

void keyed_circuits::count_out() noexcept {
  keys_.fetch_sub(1, relaxed);
  evicted_.fetch_add(1, relaxed);
}

size_t keyed_circuits::evict_idle(time_point now, size_t most) {
  size_t result = 0;
  for (auto n = std::min(most, shard_count_); n > 0 && most > 0; --n) {
    auto& shard = shard_at(idle_hand_.fetch_add(1, relaxed));
    node_ptr idle;
    do {
      idle.reset();
      std::lock_guard<brief_mutex> guard{shard.mutex};
      idle = shard.take_idle(now, config_.idle_after, most);
      if (idle) {
        count_out();
        ++result;
      }
    } while (idle && most > 0);
  }
  return result;
}

keyed_circuits::circuit_ptr
keyed_circuits::use_overflow(std::atomic<uint64_t>& counter, time_point now) {
  counter.fetch_add(1, relaxed);
  apply_settings(*overflow_, now);
  return overflow();
}

// -- by hand ------------------------------------------------------------------

faults keyed_circuits::configure(const breaker_config& breaker) {
  auto result = validate(breaker);
  if (!result.empty())
    return result;
  std::lock_guard<brief_mutex> guard{settings_mutex_};
  breaker_ = breaker;
  version_.fetch_add(1, std::memory_order_release);
  return result;
}

// One thread at a time, or older settings might come last; the others go on
// with what the circuit has. Nobody waits while the listener runs.
void keyed_circuits::apply_settings(keyed_node& x, time_point now) {
  auto wanted = version_.load(std::memory_order_acquire);
  if (x.version.load(relaxed) == wanted)
    return;
  std::unique_lock<brief_mutex> only{x.applying, std::try_to_lock};
  if (!only)
    return;
  auto next = settings();
  // They were validated.
  static_cast<void>(x.machine.configure(next.value, now));
  x.version.store(next.number, relaxed);
}

keyed_circuits::versioned keyed_circuits::settings() const {
  std::lock_guard<brief_mutex> guard{settings_mutex_};
  return {breaker_, version_.load(relaxed)};
}

bool keyed_circuits::reset(std::string_view key, time_point now) {
  auto x = find(key);
  if (x)
    x->reset(now);
  return x != nullptr;
}

size_t keyed_circuits::reset_all(time_point now) {
  size_t result = 0;
  auto reset_one = [&](circuit& x) {
    if (x.state() == circuit_state::closed)
      return;
    x.reset(now);
    ++result;
  };
  std::vector<circuit_ptr> some;
  for (uint64_t i = 0; i < shard_count_; ++i) {
    some.clear();
    {
      std::lock_guard<brief_mutex> guard{shards_[i].mutex};
      shards_[i].copy(true, 0, shards_[i].count(true), some);
    }
    for (auto& x : some)
      reset_one(*x);
  }
  reset_one(overflow_->machine);
  return result;
}

// -- properties ---------------------------------------------------------------

keyed_circuits::circuit_ptr keyed_circuits::find(std::string_view key) const {
  if (key.empty())
    return overflow();
  auto hash = hash_of(key);
  auto& shard = shard_at(shard_of(hash));
  std::lock_guard<brief_mutex> guard{shard.mutex};
  auto* x = shard.find(hash, key);
  return x != nullptr ? shared(x->self) : nullptr;
}

std::vector<keyed_circuits::circuit_ptr>
keyed_circuits::list(size_t offset, size_t limit) const {
  std::vector<circuit_ptr> result;
  result.reserve(std::min<size_t>(limit, keys_.load(relaxed)));
  for (auto kept : {true, false})
    for (uint64_t i = 0; i < shard_count_ && result.size() < limit; ++i) {
      const auto& shard = shards_[i];
      std::lock_guard<brief_mutex> guard{shard.mutex};
      auto skipped = std::min(offset, shard.count(kept));
      shard.copy(kept, skipped, limit - result.size(), result);
      offset -= skipped;
    }
  return result;
}

keyed_circuits::circuit_ptr keyed_circuits::overflow() const {
  return shared(overflow_);
}

keyed_counts keyed_circuits::counts() const noexcept {
  return {keys_.load(relaxed), not_closed_.load(relaxed),
          evicted_.load(relaxed), overflowed_.load(relaxed),
          unfit_.load(relaxed)};
}

breaker_config keyed_circuits::breaker() const {
  return settings().value;
}

// -- private ------------------------------------------------------------------

keyed_circuits::circuit_ptr keyed_circuits::shared(node_ptr x) noexcept {
  auto* machine = &x->machine;
  return {std::move(x), machine};
}

uint64_t keyed_circuits::hash_of(std::string_view key) const noexcept {
  return sip_hash(split_mix(seed_), split_mix(~seed_), key);
}

// Not the bits that pick a bucket.
uint64_t keyed_circuits::shard_of(uint64_t hash) const noexcept {
  return hash >> 32;
}

keyed_shard& keyed_circuits::shard_at(uint64_t i) const noexcept {
  return shards_[i & (shard_count_ - 1)];
}

// Whoever caused the transition has the circuit, so it is still there; the one
// of those without room is in no shard.
void keyed_circuits::on_transition(keyed_node& x, const transition& what) {
  auto kept = what.to != circuit_state::closed;
  {
    auto& shard = shard_at(shard_of(x.hash));
    std::lock_guard<brief_mutex> guard{shard.mutex};
    if (shard.keep(x, kept))
      not_closed_.fetch_add(kept ? uint64_t{1} : -uint64_t{1}, relaxed);
  }
  if (listener_)
    listener_(x.machine.name(), what);
}

} // namespace resilience
