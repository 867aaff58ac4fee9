// Nothing on the way of a call waits for the store or for the supervisor. In
// real time: the store of these tests stands still.
#include "support/actors.hpp"
#include "support/temp_dir.hpp"

#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <memory>
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

system_config& initialised(system_config& x) {
  init<caf::id_block::resilience_test>(x);
  return x;
}

supervisor_status status_of(caf::scoped_actor& self, runtime& rt) {
  supervisor_status result;
  compat::request(self, rt.supervisor(), caf::infinite, get_supervisor_status{})
    .receive([&](const supervisor_status& x) { result = x; },
             [](const caf::error&) {});
  return result;
}

// A guarded worker, and a store on a disk that a test may bring to a stand.
struct stalled_store : testing::Test {
  stalled_store() {
    EXPECT_EQ(call(), true);
    flip();
    EXPECT_TRUE(rt->persist());
  }

  ~stalled_store() override {
    caf::anon_send_exit(worker, caf::exit_reason::kill);
  }

  bool call() {
    auto answered = false;
    compat::request(self, guard, caf::infinite, int32_t{1})
      .receive([&](int32_t) { answered = true; }, [](const caf::error&) {});
    return answered;
  }

  void flip() {
    compat::request(self, control, caf::infinite, isolate{})
      .receive([](const circuit_status&) {}, [](const caf::error&) {});
    compat::request(self, control, caf::infinite, reset{})
      .receive([](const circuit_status&) {}, [](const caf::error&) {});
  }

  // Calls, and transitions among them, for a second.
  void expect_that_calls_go_on() {
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
  }

  void expect_that_all_is_written() {
    EXPECT_TRUE(rt->persist());
    auto x = status_of(self, *rt);
    EXPECT_EQ(x.waiting, 0u);
    EXPECT_EQ(x.lost, 0u);
    EXPECT_EQ(x.written, x.events);
  }

  temp_dir dir;
  system_config cfg;
  caf::actor_system sys{initialised(cfg)};
  // Two circuits have room, so that a third sends one to the store.
  std::unique_ptr<runtime> rt = std::make_unique<runtime>(
    sys, runtime_options{.max_circuits = 2,
                         .database = dir.file("circuits.db"),
                         .snapshot_interval = 10ms});
  caf::actor worker = sys.spawn<target>(std::make_shared<target::shared>());
  caf::actor guard = rt->guard(worker, policy{.name = "a"});
  control_actor control = rt->control("a");
  caf::scoped_actor self{sys};
};

TEST_F(stalled_store, calls_and_transitions_go_on) {
  {
    foreign_lock held{dir.file("circuits.db")};
    flip(); // sends the writer into the store, where it waits now
    expect_that_calls_go_on();
    EXPECT_GT(status_of(self, *rt).waiting, 0u);
  }
  expect_that_all_is_written();
}

TEST_F(stalled_store, and_with_it_the_supervisor_holds_up_no_call) {
  // One of them leaves for the store, as soon as its breaker has ended.
  for (auto* name : {"b", "c"})
    while (!rt->try_breaker(policy{.name = name}))
      std::this_thread::yield();
  std::atomic<bool> answered = false;
  {
    foreign_lock held{dir.file("circuits.db")};
    flip();
    // The supervisor asks the store, and waits with it.
    auto asks = [&](caf::event_based_actor* me) {
      compat::request(me, rt->supervisor(), caf::infinite,
                      find_circuit{"nobody"})
        .then([&](const caf::actor&) { answered = true; },
              [&](const caf::error&) { answered = true; });
    };
    sys.spawn(asks);
    expect_that_calls_go_on();
    EXPECT_FALSE(answered) << "the supervisor was not held";
  }
  expect_that_all_is_written();
  EXPECT_TRUE(answered);
}

} // namespace

} // namespace resilience::test
