// Nothing on the way of a call waits for the store or for the supervisor. In
// real time: the store of these tests stands still.
#include "resilience/actors/event_log.hpp"

#include "support/actors.hpp"
#include "support/temp_dir.hpp"

#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <thread>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

/// Another program that has locked the database.
class foreign_lock {
public:
  explicit foreign_lock(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK);
    // The writer may be at it just now.
    sqlite3_busy_timeout(db_, 20'000);
    EXPECT_EQ(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
              SQLITE_OK);
  }

  foreign_lock(const foreign_lock&) = delete;
  foreign_lock& operator=(const foreign_lock&) = delete;

  ~foreign_lock() {
    sqlite3_close(db_);
  }

private:
  sqlite3* db_ = nullptr;
};

supervisor_status status_of(caf::scoped_actor& self, runtime& rt) {
  supervisor_status result;
  compat::request(self, rt.supervisor(), caf::infinite, get_supervisor_status{})
    .receive([&](const supervisor_status& x) { result = x; },
             [](const caf::error&) {});
  return result;
}

TEST(stalled_store, calls_and_transitions_go_on) {
  system_config cfg;
  init<caf::id_block::resilience_test>(cfg);
  caf::actor_system sys{cfg};
  temp_dir dir;
  {
    runtime rt{
      sys, {.database = dir.file("circuits.db"), .snapshot_interval = 10ms}};
    auto told = std::make_shared<target::shared>();
    auto worker = sys.spawn<target>(told);
    auto guard = rt.guard(worker, policy{.name = "a"});
    auto control = rt.control("a");
    caf::scoped_actor self{sys};
    auto call = [&] {
      auto answered = false;
      compat::request(self, guard, caf::infinite, int32_t{1})
        .receive([&](int32_t) { answered = true; }, [](const caf::error&) {});
      return answered;
    };
    auto flip = [&] {
      compat::request(self, control, caf::infinite, isolate{})
        .receive([](const circuit_status&) {}, [](const caf::error&) {});
      compat::request(self, control, caf::infinite, reset{})
        .receive([](const circuit_status&) {}, [](const caf::error&) {});
    };
    flip();
    EXPECT_TRUE(rt.persist());
    {
      foreign_lock held{dir.file("circuits.db")};
      flip(); // sends the writer into the store, where it waits now
      auto began = clock::now();
      auto longest = duration::zero();
      int calls = 0;
      while (clock::now() - began < 1s) {
        auto before = clock::now();
        EXPECT_TRUE(call());
        longest = std::max(longest, clock::now() - before);
        if (++calls % 10 == 0)
          flip();
      }
      // A call that waited would wait for all of the second.
      EXPECT_GT(calls, 100);
      EXPECT_LT(longest, 900ms);
      EXPECT_GT(status_of(self, rt).waiting, 0u);
    }
    EXPECT_TRUE(rt.persist());
    auto x = status_of(self, rt);
    EXPECT_EQ(x.waiting, 0u);
    EXPECT_EQ(x.lost, 0u);
    EXPECT_EQ(x.written, x.events);
    caf::anon_send_exit(worker, caf::exit_reason::kill);
  }
}

TEST(stalled_supervisor, costs_memory_up_to_a_bound_and_nobody_time) {
  event_log log{1'000};
  for (int i = 0; i < 5'000; ++i)
    log.push({});
  uint64_t kept = 0;
  uint64_t dropped = 0;
  log.take([&](event_log::harvest x) {
    kept = x.entries.size();
    dropped = x.dropped;
  });
  EXPECT_EQ(kept, 1'000u);
  EXPECT_EQ(dropped, 4'000u);
  log.push({});
  log.take([&](event_log::harvest x) {
    EXPECT_EQ(x.entries.size(), 1u);
    EXPECT_EQ(x.dropped, 0u) << "told once";
  });
}

TEST(stalled_supervisor, whoever_takes_holds_up_nobody_who_pushes) {
  event_log log;
  log.push({});
  log.take([&](const event_log::harvest&) {
    // The taker is at it: another thread pushes all the same.
    std::thread other{[&] { log.push({}); }};
    other.join();
  });
  log.take(
    [](const event_log::harvest& x) { EXPECT_EQ(x.entries.size(), 1u); });
}

} // namespace

} // namespace resilience::test
