// Random courses on circuits by key: what has left after a step must have been
// free to leave, by a model that looks at all keys each time.
//
// Each run prints its RC_PARAMS; set them again to repeat it.
#include "resilience/keyed_circuits.hpp"

#include "support/instants.hpp"
#include "support/rapidcheck.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace resilience::test {

namespace {

using rc::gen::inRange;
using circuit_ptr = keyed_circuits::circuit_ptr;

constexpr size_t num_keys = 12;

std::string key_of(size_t i) {
  return std::string(1 + i % 3 * 10, static_cast<char>('a' + i));
}

/// What a step can find: a key with a circuit of its own.
struct resident {
  time_point last_used{};
  uint64_t generation = 0;
  bool is_closed = true;
};

class course {
public:
  course(const keyed_config& cfg, const breaker_config& breaker)
    : cfg_(cfg), uut_(keyed_circuits::make(cfg, breaker, {}, 7)) {}

  void call(size_t i, outcome what, time_point now) {
    auto key = key_of(i);
    auto had = known_.contains(key);
    auto room = had || has_room();
    auto c = uut_->get_or_make(key, now);
    RC_ASSERT((c == uut_->overflow()) == !room);
    if (auto pass = c->admit(now); pass)
      c->settle(pass.pass, what, 1ms, now);
    c.reset();
    if (room)
      known_[key].last_used = now;
    check(now, had || !room ? size_t{0} : size_t{1});
  }

  /// Keeps the circuit, or lets it go.
  void hold(size_t i, time_point now) {
    if (held_.erase(key_of(i)) != 0)
      return;
    if (auto c = uut_->find(key_of(i)))
      held_[key_of(i)] = c;
    check(now, 0);
  }

  void by_hand(size_t i, int what, time_point now) {
    if (auto c = uut_->find(key_of(i))) {
      if (what == 0)
        c->isolate(owner::hand, now);
      else if (what == 1)
        c->disable(now);
      else if (what == 2)
        c->restore(owner::hand, now);
      else
        uut_->reset(key_of(i), now);
    }
    check(now, 0);
  }

  void evict(time_point now) {
    auto n = uut_->evict_idle(now, 1000);
    auto gone = check(now, 0);
    RC_ASSERT(gone == n);
    // It stops at one that is not idle: those behind it were used later, but
    // for those that were in use when it was their turn.
    auto all_idle = std::ranges::all_of(known_, [&](const auto& x) {
      return now - x.second.last_used >= cfg_.idle_after;
    });
    if (all_idle)
      for (auto& [key, x] : known_)
        RC_ASSERT(!may_leave(key, x));
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> result;
    for (auto& x : uut_->list(0, 1000))
      result.push_back(x->name());
    return result;
  }

private:
  bool may_leave(const std::string& key, const resident& x) const {
    return x.is_closed && !held_.contains(key);
  }

  bool has_room() const {
    return std::cmp_less(known_.size(), cfg_.max_keys)
           || std::ranges::any_of(known_, [this](const auto& x) {
                return may_leave(x.first, x.second);
              });
  }

  /// Compares with what was known; `added` circuits are new. Returns how many
  /// have left.
  size_t check(time_point now, size_t added) {
    auto full = std::cmp_greater(known_.size(), cfg_.max_keys);
    size_t gone = 0;
    size_t pressed_out = 0;
    uint64_t not_closed = 0;
    for (auto i = known_.begin(); i != known_.end();) {
      auto& [key, x] = *i;
      auto c = uut_->find(key);
      if (auto h = held_.find(key); h != held_.end())
        RC_ASSERT(h->second == c);
      if (!c) {
        RC_ASSERT(may_leave(key, x));
        ++gone;
        if (now - x.last_used < cfg_.idle_after)
          ++pressed_out;
        i = known_.erase(i);
        continue;
      }
      auto status = c->status(now, {});
      RC_ASSERT(status.generation >= x.generation);
      x.generation = status.generation;
      x.is_closed = status.state == circuit_state::closed;
      not_closed += x.is_closed ? 0 : 1;
      ++i;
    }
    RC_ASSERT(pressed_out <= (full ? added : size_t{0}));
    evicted_ += gone;
    auto counts = uut_->counts();
    RC_ASSERT(counts.keys == known_.size());
    RC_ASSERT(std::cmp_less_equal(counts.keys, cfg_.max_keys));
    RC_ASSERT(counts.not_closed == not_closed);
    RC_ASSERT(counts.evicted == evicted_);
    check_list(not_closed);
    return gone;
  }

  void check_list(uint64_t not_closed) const {
    auto all = uut_->list(0, 1000);
    RC_ASSERT(all.size() == known_.size());
    for (size_t i = 0; i < all.size(); ++i)
      RC_ASSERT((all[i]->state() != circuit_state::closed) == (i < not_closed));
  }

  const keyed_config cfg_;
  std::shared_ptr<keyed_circuits> uut_;
  std::map<std::string, resident> known_;
  std::map<std::string, circuit_ptr> held_;
  uint64_t evicted_ = 0;
};

RC_GTEST_PROP(keyed_model, only_who_is_free_to_leave_leaves, ()) {
  keyed_config cfg{.max_keys = *inRange(1, 10),
                   .idle_after = ms(*rc::gen::element(1, 20, 1000))};
  breaker_config breaker{.failure_threshold = *inRange(1, 4),
                         .cooldown = ms(*rc::gen::element(1, 50)),
                         .success_threshold = *inRange(1, 3)};
  // Two that are told the same do the same.
  course one{cfg, breaker};
  course two{cfg, breaker};
  auto now = at(0);
  auto steps = *inRange(1, 150);
  for (int n = 0; n < steps; ++n) {
    now += ms(*rc::gen::element(0, 0, 0, 1, 5, 20, 100));
    auto i = *inRange<size_t>(0, num_keys);
    auto dice = *inRange(0, 20);
    auto what =
      *rc::gen::element(outcome::success, outcome::failure, outcome::neutral);
    for (auto* x : {&one, &two})
      if (dice < 13)
        x->call(i, what, now);
      else if (dice < 15)
        x->hold(i, now);
      else if (dice < 17)
        x->by_hand(i, n % 4, now);
      else
        x->evict(now);
    RC_ASSERT(one.keys() == two.keys());
  }
}

} // namespace

} // namespace resilience::test
