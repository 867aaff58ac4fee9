// Many threads on one stack with every layer: callers, a target that answers
// from other threads or at once, alarms, new settings, the target's death, the
// end. Every caller is answered exactly once, and nothing stays held.
#include "resilience/random.hpp"
#include "resilience/stack.hpp"

#include "support/instants.hpp"
#include "support/replies.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace resilience::test {

namespace {

constexpr size_t callers = 3;
constexpr size_t per_caller = 4'000;
constexpr size_t all_calls = callers * per_caller;

/// Settings with everything on, differently tight.
policy settings(int n) {
  policy p;
  p.breaker->failure_threshold = n == 1 ? 5 : 1'000'000;
  p.breaker->cooldown = ms(1);
  p.timeout->limit = ms(2);
  p.timeout->total = ms(8 + n);
  p.timeout->on_timeout =
    n == 2 ? timeout_action::return_none : timeout_action::raise;
  p.rate_limiter = rate_limit_config{n == 3 ? 1 : 100, ms(1), 1'000};
  p.bulkhead = bulkhead_config{1 + 2 * n, 50, ms(3)};
  p.retry = retry_config{.max_attempts = 1 + n};
  p.retry->backoff.initial_delay = ms(n % 2);
  p.fallback = fallback_config{.on = {"shop:1"}, .limit = ms(1)};
  if (n > 0)
    p.hedge = hedge_config{.delay = std::chrono::microseconds{100 * n},
                           .budget = std::nullopt};
  if (n == 1)
    p.shedding = shedding_config{ms(1)};
  if (n == 2)
    p.chaos = chaos_config{.error_rate = 0.05,
                           .delay_rate = 0.05,
                           .delay = ms(1),
                           .drop_rate = 0.02,
                           .duplicate_rate = 0.05};
  if (n == 3) {
    p.bulkhead->adaptive = adaptive_config{.window_size = 3};
    p.hedge->quantile = 0.9;
  }
  if (n == 0) {
    p.bulkhead.reset();
    p.retry.reset();
  }
  EXPECT_TRUE(validate(p).empty());
  return p;
}

/// The host of all threads; its clock moves with what happens.
class shared_guard : public plain_host {
public:
  shared_guard()
    : uut(settings(2),
          {.fallback = scripted_hooks::fallback_kind::actor, .given = true}),
      answers(all_calls + 1) {}

  // -- what the threads do ----------------------------------------------------

  void call(int number) {
    auto at_now = time_point{duration{clock_ns.fetch_add(20'000)}};
    catch_up(at_now);
    uut.arrive(*this, scripted_call{number}, pack(number), at_now,
               time_point::max());
  }

  void answer(uint64_t id, reply x) {
    auto at_now = now();
    catch_up(at_now);
    uut.answered(*this, id, std::move(x), at_now);
  }

  /// Gives one answer of those under way; false if there is none.
  bool answer_next() {
    std::pair<uint64_t, reply> next;
    {
      std::lock_guard<std::mutex> guard{mutex};
      if (under_way.empty())
        return false;
      next = under_way.back();
      under_way.pop_back();
    }
    answer(next.first, next.second);
    return true;
  }

  /// Lets time pass, and rings at most one alarm, as a guard's mailbox does.
  void tick() {
    auto at_now = time_point{duration{clock_ns.fetch_add(10'000)}};
    time_point rang;
    {
      std::lock_guard<std::mutex> guard{mutex};
      if (alarms.empty() || *alarms.begin() > at_now)
        return;
      rang = *alarms.begin();
      alarms.erase(alarms.begin());
    }
    uut.expire(*this, at_now);
    wake(uut.entries().rearm(rang));
  }

  /// Until the time of all has come that was to be done for calls which have
  /// been answered meanwhile: delayed requests, second attempts.
  void let_time_pass() {
    auto limit = now() + ms(1000);
    while (uut.entries().size() > 0 && now() < limit)
      tick();
  }

  void expect_idle() {
    for (size_t i = 1; i <= all_calls; ++i)
      ASSERT_EQ(answers[i], 1) << "call " << i;
    EXPECT_EQ(uut.entries().size(), 0u);
    EXPECT_EQ(uut.metrics(now()).running, 0u);
    EXPECT_EQ(uut.metrics(now()).queued, 0u);
    EXPECT_EQ(machine_.status(now(), {}).permits_in_use, 0u);
  }

  // -- the host ---------------------------------------------------------------

  circuit& machine() noexcept {
    return machine_;
  }

  time_point now() const noexcept {
    return time_point{duration{clock_ns.load()}};
  }

  void wake(time_point t) {
    if (t == time_point::max())
      return;
    std::lock_guard<std::mutex> guard{mutex};
    alarms.insert(t);
  }

  static std::shared_ptr<void> keep_alive() {
    return nullptr;
  }

  peer target() const {
    return {alive ? peer::who::target : peer::who::nobody};
  }

  bool gone() {
    bool result = false;
    uut.entries().locked([&] { result = !alive; });
    return result;
  }

  void send_to_fallback(parcel what, uint64_t id, time_point due) {
    send({peer::who::fallback}, std::move(what), id, due);
  }

  void send(peer, parcel what, uint64_t id, time_point) {
    EXPECT_TRUE(what && *what > 0);
    ++sent;
    auto dice = split_mix(id) % 12;
    if (dice == 0)
      return; // silent
    auto x = dice < 6 ? trouble(static_cast<int64_t>(dice)) : value(200);
    if (dice % 3 == 0)
      return answer(id, x);
    std::lock_guard<std::mutex> guard{mutex};
    under_way.emplace_back(id, x);
    if (dice == 7)
      under_way.emplace_back(id, x); // twice
  }

  void deliver(scripted_call who, const reply&) {
    count(who);
  }

  void fail(scripted_call who, const reply&) {
    count(who);
  }

  void bounce(scripted_call who, parcel, const admission&) {
    count(who);
  }

  static bool repeatable(const parcel&) {
    return true;
  }

  static bool may_retry(const reply&) {
    return true;
  }

  static bool asks_fallback() {
    return true;
  }

  static bool fall_back(scripted_call&, const reply&) {
    return false;
  }

  bool substitute(scripted_call& who, timeout_action) {
    count(who);
    return true;
  }

  void note(const reply&) {}

  void lease_ended() {}

  circuit machine_{{}, {}, settings(2).breaker, {}, 1};
  stack<scripted_types> uut;
  std::atomic<int64_t> clock_ns{1'000'000'000};
  std::atomic<size_t> answered{0};
  std::atomic<size_t> sent{0};
  std::vector<std::atomic<int>> answers;
  /// Written under the ledger's lock.
  bool alive = true;

private:
  void count(const scripted_call& who) {
    ++answers[static_cast<size_t>(who.number)];
    ++answered;
  }

  void catch_up(time_point at_now) {
    if (uut.entries().overdue(at_now))
      uut.expire(*this, at_now);
  }

  std::mutex mutex;
  std::multiset<time_point> alarms;
  std::vector<std::pair<uint64_t, reply>> under_way;
};

class stack_threads_test : public ::testing::Test {
protected:
  void call_all(size_t self) {
    for (size_t i = 1; i <= per_caller; ++i)
      g.call(static_cast<int>(self * per_caller + i));
  }

  /// Until nobody waits; false if that takes too long by the guard's clock.
  void help(const std::function<void()>& step) {
    auto limit = g.now() + std::chrono::minutes{10};
    while (g.answered < all_calls && g.now() < limit)
      step();
  }

  void answer_all() {
    help([this] {
      if (!g.answer_next())
        std::this_thread::yield();
    });
  }

  void tick_all() {
    help([this] {
      g.tick();
      std::this_thread::yield();
    });
  }

  shared_guard g;
};

TEST_F(stack_threads_test, every_caller_is_answered_once_whatever_is_set) {
  auto owner = [&] {
    int n = 0;
    help([&] {
      g.uut.configure(g, settings(n++ % 4));
      g.uut.metrics(g.now());
      std::this_thread::yield();
    });
  };
  run_together({[&] { call_all(0); }, [&] { call_all(1); },
                [&] { call_all(2); }, [&] { answer_all(); },
                [&] { answer_all(); }, [&] { tick_all(); }, owner});
  g.let_time_pass();
  g.expect_idle();
  // How many get past the limits is up to the scheduler; some always do.
  EXPECT_GT(g.sent, 10u);
}

TEST_F(stack_threads_test, the_death_of_the_target_leaves_nobody) {
  auto owner = [&] {
    while (g.answered < all_calls / 4)
      std::this_thread::yield();
    g.uut.target_ended(g, ours(errc::target_down), g.now(),
                       [&] { g.alive = false; });
    tick_all();
  };
  run_together({[&] { call_all(0); }, [&] { call_all(1); },
                [&] { call_all(2); }, [&] { answer_all(); },
                [&] { answer_all(); }, owner});
  g.expect_idle();
}

TEST_F(stack_threads_test, the_end_of_the_guard_leaves_nobody) {
  std::atomic<bool> ended{false};
  auto owner = [&] {
    while (g.answered < all_calls / 4)
      g.tick();
    // No alarm rings from here on.
    g.uut.shut(g, ours(errc::shutting_down), g.now(), [&] { g.alive = false; });
    ended = true;
  };
  auto answerer = [&] {
    while (g.answer_next() || !ended)
      std::this_thread::yield();
  };
  run_together({[&] { call_all(0); }, [&] { call_all(1); },
                [&] { call_all(2); }, answerer, answerer, owner});
  g.expect_idle();
}

} // namespace

} // namespace resilience::test
