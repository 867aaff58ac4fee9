// Nothing on the way of a call waits for the store or for the supervisor. In
// real time: the store of these tests stands still.
#include "support/actors.hpp"
#include "support/foreign_program.hpp"
#include "support/temp_dir.hpp"

#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

/// Has locked the database.
struct foreign_lock : foreign_program {
  explicit foreign_lock(const std::string& path) : foreign_program(path) {
    run("BEGIN IMMEDIATE");
  }
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

  errc persist() {
    auto result = errc::none;
    compat::request(self, rt->supervisor(), caf::infinite, persist_now{})
      .receive([](const supervisor_status&) {},
               [&](const caf::error& e) { result = code_of(e); });
    return result;
  }

  // Two others come; "b" leaves, as soon as its breaker has ended.
  void send_one_to_the_store() {
    for (const auto* name : {"b", "c"})
      while (!rt->try_breaker(policy{.name = name}))
        std::this_thread::yield();
  }

  // Has the supervisor look for a circuit that nothing in memory knows.
  void ask_for_nobody(std::atomic<int>& answers) {
    auto asks = [&](caf::event_based_actor* me) {
      compat::request(me, rt->supervisor(), caf::infinite,
                      find_circuit{"nobody"})
        .then([&](const caf::actor&) { ++answers; },
              [&](const caf::error&) { ++answers; });
    };
    sys.spawn(asks);
  }

  void by_hand(const char* sql) {
    foreign_program{dir.file("circuits.db")}.run(sql);
  }

  // Two circuits have room, so that a third sends one to the store.
  std::unique_ptr<runtime> start() {
    return std::make_unique<runtime>(
      sys, runtime_options{.max_circuits = 2,
                           .database = dir.file("circuits.db"),
                           .snapshot_interval = 10ms});
  }

  temp_dir dir;
  system_config cfg;
  caf::actor_system sys{initialised(cfg)};
  std::unique_ptr<runtime> rt = start();
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
  send_one_to_the_store();
  std::atomic<int> answers = 0;
  {
    foreign_lock held{dir.file("circuits.db")};
    // The supervisor asks the store, and waits with the writer, once that is in
    // there: before, and when the writer pauses, it gets its answer.
    for (auto asked = 1; answers < asked; ++asked) {
      flip();
      ask_for_nobody(answers);
      auto began = clock::now();
      auto calls = 0;
      while (answers < asked && clock::now() - began < 1s)
        calls += call() ? 1 : 0;
      if (answers < asked) {
        EXPECT_GT(calls, 100) << "in the second of the supervisor's stand";
        break;
      }
    }
    flip();
    EXPECT_TRUE(call());
  }
  expect_that_all_is_written();
}

TEST_F(stalled_store, what_is_not_durable_is_not_said_to_be) {
  by_hand("CREATE TRIGGER no BEFORE INSERT ON history "
          "BEGIN SELECT RAISE(FAIL, 'not today'); END");
  flip();
  EXPECT_EQ(persist(), errc::store_failed);
  EXPECT_FALSE(rt->persist());
  auto x = status_of(self, *rt);
  EXPECT_NE(x.store_fault.find("not today"), std::string::npos)
    << x.store_fault;
  EXPECT_GT(x.waiting, 0u);
  EXPECT_EQ(rt->health().status, health_status::degraded);
  by_hand("DROP TRIGGER no");
  EXPECT_EQ(persist(), errc::none);
  expect_that_all_is_written();
  EXPECT_EQ(rt->health().status, health_status::healthy);
}

TEST_F(stalled_store, a_circuit_whose_past_cannot_be_read_has_a_future) {
  send_one_to_the_store(); // b
  EXPECT_TRUE(rt->persist());
  by_hand("ALTER TABLE circuits RENAME TO gone");
  auto nobody = rt->try_control("nobody");
  ASSERT_FALSE(nobody) << "is not made by asking for it";
  EXPECT_EQ(code_of(nobody.error()), errc::store_failed);
  auto b = rt->try_breaker(policy{.name = "b"});
  ASSERT_TRUE(b) << "calls go on";
  by_hand("ALTER TABLE gone RENAME TO circuits");
  compat::request(self, *b, caf::infinite, isolate{})
    .receive([](const circuit_status&) {}, [](const caf::error&) {});
  expect_that_all_is_written();
  rt.reset();
  rt = start();
  EXPECT_EQ(rt->status_of("b").state, circuit_state::isolated);
}

} // namespace

} // namespace resilience::test
