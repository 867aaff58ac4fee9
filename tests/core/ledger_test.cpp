// Every entry is closed exactly once, and whoever closes it gets it whole.
#include "resilience/ledger.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <string>

namespace resilience::test {

namespace {

/// Movable only, like the promise to a caller.
using payload = std::unique_ptr<std::string>;
using book = ledger<payload>;

class ledger_test : public ::testing::Test {
protected:
  book::opening open(const char* text, int64_t now, int64_t deadline) {
    auto p = std::make_unique<std::string>(text);
    return x.open(p, {7, 0}, at(now), at(deadline));
  }

  /// The payloads of what expires at `now`.
  std::vector<std::string> expire(int64_t now) {
    return texts(x.expire(at(now)));
  }

  static std::vector<std::string> texts(const std::vector<book::entry>& es) {
    std::vector<std::string> result;
    for (const auto& e : es)
      result.push_back(*e.payload);
    return result;
  }

  using strings = std::vector<std::string>;

  book x;
};

// -- open and close -----------------------------------------------------------

TEST_F(ledger_test, close_gives_everything_back_once) {
  auto opened = open("a", 5, 105);
  EXPECT_EQ(opened.why, refusal::none);
  EXPECT_NE(opened.id, 0u);
  EXPECT_EQ(x.size(), 1u);
  auto entry = x.close(opened.id);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->id, opened.id);
  EXPECT_EQ(*entry->payload, "a");
  EXPECT_EQ(entry->pass, (permit{7, 0}));
  EXPECT_EQ(entry->opened, at(5));
  EXPECT_EQ(entry->deadline, at(105));
  EXPECT_EQ(x.size(), 0u);
  EXPECT_FALSE(x.close(opened.id));
  EXPECT_EQ(expire(1000), strings{});
}

TEST_F(ledger_test, unknown_ids_find_nothing) {
  EXPECT_FALSE(x.close(1)) << "before the first entry";
  auto id = open("a", 0, 10).id;
  for (auto forged : {uint64_t{0}, id + 1, id - 1, id + (uint64_t{1} << 20),
                      id + 2, id | book::id_limit, ~uint64_t{0}})
    EXPECT_FALSE(x.close(forged)) << forged;
  EXPECT_TRUE(x.close(id));
  EXPECT_FALSE(x.close(0)) << "is no free place";
}

TEST_F(ledger_test, the_id_of_a_reused_slot_is_a_new_one) {
  std::set<uint64_t> ids;
  uint64_t previous = 0;
  for (int i = 0; i < 1000; ++i) {
    auto id = open("a", 0, 10).id;
    EXPECT_TRUE(ids.insert(id).second);
    EXPECT_LT(id, book::id_limit);
    EXPECT_FALSE(x.close(previous));
    EXPECT_TRUE(x.close(id));
    previous = id;
  }
}

TEST_F(ledger_test, close_if_leaves_what_the_predicate_refuses) {
  auto id = open("a", 0, 10).id;
  auto is = [](const char* text) {
    return [text](const book::entry& e) { return *e.payload == text; };
  };
  EXPECT_FALSE(x.close_if(id, is("b")));
  EXPECT_EQ(x.size(), 1u);
  EXPECT_TRUE(x.close_if(id, is("a")));
  EXPECT_FALSE(x.close_if(id, is("a")));
}

TEST_F(ledger_test, a_full_ledger_refuses_and_leaves_the_payload) {
  book two{2};
  auto p = std::make_unique<std::string>("a");
  auto q = std::make_unique<std::string>("b");
  auto id = two.open(p, {}, at(0), at(9)).id;
  EXPECT_EQ(p, nullptr);
  EXPECT_EQ(two.open(q, {}, at(0), at(9)).why, refusal::none);
  auto r = std::make_unique<std::string>("c");
  auto ran = false;
  auto refused = two.open(r, {}, at(0), at(9), [&] { ran = true; });
  EXPECT_EQ(refused.why, refusal::full);
  EXPECT_EQ(refused.id, 0u);
  EXPECT_FALSE(refused.wake);
  EXPECT_FALSE(ran);
  ASSERT_NE(r, nullptr);
  two.close(id);
  EXPECT_EQ(two.open(r, {}, at(0), at(9)).why, refusal::none);
  EXPECT_EQ(two.size(), 2u);
}

TEST_F(ledger_test, holds_a_million_unless_told_otherwise) {
  EXPECT_EQ(x.limit(), 1'000'000u);
}

TEST_F(ledger_test, a_lower_limit_keeps_the_entries_that_are_there) {
  auto id = open("a", 0, 9).id;
  open("b", 0, 9);
  x.limit(1);
  EXPECT_EQ(x.limit(), 1u);
  EXPECT_EQ(open("c", 0, 9).why, refusal::full);
  EXPECT_TRUE(x.close(id));
  EXPECT_EQ(open("c", 0, 9).why, refusal::full);
  EXPECT_EQ(expire(9), strings{"b"});
  EXPECT_EQ(open("c", 0, 19).why, refusal::none);
}

TEST_F(ledger_test, what_runs_under_the_lock_runs_before_the_entry_is_seen) {
  auto runs = 0;
  auto p = std::make_unique<std::string>("a");
  x.open(p, {}, at(0), at(9), [&] {
    ++runs;
    EXPECT_NE(p, nullptr) << "not taken yet";
  });
  EXPECT_EQ(runs, 1);
  x.locked([&] { ++runs; });
  EXPECT_EQ(runs, 2);
}

// -- deadlines ----------------------------------------------------------------

TEST_F(ledger_test, an_entry_expires_at_its_deadline_and_not_before) {
  open("a", 0, 100);
  EXPECT_EQ(expire(99), strings{});
  EXPECT_FALSE(x.overdue(at(100) - 1ns));
  EXPECT_TRUE(x.overdue(at(100)));
  EXPECT_EQ(expire(100), strings{"a"});
  EXPECT_EQ(x.size(), 0u);
}

TEST_F(ledger_test, deadlines_between_two_milliseconds_are_exact) {
  payload a = std::make_unique<std::string>("a");
  payload b = std::make_unique<std::string>("b");
  x.open(a, {}, at(0), at(100) + 1ns);
  x.open(b, {}, at(0), at(100) + 7ns);
  EXPECT_TRUE(x.expire(at(100)).empty());
  EXPECT_EQ(x.next_due(), at(100) + 1ns);
  EXPECT_EQ(texts(x.expire(at(100) + 1ns)), strings{"a"});
  EXPECT_EQ(x.next_due(), at(100) + 7ns);
  EXPECT_EQ(texts(x.expire(at(100) + 7ns)), strings{"b"});
}

TEST_F(ledger_test, deadlines_are_exact_where_a_higher_slot_begins) {
  // 4096 is the first tick of a slot of the third level.
  for (auto ms : {16, 256, 4096, 65536}) {
    book fresh;
    payload a = std::make_unique<std::string>("a");
    auto deadline = at(ms) - 1ns;
    fresh.open(a, {}, at(0), deadline);
    EXPECT_TRUE(fresh.expire(deadline - 1ns).empty()) << ms;
    EXPECT_EQ(fresh.next_due(), deadline) << ms;
    EXPECT_EQ(texts(fresh.expire(deadline)), strings{"a"}) << ms;
  }
}

TEST_F(ledger_test, expiry_is_ordered_by_deadline_then_by_age) {
  auto old = open("old", 0, 1).id;
  open("late", 0, 30);
  open("early", 0, 10);
  // Takes the lowest slot, although it is the youngest.
  x.close(old);
  open("late too", 0, 30);
  open("middle", 0, 20);
  payload p = std::make_unique<std::string>("middle less a nanosecond");
  x.open(p, {}, at(0), at(20) - 1ns);
  EXPECT_EQ(expire(30), (strings{"early", "middle less a nanosecond", "middle",
                                 "late", "late too"}));
}

TEST_F(ledger_test, a_deadline_that_has_passed_expires_at_once) {
  x.close(open("first", 0, 10).id);
  EXPECT_EQ(expire(1000), strings{});
  open("a", 1000, 400);
  EXPECT_TRUE(x.overdue(at(1000)));
  EXPECT_EQ(expire(1000), strings{"a"});
}

TEST_F(ledger_test, an_alarm_is_wanted_only_for_an_earlier_deadline) {
  EXPECT_EQ(x.next_due(), time_point::max());
  EXPECT_FALSE(x.overdue(time_point::max() - 1ns));
  EXPECT_TRUE(open("a", 0, 100).wake);
  EXPECT_EQ(x.next_due(), at(100));
  EXPECT_FALSE(open("b", 0, 100).wake);
  EXPECT_FALSE(open("c", 0, 101).wake);
  EXPECT_TRUE(open("d", 0, 99).wake);
  EXPECT_EQ(x.next_due(), at(99));
}

// A long call is out while short ones come and go, each with an earlier
// deadline.
TEST_F(ledger_test, alarms_do_not_multiply) {
  std::multiset<time_point> alarms;
  auto ask = [&](time_point t) {
    if (t != time_point::max())
      alarms.insert(t);
  };
  open("long", 0, 60'000);
  ask(at(60'000));
  for (int64_t now = 0; now < 50'000; now += 10) {
    while (!alarms.empty() && *alarms.begin() <= at(now)) {
      auto rang = *alarms.begin();
      alarms.erase(alarms.begin());
      x.expire(at(now));
      ask(x.rearm(rang));
    }
    auto opened = open("short", now, now + 5);
    if (opened.wake)
      ask(at(now + 5));
    x.close(opened.id);
    ASSERT_LE(alarms.size(), 12u) << now;
  }
}

TEST_F(ledger_test, an_empty_ledger_sets_no_alarm_until_it_is_used_again) {
  x.close(open("a", 0, 100).id);
  EXPECT_FALSE(open("b", 0, 150).wake) << "the alarm for 100 still rings";
  EXPECT_EQ(expire(100), strings{});
  auto next = x.rearm(at(100));
  EXPECT_LE(next, at(150));
  expire(150);
  EXPECT_EQ(x.rearm(next), time_point::max()) << "nothing is left";
  EXPECT_TRUE(open("c", 200, 300).wake);
}

TEST_F(ledger_test, an_alarm_that_is_out_is_not_set_again) {
  open("late", 0, 100);
  open("early", 0, 50);
  EXPECT_EQ(expire(50), strings{"early"});
  EXPECT_EQ(x.rearm(at(50)), time_point::max()) << "100 still rings";
  EXPECT_EQ(expire(100), strings{"late"});
}

TEST_F(ledger_test, an_alarm_that_was_set_again_is_out) {
  x.close(open("gone", 0, 100).id);
  open("late", 0, 150);
  EXPECT_EQ(expire(100), strings{});
  EXPECT_LE(x.rearm(at(100)), at(150));
  EXPECT_FALSE(open("later", 100, 200).wake);
}

TEST_F(ledger_test, closing_leaves_the_wake_up_that_was_asked_for) {
  auto id = open("a", 0, 100).id;
  x.close(id);
  EXPECT_TRUE(x.overdue(at(100)));
  EXPECT_EQ(expire(100), strings{});
  EXPECT_EQ(x.next_due(), time_point::max());
  EXPECT_FALSE(x.overdue(at(1'000'000)));
}

// Whoever looks only at `next_due` misses nothing and is never busy for long.
TEST_F(ledger_test, following_next_due_expires_each_entry_in_its_millisecond) {
  std::mt19937 random{7};
  std::multiset<int64_t> deadlines;
  for (int i = 0; i < 500; ++i) {
    auto deadline = static_cast<int64_t>(random() % (1u << (random() % 31)));
    open("x", 0, deadline + 1);
    deadlines.insert(deadline + 1);
  }
  auto looks = 0;
  while (x.next_due() != time_point::max()) {
    auto now = x.next_due();
    for (const auto& e : x.expire(now)) {
      EXPECT_EQ(e.deadline, now);
      deadlines.extract(e.deadline.time_since_epoch() / 1ms);
    }
    ASSERT_GT(x.next_due(), now);
    ++looks;
  }
  EXPECT_TRUE(deadlines.empty());
  EXPECT_LT(looks, 4000);
}

TEST_F(ledger_test, the_ends_of_the_clock_are_deadlines_like_others) {
  payload never = std::make_unique<std::string>("never");
  payload at_once = std::make_unique<std::string>("at once");
  payload last = std::make_unique<std::string>("last");
  EXPECT_FALSE(x.open(never, {}, at(0), time_point::max()).wake);
  x.open(at_once, {}, at(0), time_point::min());
  EXPECT_EQ(x.next_due(), time_point::min());
  EXPECT_EQ(texts(x.expire(at(1))), strings{"at once"});
  EXPECT_GT(x.next_due(), at(1));
  EXPECT_TRUE(x.expire(time_point::min()).empty()) << "back in time";
  // The last whole millisecond.
  auto end = std::chrono::floor<std::chrono::milliseconds>(time_point::max());
  x.open(last, {}, end - 1ms, end);
  EXPECT_EQ(texts(x.expire(end)), strings{"last"});
  EXPECT_EQ(x.next_due(), time_point::max());
  EXPECT_EQ(texts(x.expire(time_point::max())), strings{"never"});
}

TEST_F(ledger_test, deadlines_are_exact_in_the_last_millisecond_of_the_clock) {
  auto end = std::chrono::floor<std::chrono::milliseconds>(time_point::max());
  payload never = std::make_unique<std::string>("never");
  x.open(never, {}, end, time_point::max());
  payload late = std::make_unique<std::string>("late");
  x.open(late, {}, end, time_point::max() - 1ns);
  EXPECT_TRUE(x.expire(end).empty());
  EXPECT_TRUE(x.expire(time_point::max() - 2ns).empty());
  EXPECT_EQ(x.next_due(), time_point::max() - 1ns);
  EXPECT_EQ(texts(x.expire(time_point::max() - 1ns)), strings{"late"});
}

// -- the end ------------------------------------------------------------------

TEST_F(ledger_test, close_all_takes_what_matches_oldest_first) {
  auto first = open("a", 0, 1).id;
  open("b", 0, 50);
  open("keep", 0, 40);
  x.close(first);
  open("c", 0, 30);
  auto taken =
    x.close_all([](const book::entry& e) { return *e.payload != "keep"; });
  EXPECT_EQ(texts(taken), (strings{"b", "c"}));
  EXPECT_EQ(x.size(), 1u);
  EXPECT_EQ(open("d", 0, 60).why, refusal::none);
  EXPECT_EQ(expire(100), (strings{"keep", "d"}));
}

TEST_F(ledger_test, a_shut_ledger_gives_all_back_and_takes_none) {
  auto id = open("a", 0, 10).id;
  open("b", 0, 5);
  auto runs = 0;
  EXPECT_EQ(texts(x.shut([&] { ++runs; })), (strings{"a", "b"}));
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(x.close(id));
  auto p = std::make_unique<std::string>("c");
  EXPECT_EQ(x.open(p, {}, at(0), at(9), [&] { ++runs; }).why, refusal::closed);
  EXPECT_NE(p, nullptr);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(expire(100), strings{});
  EXPECT_TRUE(x.shut([] {}).empty()) << "twice is fine";
}

// -- memory -------------------------------------------------------------------

TEST_F(ledger_test, entries_survive_a_burst_and_the_shrinking_after_it) {
  std::vector<uint64_t> ids;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5000; ++i)
      ids.push_back(open("x", round * 100, round * 100 + 10).id);
    EXPECT_EQ(expire(round * 100 + 10).size(), 5000u);
    EXPECT_EQ(x.size(), 0u);
  }
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
  for (auto id : ids)
    EXPECT_FALSE(x.close(id));
  auto id = open("after", 1000, 1010).id;
  EXPECT_EQ(*x.close(id)->payload, "after");
}

TEST_F(ledger_test, a_payload_is_gone_from_the_ledger_once_it_is_taken) {
  auto shared = std::make_shared<int>(1);
  ledger<std::shared_ptr<int>> y;
  auto copy = shared;
  auto id = y.open(copy, {}, at(0), at(9)).id;
  EXPECT_EQ(shared.use_count(), 2);
  y.close(id);
  EXPECT_EQ(shared.use_count(), 1);
}

} // namespace

} // namespace resilience::test
