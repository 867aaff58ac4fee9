// What one subscriber gets: filtered, bounded, one batch at a time.
#include "resilience/actors/event_feed.hpp"
#include "resilience/store/journal.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

transition_event event(const std::string& name, circuit_state to,
                       uint64_t generation) {
  transition_event x;
  x.name = name;
  x.to = to;
  x.generation = generation;
  return x;
}

constexpr uint64_t all = UINT64_MAX - 1;

TEST(event_feed, gives_one_batch_until_it_is_answered) {
  event_feed x{{}};
  EXPECT_FALSE(x.next(all));
  x.offer(event("a", circuit_state::open, 2), 1);
  ASSERT_TRUE(x.next(all));
  x.offer(event("a", circuit_state::half_open, 3), 2);
  EXPECT_FALSE(x.next(all));
  x.answered();
  auto batch = x.next(all);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->events.size(), 1u);
  EXPECT_EQ(batch->events[0].generation, 3u);
}

TEST(event_feed, batches_are_bounded) {
  event_feed x{{}};
  for (uint64_t i = 1; i <= 1'500; ++i)
    x.offer(event("a", circuit_state::open, i), i);
  EXPECT_EQ(x.next(all)->events.size(), 1'024u);
  x.answered();
  EXPECT_EQ(x.next(all)->events.size(), 476u);
}

TEST(event_feed, drops_the_newest_and_says_so) {
  event_feed x{{.capacity = 2}};
  for (uint64_t i = 1; i <= 5; ++i)
    x.offer(event("a", circuit_state::open, i), i);
  auto batch = x.next(all);
  ASSERT_EQ(batch->events.size(), 2u);
  EXPECT_EQ(batch->events[1].generation, 2u);
  EXPECT_EQ(batch->dropped, 3u);
  x.answered();
  EXPECT_FALSE(x.next(all));
  x.count_dropped(7);
  EXPECT_EQ(x.next(all)->dropped, 7u) << "also without an event";
}

TEST(event_feed, holds_events_back_until_they_are_durable) {
  event_feed x{{.durable_only = true}};
  x.offer(event("a", circuit_state::open, 2), 1);
  x.offer(event("a", circuit_state::half_open, 3), 2);
  EXPECT_FALSE(x.next(0));
  EXPECT_EQ(x.next(1)->events.size(), 1u);
  x.answered();
  EXPECT_FALSE(x.next(1));
  EXPECT_EQ(x.next(2)->events.size(), 1u);
}

TEST(event_feed, what_no_journal_has_is_never_durable) {
  event_feed strict{{.durable_only = true}};
  strict.offer(event("a", circuit_state::open, 2), journal::not_in_journal);
  EXPECT_EQ(strict.next(all)->dropped, 1u);
  event_feed x{{}};
  x.offer(event("a", circuit_state::open, 2), journal::not_in_journal);
  x.change({.durable_only = true});
  auto batch = x.next(all);
  EXPECT_TRUE(batch->events.empty());
  EXPECT_EQ(batch->dropped, 1u);
}

TEST(event_feed, a_change_keeps_what_fits) {
  event_feed x{{}};
  for (uint64_t i = 1; i <= 4; ++i)
    x.offer(event("a", circuit_state::open, i), i);
  x.change({.filter = {.names = {"b"}}, .capacity = 3});
  x.offer(event("a", circuit_state::open, 9), 9);
  auto batch = x.next(all);
  EXPECT_EQ(batch->events.size(), 3u);
  EXPECT_EQ(batch->dropped, 1u);
}

TEST(event_feed, filters_by_state) {
  event_feed x{
    {.filter = {.to = into(circuit_state::open, circuit_state::isolated)}}};
  x.offer(event("a", circuit_state::closed, 1), 1);
  x.offer(event("a", circuit_state::isolated, 2), 2);
  x.offer(event("a", circuit_state::disabled, 3), 3);
  x.offer(event("a", circuit_state::open, 4), 4);
  EXPECT_EQ(x.next(all)->events.size(), 2u);
}

// -- health -------------------------------------------------------------------

health_changed change(const std::string& name, health_status to) {
  health_changed x;
  x.name = name;
  x.to = to;
  return x;
}

TEST(event_feed, tells_of_health_only_who_asks_for_it) {
  event_feed x{{}};
  x.offer(change("db", health_status::unhealthy));
  EXPECT_FALSE(x.next(all));
  event_feed y{{.filter = {.transitions = false, .health = true}}};
  y.offer(change("db", health_status::unhealthy));
  y.offer(event("db", circuit_state::open, 2), 1);
  auto batch = y.next(all);
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->events.empty());
  ASSERT_EQ(batch->health.size(), 1u);
  EXPECT_EQ(batch->health[0].to, health_status::unhealthy);
  EXPECT_EQ(batch->dropped, 0u);
}

TEST(event_feed, tells_of_the_health_of_what_is_named) {
  event_feed x{{.filter = {.names = {"db"}, .health = true}}};
  x.offer(change("cache", health_status::unhealthy));
  x.offer(change("db", health_status::degraded));
  x.offer(event("db", circuit_state::open, 2), 1);
  auto batch = x.next(all);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events.size(), 1u);
  ASSERT_EQ(batch->health.size(), 1u);
  EXPECT_EQ(batch->health[0].name, "db");
}

TEST(event_feed, health_does_not_wait_for_transitions_to_be_durable) {
  event_feed x{{.filter = {.health = true}, .durable_only = true}};
  x.offer(event("a", circuit_state::open, 2), 1);
  x.offer(change("db", health_status::unhealthy));
  auto batch = x.next(0);
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->events.empty());
  EXPECT_EQ(batch->health.size(), 1u);
  x.answered();
  EXPECT_EQ(x.next(1)->events.size(), 1u);
}

TEST(event_feed, one_bound_holds_for_both_kinds) {
  event_feed x{{.filter = {.health = true}, .capacity = 2}};
  x.offer(event("a", circuit_state::open, 2), 1);
  x.offer(change("db", health_status::unhealthy));
  x.offer(change("db", health_status::healthy));
  x.offer(event("a", circuit_state::half_open, 3), 2);
  x.change({.filter = {.health = true}, .capacity = 1});
  auto batch = x.next(all);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events.size(), 1u);
  EXPECT_TRUE(batch->health.empty());
  EXPECT_EQ(batch->dropped, 3u);
}

TEST(event_feed, batches_of_health_are_bounded) {
  event_feed x{{.filter = {.health = true}}};
  for (int i = 0; i < 1'500; ++i)
    x.offer(change("db", health_status::unhealthy));
  EXPECT_EQ(x.next(all)->health.size(), 1'024u);
  x.answered();
  EXPECT_EQ(x.next(all)->health.size(), 476u);
}

} // namespace

} // namespace resilience::test
