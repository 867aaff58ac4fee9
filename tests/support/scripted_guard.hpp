// A guard without actors: a stack and its host in one, on a virtual clock, with
// a target and a fallback actor that do what a test says. Records all that
// happens to every call.
//
// Keeps the ledger's promise of alarms as a guard does: time alone ends a call
// only where an alarm was asked for.
#pragma once

#include "resilience/stack.hpp"

#include "support/instants.hpp"
#include "support/replies.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace resilience::test {

class scripted_guard : public plain_host {
public:
  using stack_type = stack<scripted_types>;
  using fallback_kind = scripted_hooks::fallback_kind;

  /// What somebody does who was sent to.
  struct deed {
    /// In this order; nothing: stays silent.
    std::vector<reply> says{};
    duration after{};
    /// Inside `send`.
    bool at_once = false;
  };

  struct attempt {
    int call = 0;
    /// From 1, of its call.
    int number = 0;
    uint64_t id = 0;
    time_point at{};
    time_point due{};
  };

  struct record {
    time_point arrived{};
    time_point latest{};
    int answers = 0;
    reply got{};
    time_point answered_at{};
    /// The request came back with the rejection.
    bool bounced = false;
    std::optional<timeout_action> substitute{};
    std::vector<attempt> attempts{};
    /// What the fallback actor was asked.
    std::vector<attempt> asked{};
  };

  explicit scripted_guard(const policy& p, scripted_hooks x = {})
    : uut(p, std::move(x)), machine_({}, {}, p.breaker, {}, 1) {
    // Where there are keys, a call's is its number modulo three; that of no
    // remainder has no circuit of its own.
    if (p.keyed)
      for (const auto* key : {"one", "two"})
        of_keys_.push_back(std::make_shared<circuit>(key, "", p.breaker,
                                                     circuit::listener{}, 1));
  }

  // -- what a test does -------------------------------------------------------

  /// A caller asks; its number. Time stands still, nothing else runs.
  int call(time_point latest = time_point::max()) {
    auto number = static_cast<int>(calls.size()) + 1;
    calls.push_back({.arrived = now_, .latest = latest});
    catch_up();
    uut.arrive(*this, scripted_call{number}, pack(number), now_, latest);
    return number;
  }

  /// A caller asks, and all that takes no time happens.
  int ask(time_point latest = time_point::max()) {
    auto number = call(latest);
    run();
    return number;
  }

  /// Lets `d` pass, with all that happens in it.
  void run(duration d = {}) {
    auto end = now_ + d;
    while (auto next = next_event()) {
      if (*next > end)
        break;
      now_ = std::max(now_, *next);
      step();
    }
    now_ = end;
  }

  /// Lets `d` pass while nobody wakes the guard.
  void sleep(duration d) {
    now_ += d;
  }

  void answer(uint64_t id, reply x) {
    catch_up();
    uut.answered(*this, id, std::move(x), now_);
  }

  void die() {
    uut.target_ended(*this, ours(errc::target_down), now_,
                     [&] { alive = false; });
  }

  /// The target ends, and another one will come.
  void lose() {
    returning = true;
    uut.target_ended(
      *this, ours(errc::target_down), now_, [&] { alive = false; }, false);
  }

  void come_back() {
    alive = true;
    returning = false;
  }

  void end() {
    uut.shut(*this, ours(errc::shutting_down), now_, [&] { alive = false; });
  }

  void configure(const policy& p) {
    EXPECT_TRUE(machine_.configure(p.breaker, now_).empty());
    uut.configure(*this, p);
  }

  // -- what a test sees -------------------------------------------------------

  record& of(int call) {
    return calls.at(static_cast<size_t>(call - 1));
  }

  layer_metrics layers() const {
    return uut.metrics(now_);
  }

  circuit_metrics counts() {
    return machine_.metrics(now_);
  }

  /// The circuit of the key `i`, from 1.
  circuit& of_key(size_t i) {
    return *of_keys_.at(i - 1);
  }

  size_t keys() const noexcept {
    return of_keys_.size();
  }

  uint64_t permits_in_use() {
    auto result = machine_.status(now_, {}).permits_in_use;
    for (const auto& x : of_keys_)
      result += x->status(now_, {}).permits_in_use;
    return result;
  }

  /// Nobody waits, nothing is held.
  void expect_idle() {
    for (size_t i = 0; i < calls.size(); ++i)
      EXPECT_EQ(calls[i].answers, 1) << "call " << i + 1;
    EXPECT_EQ(uut.entries().size(), 0u);
    EXPECT_EQ(layers().running, 0u);
    EXPECT_EQ(layers().queued, 0u);
    EXPECT_EQ(permits_in_use(), 0u);
    EXPECT_EQ(holders(), 0);
  }

  /// Calls that keep the guard alive.
  long holders() const {
    return anchor_.use_count() - 1;
  }

  stack_type uut;
  std::vector<record> calls;
  /// Calls in the order of their attempts.
  std::vector<int> sent;
  /// For each attempt in turn, then `otherwise`.
  std::deque<deed> script;
  deed otherwise{{value(200)}, ms(1)};
  /// Instead of both, if set.
  std::function<deed(const attempt&)> target_does;
  deed fallback_does{{value(503)}, ms(1)};
  /// What another thread does while a request is taken out for the queue.
  std::function<void()> meanwhile;
  /// What another thread does when an alarm is asked for.
  std::function<void(time_point)> on_wake;
  bool alive = true;
  bool returning = false;
  /// Calls whose key was asked for.
  size_t keys_asked = 0;
  /// Alarms that were asked for.
  size_t wakes = 0;

  // -- the host ---------------------------------------------------------------

  circuit& machine() noexcept {
    return machine_;
  }

  std::shared_ptr<circuit> circuit_for(const parcel& what, time_point) {
    ++keys_asked;
    auto key = static_cast<size_t>(*what) % 3;
    return of_keys_.empty() || key == 0 ? nullptr : of_keys_[key - 1];
  }

  time_point now() const noexcept {
    return now_;
  }

  void wake(time_point t) {
    ++wakes;
    if (t != time_point::max())
      alarms_.insert(t);
    if (on_wake)
      on_wake(t);
  }

  std::shared_ptr<void> keep_alive() const {
    return anchor_;
  }

  peer target() const {
    return {alive ? peer::who::target : peer::who::nobody};
  }

  bool gone() const {
    return !alive && !returning;
  }

  void send_to_fallback(parcel what, uint64_t id, time_point due) {
    send({peer::who::fallback}, std::move(what), id, due);
  }

  void send(peer to, parcel what, uint64_t id, time_point due) {
    ASSERT_TRUE(what && *what > 0) << "nothing was kept";
    auto& x = of(*what);
    auto asks = to.is == peer::who::fallback;
    auto& list = asks ? x.asked : x.attempts;
    list.push_back({*what, static_cast<int>(list.size()) + 1, id, now_, due});
    // A copy: the answer may come before this returns.
    auto one = list.back();
    if (!asks)
      sent.push_back(one.call);
    perform(asks ? fallback_does : next_deed(one), id);
  }

  void deliver(scripted_call who, reply x) {
    answered(who, std::move(x));
  }

  void fail(scripted_call who, reply x) {
    answered(who, std::move(x));
  }

  void bounce(scripted_call who, parcel what, const admission& why) {
    EXPECT_TRUE(what && *what == who.number);
    of(who.number).bounced = true;
    answered(who, rejection(why));
  }

  bool repeatable(const parcel& what) const {
    auto* x = uut.extras();
    return x == nullptr || !x->idempotent || x->idempotent(*what);
  }

  bool may_retry(const reply& e) const {
    auto* x = uut.extras();
    return x == nullptr || !x->retry_if || x->retry_if(e);
  }

  int unpack(parcel& x) {
    if (auto f = std::exchange(meanwhile, {}))
      f();
    return plain_host::unpack(x);
  }

  bool asks_fallback() const {
    auto* x = uut.extras();
    return x != nullptr && x->fallback == fallback_kind::actor;
  }

  bool fall_back(scripted_call& who, const reply& e) {
    auto* x = uut.extras();
    if (x == nullptr || !x->answer)
      return false;
    auto result = x->answer(e);
    if (result.error)
      return false;
    answered(who, std::move(result));
    return true;
  }

  bool substitute(scripted_call& who, timeout_action what) {
    of(who.number).substitute = what;
    answered(who, value(0));
    return true;
  }

  void note(const reply&) {
    ++noted;
  }

  void lease_ended() {
    ++leases_ended;
  }

  size_t noted = 0;
  size_t leases_ended = 0;

private:
  void answered(const scripted_call& who, reply x) {
    ASSERT_TRUE(who.is_request());
    auto& r = of(who.number);
    ++r.answers;
    EXPECT_EQ(r.answers, 1) << "call " << who.number << ": " << x;
    r.got = std::move(x);
    r.answered_at = now_;
  }

  deed next_deed(const attempt& x) {
    if (target_does)
      return target_does(x);
    if (script.empty())
      return otherwise;
    auto result = std::move(script.front());
    script.pop_front();
    return result;
  }

  void perform(const deed& what, uint64_t id) {
    for (const auto& x : what.says)
      if (what.at_once)
        answer(id, x);
      else
        events_.emplace(now_ + what.after, std::pair{id, x});
  }

  std::optional<time_point> next_event() const {
    auto result = time_point::max();
    if (!alarms_.empty())
      result = *alarms_.begin();
    if (!events_.empty())
      result = std::min(result, events_.begin()->first);
    if (alarms_.empty() && events_.empty())
      return std::nullopt;
    return result;
  }

  void step() {
    if (!alarms_.empty() && *alarms_.begin() <= now_)
      return ring();
    auto event = events_.extract(events_.begin()).mapped();
    answer(event.first, event.second);
  }

  void ring() {
    auto rang = *alarms_.begin();
    alarms_.erase(alarms_.begin());
    if (uut.entries().is_shut())
      return; // an actor that has ended sees no alarm
    uut.expire(*this, now_);
    wake(uut.entries().rearm(rang));
  }

  void catch_up() {
    if (uut.entries().overdue(now_))
      uut.expire(*this, now_);
  }

  std::shared_ptr<void> anchor_ = std::make_shared<int>();
  circuit machine_;
  std::vector<std::shared_ptr<circuit>> of_keys_;
  time_point now_ = at(1'000'000);
  std::multiset<time_point> alarms_;
  /// Answers under way, those of one instant in their order.
  std::multimap<time_point, std::pair<uint64_t, reply>> events_;
};

inline scripted_guard::deed says(reply x, duration after = {}) {
  return {{std::move(x)}, after, false};
}

inline scripted_guard::deed fails(int64_t code = 1,
                                  std::optional<duration> hint = {}) {
  return says(trouble(code, hint));
}

inline scripted_guard::deed at_once(reply x) {
  return {{std::move(x)}, {}, true};
}

inline scripted_guard::deed silent() {
  return {};
}

// -- policies -----------------------------------------------------------------

/// A breaker that never trips and an attempt's limit of 100 ms; nothing else.
inline policy quiet_policy() {
  policy p;
  p.breaker->failure_threshold = 1'000'000;
  p.timeout->limit = ms(100);
  return p;
}

/// Retries after `delay`, always the same one, bounded by no budget.
inline retry_config constant_retry(int attempts, duration delay) {
  retry_config r;
  r.max_attempts = attempts;
  r.backoff = {.initial_delay = delay,
               .kind = backoff_kind::constant,
               .jitter = jitter_kind::none};
  r.budget.reset();
  return r;
}

inline policy retry_policy(int attempts = 3, duration delay = ms(10)) {
  auto p = quiet_policy();
  p.retry = constant_retry(attempts, delay);
  return p;
}

inline policy bulkhead_policy(int concurrent, int queue = 0,
                              duration wait = ms(1000)) {
  auto p = quiet_policy();
  p.bulkhead = bulkhead_config{concurrent, queue, wait};
  return p;
}

} // namespace resilience::test
