// A host for stacks without CAF: calls, a target and a fallback on an imagined
// clock. It writes down what every call saw, and knows by itself what each call
// must be told; what should never happen lands in `broken`.
#pragma once

#include "resilience/stack.hpp"

#include "support/instants.hpp"

#include <deque>
#include <set>
#include <string>
#include <vector>

namespace resilience::test {

struct world_types {
  struct call {
    int number = -1;

    bool is_request() const noexcept {
      return number >= 0;
    }
  };

  /// The call's number and 1; 0 is nothing.
  using cargo = int;
  using anchor = int;

  struct failure {
    errc why = errc::none;
    /// Of the target's failing answer; 0 for a word of ours.
    uint64_t serial = 0;
    std::optional<retry_report> report{};
    duration hint = duration::max();
  };

  struct hooks {
    enum { none, value, broken_value, actor } fallback = none;

    explicit operator bool() const noexcept {
      return fallback != none;
    }
  };
};

/// What the target does with a request.
enum class reaction : uint8_t { later, answer, fail, reject, twice };

class world {
public:
  using call = world_types::call;
  using failure = world_types::failure;
  using hooks = world_types::hooks;

  struct parcel {
    int request = 0;
  };

  struct reply {
    uint64_t id = 0;
    uint64_t serial = 0;
    reaction how = reaction::answer;
    bool of_fallback = false;
  };

  struct party {
    enum { nobody, target, fallback } who = nobody;

    explicit operator bool() const noexcept {
      return who != nobody;
    }
  };

  enum class fate : uint8_t { open, good, bad, turned_away, late, died };

  /// A request that was sent to the target.
  struct attempt {
    uint64_t id = 0;
    int call = 0;
    time_point sent{};
    time_point due{};
    fate state = fate::open;
    uint64_t serial = 0;
  };

  struct record {
    time_point arrived{};
    time_point latest = time_point::max();
    std::vector<size_t> attempts{};
    bool asked_fallback = false;
    uint64_t fallback_id = 0;
    int ends = 0;
    time_point ended{};
    /// The error that the caller got; none for an answer.
    failure error{};
    bool got_error = false;
    bool substituted = false;
  };

  world(const policy& p, hooks x, uint64_t seed = 1)
    : uut{p, x}, extras(x), machine_{"", "", p.breaker, {}, seed} {}

  // -- what a course does -----------------------------------------------------

  int arrive(time_point latest = time_point::max()) {
    auto n = static_cast<int>(calls.size());
    record r;
    r.arrived = clock;
    policy p;
    uut.describe_into(p);
    auto total =
      p.timeout && p.timeout->total ? *p.timeout->total : duration::max();
    r.latest = std::min(latest, saturating_add(clock, total));
    calls.push_back(r);
    sweep();
    uut.arrive(*this, call{n}, parcel{n + 1}, clock, latest);
    return n;
  }

  /// An attempt, whether or not it is still wanted, is answered.
  void answer(size_t index, reaction how) {
    sweep();
    auto id = attempts.at(index).id;
    uut.answered(*this, id, reply{id, ++serial_, how}, clock);
  }

  void fallback_answers(int number, reaction how) {
    sweep();
    auto id = calls.at(size_t(number)).fallback_id;
    if (id != 0)
      uut.answered(*this, id, reply{id, ++serial_, how, true}, clock);
  }

  void advance(duration d) {
    auto end = saturating_add(clock, d);
    while (!alarms_.empty() && *alarms_.begin() <= end) {
      auto rang = *alarms_.begin();
      alarms_.erase(alarms_.begin());
      clock = std::max(clock, rang);
      uut.expire(*this, clock);
      wake(uut.entries().rearm(rang));
    }
    clock = end;
  }

  void die() {
    sweep();
    for (auto& x : attempts)
      if (x.state == fate::open && x.due > clock
          && calls[size_t(x.call)].ends == 0 && &x == last_of(x.call)) {
        x.state = fate::died;
        ++failures;
      }
    uut.target_ended(*this, make(errc::target_down), clock,
                     [&] { alive = false; });
  }

  void shut() {
    sweep();
    ended = true;
    uut.shut(*this, make(errc::shutting_down), clock, [&] { alive = false; });
  }

  void configure(const policy& p) {
    reconfigured = true;
    (void) machine_.configure(p.breaker, clock);
    uut.configure(*this, p);
  }

  // -- the host ---------------------------------------------------------------

  circuit& machine() noexcept {
    return machine_;
  }

  time_point now() const noexcept {
    return clock;
  }

  void wake(time_point due) {
    if (due != time_point::max())
      alarms_.insert(due);
  }

  int keep_alive() const noexcept {
    return 1;
  }

  party target() const noexcept {
    return {alive ? party::target : party::nobody};
  }

  bool gone() const noexcept {
    return !alive;
  }

  void send(party to, parcel what, uint64_t id, time_point due) {
    auto n = what.request - 1;
    if (to.who == party::fallback) {
      calls.at(size_t(n)).asked_fallback = true;
      calls.at(size_t(n)).fallback_id = id;
      return;
    }
    check_send(n, due);
    settle_last(n);
    calls[size_t(n)].attempts.push_back(attempts.size());
    attempts.push_back({id, n, clock, due});
    auto how = reaction::later;
    if (!script.empty()) {
      how = script.front();
      script.pop_front();
    }
    if (how == reaction::later)
      return;
    auto first = how == reaction::twice ? reaction::answer : how;
    uut.answered(*this, id, reply{id, ++serial_, first}, clock);
    if (how == reaction::twice)
      uut.answered(*this, id, reply{id, ++serial_, reaction::fail}, clock);
  }

  void deliver(call who, reply what) {
    end(who);
    auto& r = calls.at(size_t(who.number));
    if (what.of_fallback)
      return expect(r.asked_fallback, "a fallback answered that was not asked");
    auto last = last_of(who.number);
    expect(last != nullptr && last->serial == what.serial
             && last->id == what.id,
           "an answer that is not of the last attempt");
  }

  void fail(call who, failure e) {
    end(who);
    auto& r = calls.at(size_t(who.number));
    r.got_error = true;
    r.error = e;
    check_error(who.number, e);
  }

  void bounce(call who, parcel, const admission& why) {
    fail(who, rejection(why));
  }

  outcome judge(reply& what) {
    auto& x = attempts.at(index_of(what.id));
    expect(x.state == fate::open && calls[size_t(x.call)].ends == 0,
           "an answer judged that nobody waits for");
    x.serial = what.serial;
    if (what.how == reaction::fail) {
      x.state = fate::bad;
      ++failures;
      return outcome::failure;
    }
    if (what.how == reaction::reject) {
      x.state = fate::turned_away;
      return outcome::neutral;
    }
    x.state = fate::good;
    ++successes;
    return outcome::success;
  }

  failure failure_of(const reply& what) const {
    return {errc::none, what.serial, {}, duration::max()};
  }

  failure make(errc x, duration hint = duration::max()) const {
    return {x, 0, {}, hint};
  }

  failure rejection(const admission& why) const {
    return make(why.reason == rejection::open       ? errc::circuit_open
                : why.reason == rejection::isolated ? errc::circuit_isolated
                                                    : errc::half_open_full,
                why.retry_after);
  }

  failure reported(failure e, const retry_report& x) const {
    e.report = x;
    return e;
  }

  bool is_error(const failure&) const noexcept {
    return true;
  }

  bool is_error(const reply& x) const noexcept {
    return x.how == reaction::fail;
  }

  error_id id_of(const failure& e) const noexcept {
    return {"world", static_cast<int64_t>(e.why)};
  }

  std::optional<duration> hint(const failure& e) const noexcept {
    return e.serial != 0 && e.serial % 5 == 0 ? asked_delay : std::nullopt;
  }

  void note(const failure&) {
    ++failures;
  }

  void lease_ended() {}

  int keep(const parcel& what) const noexcept {
    return what.request;
  }

  int unpack(parcel& what) const noexcept {
    return std::exchange(what.request, 0);
  }

  parcel pack(int request) const noexcept {
    return {request};
  }

  /// Every seventh request must not be sent twice.
  bool repeatable(const parcel& what) const noexcept {
    return what.request % 7 != 0;
  }

  bool may_retry(const failure&) const noexcept {
    return true;
  }

  bool asks_fallback() const noexcept {
    return extras.fallback == hooks::actor;
  }

  party fallback_actor() const noexcept {
    return {party::fallback};
  }

  bool fall_back(const call& who, const failure&) {
    if (extras.fallback != hooks::value)
      return false;
    end(who);
    return true;
  }

  bool substitute(const call& who, timeout_action) {
    end(who);
    calls.at(size_t(who.number)).substituted = true;
    return true;
  }

  // -- what is known ----------------------------------------------------------

  const attempt* last_of(int number) const {
    const auto& xs = calls.at(size_t(number)).attempts;
    return xs.empty() ? nullptr : &attempts[xs.back()];
  }

  /// Calls of which the target has a request.
  size_t at_target() const {
    size_t result = 0;
    for (size_t i = 0; i < calls.size(); ++i) {
      auto last = last_of(static_cast<int>(i));
      result += calls[i].ends == 0 && !calls[i].asked_fallback
                && last != nullptr && last->state == fate::open;
    }
    return result;
  }

  stack<world_types> uut;
  hooks extras;
  time_point clock = at(1'000);
  bool alive = true;
  bool ended = false;
  bool reconfigured = false;
  std::deque<reaction> script;
  std::optional<duration> asked_delay;
  std::vector<record> calls;
  std::vector<attempt> attempts;
  /// What the circuit must have counted.
  uint64_t failures = 0;
  uint64_t successes = 0;
  std::vector<std::string> broken;

private:
  void sweep() {
    if (uut.entries().overdue(clock))
      uut.expire(*this, clock);
  }

  void expect(bool holds, const char* what) {
    if (!holds)
      broken.emplace_back(what);
  }

  size_t index_of(uint64_t id) const {
    for (size_t i = 0; i < attempts.size(); ++i)
      if (attempts[i].id == id)
        return i;
    return attempts.size();
  }

  void end(const call& who) {
    auto& r = calls.at(size_t(who.number));
    ++r.ends;
    r.ended = clock;
    expect(r.ends == 1, "a caller was answered twice");
    settle_last(who.number);
  }

  /// An attempt that is over and was not answered has timed out.
  void settle_last(int number) {
    const auto& xs = calls.at(size_t(number)).attempts;
    if (xs.empty())
      return;
    auto& x = attempts[xs.back()];
    if (x.state == fate::open && x.due <= clock)
      x.state = fate::late;
  }

  void check_send(int number, time_point due) {
    const auto& r = calls.at(size_t(number));
    expect(r.ends == 0, "sent for a call that has ended");
    expect(clock < r.latest, "sent when the call's time was over");
    expect(due <= r.latest, "an attempt may outlast its call");
    if (r.attempts.empty()) {
      expect(number > last_started_, "a caller was overtaken");
      last_started_ = number;
      return;
    }
    expect((number + 1) % 7 != 0, "sent twice what must not be");
    auto state = attempts[r.attempts.back()].state;
    expect(state == fate::bad || state == fate::late
             || attempts[r.attempts.back()].due <= clock,
           "sent again although nothing failed");
  }

  /// The failure of attempt `x`, as the caller must be told of it.
  void check_failure_of(const attempt& x, const failure& e) {
    switch (x.state) {
      case fate::bad:
        return expect(e.serial == x.serial, "not the last real error");
      case fate::late:
        return expect(e.why == errc::timed_out, "not the timeout it was");
      case fate::died:
        return expect(e.why == errc::target_down, "not the death it was");
      default:
        return expect(false, "an error although the last attempt succeeded");
    }
  }

  void check_error(int number, const failure& e) {
    const auto& xs = calls.at(size_t(number)).attempts;
    if (xs.empty())
      return expect(e.serial == 0 && e.why != errc::none,
                    "an error of the target's without an attempt");
    const auto& last = attempts[xs.back()];
    auto ran = static_cast<int32_t>(xs.size());
    if (last.state == fate::open) {
      expect(ended, "an error while an attempt was running");
      if (ran == 1)
        return expect(e.why == errc::shutting_down, "not the end it was");
      --ran;
      check_failure_of(attempts[xs[xs.size() - 2]], e);
    } else {
      check_failure_of(last, e);
    }
    if (e.report)
      expect(e.report->attempts == ran, "a wrong number of attempts");
  }

  circuit machine_;
  std::multiset<time_point> alarms_;
  uint64_t serial_ = 0;
  int last_started_ = -1;
};

} // namespace resilience::test
