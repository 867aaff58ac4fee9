#include "resilience/keyed_shard.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace resilience {

namespace {

constexpr size_t first_buckets = 8;
static_assert(std::has_single_bit(first_buckets));

// Nobody else can come by a circuit that only its shard has: they ask the
// shard, which is locked.
bool may_leave(const keyed_node& x) noexcept {
  return x.self.use_count() == 1 && x.machine.state() == circuit_state::closed;
}

} // namespace

keyed_shard::~keyed_shard() {
  for (auto* list : {&recent_, &kept_})
    while (list->next != list)
      take(static_cast<keyed_node&>(*list->next));
}

keyed_node* keyed_shard::find(uint64_t hash,
                              std::string_view key) const noexcept {
  if (buckets_.empty())
    return nullptr;
  auto* x = buckets_[hash & (buckets_.size() - 1)];
  while (x != nullptr && (x->hash != hash || x->machine.name() != key))
    x = x->chain;
  return x;
}

void keyed_shard::expect_one() {
  if (size_ == buckets_.size())
    grow();
}

void keyed_shard::insert(node_ptr x) noexcept {
  ++size_;
  auto& bucket = buckets_[x->hash & (buckets_.size() - 1)];
  x->chain = std::exchange(bucket, x.get());
  put_last(*x);
  auto& self = x->self;
  self = std::move(x);
}

bool keyed_shard::keep(keyed_node& x, bool kept) noexcept {
  if (!x.self || x.kept == kept)
    return false;
  x.kept = kept;
  kept_count_ += kept ? size_t{1} : -size_t{1};
  x.unlink();
  put_last(x);
  return true;
}

keyed_shard::node_ptr keyed_shard::take_oldest(size_t& looks) {
  keyed_node* best = nullptr;
  for (auto n = std::min(looks, count(false)); n > 0; --n) {
    --looks;
    auto& x = oldest();
    auto leaves = may_leave(x);
    if (leaves && !x.touched)
      return take(x);
    if (leaves && (best == nullptr || x.last_used < best->last_used))
      best = &x;
    x.unlink();
    put_last(x);
  }
  return best != nullptr ? take(*best) : nullptr;
}

keyed_shard::node_ptr keyed_shard::take_idle(time_point now,
                                             duration idle_after,
                                             size_t& looks) {
  for (auto n = std::min(looks, count(false)); n > 0; --n) {
    --looks;
    auto& x = oldest();
    auto idle = saturating_sub(now, x.last_used) >= idle_after;
    if (idle && may_leave(x))
      return take(x);
    if (!idle && !x.touched)
      return nullptr; // the others were used later
    x.unlink();
    put_last(x);
  }
  return nullptr;
}

void keyed_shard::copy(bool kept, size_t offset, size_t limit,
                       std::vector<std::shared_ptr<circuit>>& out) const {
  const auto& list = kept ? kept_ : recent_;
  for (auto* i = list.next; i != &list && limit > 0; i = i->next) {
    if (offset > 0) {
      --offset;
      continue;
    }
    --limit;
    auto& x = static_cast<keyed_node&>(*i);
    out.emplace_back(x.self, &x.machine);
  }
}

/// @pre `count(false) > 0`
keyed_node& keyed_shard::oldest() const noexcept {
  return static_cast<keyed_node&>(*recent_.next);
}

void keyed_shard::put_last(keyed_node& x) noexcept {
  x.touched = false;
  x.link_before(x.kept ? kept_ : recent_);
}

/// @pre `!x.kept`
keyed_shard::node_ptr keyed_shard::take(keyed_node& x) noexcept {
  auto* place = &buckets_[x.hash & (buckets_.size() - 1)];
  while (*place != &x)
    place = &(*place)->chain;
  *place = x.chain;
  x.unlink();
  --size_;
  return std::move(x.self);
}

void keyed_shard::grow() {
  auto n = std::max(first_buckets, 2 * buckets_.size());
  std::vector<keyed_node*> next(n);
  for (auto* x : buckets_)
    while (x != nullptr) {
      auto* rest = x->chain;
      auto& bucket = next[x->hash & (n - 1)];
      x->chain = std::exchange(bucket, x);
      x = rest;
    }
  buckets_ = std::move(next);
}

} // namespace resilience
