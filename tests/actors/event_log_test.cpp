// Transitions between circuits, journal and supervisor: bounded, never waiting,
// and whoever makes them durable takes none from the supervisor.
#include "resilience/actors/event_log.hpp"
#include "resilience/actors/supervisor_messages.hpp"
#include "resilience/store/memory_store.hpp"
#include "resilience/testing/environment.hpp"

#include "support/actors.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace resilience::test {

namespace {

journal_entry entry(uint64_t generation) {
  journal_entry result;
  result.event.name = std::string{"a"};
  result.event.generation = generation;
  return result;
}

struct event_log_test : testing::Test {
  environment env;
  journal memory{std::make_unique<memory_store>()};
  // Takes when it is told to, as the supervisor.
  caf::actor reader =
    env.sys.spawn([]() -> caf::behavior { return {[](events_waiting) {}}; });
};

TEST_F(event_log_test, costs_memory_up_to_a_bound) {
  event_log log{1'000};
  log.send_to(reader);
  for (uint64_t i = 0; i < 5'000; ++i)
    log.push(entry(i));
  auto x = log.take(memory);
  EXPECT_EQ(x.events.size(), 1'000u);
  EXPECT_EQ(x.dropped, 4'000u);
  EXPECT_EQ(log.refused(), 4'000u);
  log.push(entry(5'000));
  x = log.take(memory);
  EXPECT_EQ(x.events.size(), 1u);
  EXPECT_EQ(x.dropped, 0u) << "told once";
}

TEST_F(event_log_test, what_others_settled_is_the_readers_in_order) {
  event_log log;
  log.send_to(reader);
  for (uint64_t i = 0; i < 3; ++i) {
    log.push(entry(i));
    log.settle(memory);
  }
  log.push(entry(3));
  EXPECT_EQ(memory.status().waiting, 3u);
  auto x = log.take(memory);
  ASSERT_EQ(x.events.size(), 4u);
  for (uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(x.events[i].event.generation, i);
    EXPECT_EQ(x.events[i].number, i + 1) << "in the journal";
  }
  EXPECT_TRUE(log.take(memory).events.empty());
}

TEST_F(event_log_test, what_nobody_reads_is_bounded_and_in_the_journal) {
  event_log log{10};
  log.send_to(reader);
  for (uint64_t i = 0; i < 25; ++i) {
    log.push(entry(i));
    log.settle(memory);
  }
  EXPECT_EQ(memory.status().waiting, 25u);
  auto x = log.take(memory);
  EXPECT_EQ(x.events.size(), 10u);
  EXPECT_EQ(x.dropped, 15u);
}

TEST_F(event_log_test, without_a_reader_goes_to_the_journal_alone) {
  event_log log;
  log.send_to(reader);
  log.push(entry(0));
  log.settle(memory);
  log.send_to(nullptr);
  log.push(entry(1));
  log.settle(memory);
  EXPECT_EQ(memory.status().waiting, 2u);
  log.send_to(reader);
  EXPECT_TRUE(log.take(memory).events.empty());
}

TEST_F(event_log_test, changes_of_health_are_the_readers_and_bounded) {
  event_log log{2};
  log.push(health_changed{.name = "before"});
  log.send_to(reader);
  for (const auto* name : {"a", "b", "c"})
    log.push(health_changed{.name = name});
  log.push(entry(0));
  auto x = log.take(memory);
  ASSERT_EQ(x.health.size(), 2u);
  EXPECT_EQ(x.health[0].name, "a");
  EXPECT_EQ(x.dropped, 1u);
  EXPECT_EQ(x.events.size(), 1u);
  EXPECT_EQ(memory.status().waiting, 1u);
}

TEST_F(event_log_test, an_event_without_room_in_the_journal_has_no_number) {
  journal small{std::make_unique<memory_store>(), 2};
  event_log log;
  log.send_to(reader);
  for (uint64_t i = 0; i < 3; ++i)
    log.push(entry(i));
  auto x = log.take(small);
  ASSERT_EQ(x.events.size(), 3u);
  EXPECT_EQ(x.events[0].number, 1u);
  EXPECT_EQ(x.events[1].number, 2u);
  EXPECT_EQ(x.events[2].number, journal::not_in_journal);
}

TEST_F(event_log_test, threads_that_settle_keep_the_order) {
  constexpr uint64_t n = 20'000;
  journal large{std::make_unique<memory_store>(), n};
  event_log log{n};
  log.send_to(reader);
  std::atomic<bool> done = false;
  std::thread settles{[&] {
    while (!done)
      log.settle(large);
  }};
  std::vector<event_log::settled_event> got;
  auto take = [&] {
    auto x = log.take(large);
    EXPECT_EQ(x.dropped, 0u);
    got.insert(got.end(), x.events.begin(), x.events.end());
  };
  for (uint64_t i = 0; i < n; ++i) {
    log.push(entry(i));
    if (i % 7 == 0)
      take();
  }
  done = true;
  settles.join();
  take();
  ASSERT_EQ(got.size(), n);
  for (uint64_t i = 0; i < n; ++i) {
    ASSERT_EQ(got[i].event.generation, i);
    ASSERT_EQ(got[i].number, i + 1);
  }
}

} // namespace

} // namespace resilience::test
