// Functions on threads of their own; also run under ThreadSanitizer.
#include "resilience/probes/probe_thread.hpp"

#include "support/gate.hpp"
#include "support/thread_calls.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace resilience::test {

namespace {

/// Results in the order of their coming.
class results {
public:
  void put(uint64_t run, health_report x) {
    std::lock_guard<std::mutex> guard{mutex_};
    all_.emplace_back(run, std::move(x));
    changed_.notify_all();
  }

  auto wait_for(size_t n) {
    std::unique_lock<std::mutex> guard{mutex_};
    changed_.wait_for(guard, patience, [&] { return all_.size() >= n; });
    return all_;
  }

  size_t size() {
    std::lock_guard<std::mutex> guard{mutex_};
    return all_.size();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<uint64_t, health_report>> all_;
};

class probe_threads : public testing::Test {
public:
  std::unique_ptr<probe_thread> make(probe_thread::check f) {
    return std::make_unique<probe_thread>(
      std::move(f), [to = got](uint64_t run, health_report x) {
        to->put(run, std::move(x));
      });
  }

  std::shared_ptr<results> got = std::make_shared<results>();
  std::shared_ptr<gate> door = std::make_shared<gate>();
};

} // namespace

TEST_F(probe_threads, tell_what_the_function_found) {
  auto x = make([] { return health_report::degraded("slow"); });
  EXPECT_TRUE(x->start(7));
  auto all = got->wait_for(1);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].first, 7u);
  EXPECT_EQ(all[0].second, health_report::degraded("slow"));
}

TEST_F(probe_threads, run_one_at_a_time) {
  auto x = make([door = door] {
    door->pass();
    return health_report::healthy();
  });
  EXPECT_TRUE(x->start(1));
  ASSERT_TRUE(door->wait_for_inside(1));
  EXPECT_TRUE(x->busy());
  EXPECT_FALSE(x->start(2));
  door->open();
  got->wait_for(1);
  EXPECT_FALSE(x->busy());
  EXPECT_TRUE(x->start(3));
  auto all = got->wait_for(2);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].first, 3u);
}

TEST_F(probe_threads, are_not_waited_for) {
  auto captured = std::make_shared<int>(0);
  std::weak_ptr<int> alive = captured;
  auto x = make([door = door, y = std::move(captured)] {
    door->pass();
    return health_report::healthy();
  });
  x->start(1);
  ASSERT_TRUE(door->wait_for_inside(1));
  x.reset();
  EXPECT_FALSE(alive.expired());
  door->open();
  ASSERT_TRUE(door->wait_for_inside(0));
  while (!alive.expired())
    std::this_thread::yield();
  EXPECT_EQ(got->size(), 0u); // nobody wants to know
}

TEST_F(probe_threads, that_cannot_be_had_are_unhealthy) {
  NEEDS_THREAD_CALLS();
  auto x = make([] { return health_report::healthy(); });
  {
    no_more_threads refused;
    EXPECT_TRUE(x->start(1));
  }
  auto all = got->wait_for(1);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].second.status, health_status::unhealthy);
  EXPECT_TRUE(all[0].second.message.starts_with("no thread: "));
  EXPECT_TRUE(x->start(2));
  EXPECT_EQ(got->wait_for(2).size(), 2u);
}

// Seen as a crash: support/thread_calls.hpp.
TEST_F(probe_threads, let_themselves_go) {
  NEEDS_THREAD_CALLS();
  auto x = make([] { return health_report::healthy(); });
  x->start(1);
  EXPECT_EQ(got->wait_for(1).size(), 1u);
  EXPECT_EQ(detached_by_others, 0);
}

TEST_F(probe_threads, many_threads_start_and_one_ends) {
  std::atomic<int> started{0};
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  for (int round = 0; round < 100; ++round) {
    auto x = make([&] {
      most = std::max(most.load(), ++running);
      --running;
      return health_report::healthy();
    });
    auto start = [&] {
      for (uint64_t i = 0; i < 10; ++i)
        started += x->start(i) ? 1 : 0;
    };
    run_together({start, start, start});
    got->wait_for(static_cast<size_t>(started.load()));
    EXPECT_FALSE(x->busy());
  }
  EXPECT_EQ(got->size(), static_cast<size_t>(started.load()));
  EXPECT_GE(started.load(), 100);
  EXPECT_EQ(most.load(), 1);
}

TEST_F(probe_threads, an_end_in_the_middle_of_a_check) {
  for (int round = 0; round < 200; ++round) {
    auto x = make([] { return health_report::healthy(); });
    x->start(1);
    x.reset();
  }
  EXPECT_LE(got->size(), 200u);
}

TEST_F(probe_threads, exceptions_are_unhealthy) {
  EXPECT_EQ(run_check([]() -> health_report {
              throw std::runtime_error("refused");
            }).message,
            "exception: refused");
  EXPECT_EQ(run_check([]() -> health_report { throw 1; }).status,
            health_status::unhealthy);
  EXPECT_EQ(run_check({}).status, health_status::unhealthy);
  struct speechless : std::exception {
    const char* what() const noexcept override {
      return nullptr;
    }
  };
  EXPECT_EQ(run_check([]() -> health_report { throw speechless{}; }).message,
            "exception: ");
}

TEST_F(probe_threads, a_launcher_that_fails_is_told_and_tried_again) {
  auto attempts = 0;
  probe_thread x{
    [] { return health_report::healthy(); },
    [to = got](uint64_t run, health_report r) { to->put(run, std::move(r)); },
    [&](std::function<void()>) {
      ++attempts;
      throw std::runtime_error("no more");
    }};
  EXPECT_TRUE(x.start(1));
  EXPECT_FALSE(x.busy());
  EXPECT_TRUE(x.start(2));
  EXPECT_EQ(got->wait_for(2)[1].second.message, "no thread: no more");
  EXPECT_EQ(attempts, 2);
}

// Who is told belongs to what ends after the owner: an actor system, say.
TEST_F(probe_threads, nobody_is_told_after_the_end_of_the_owner) {
  for (int i = 0; i < 200; ++i) {
    std::atomic<bool> telling{false};
    std::atomic<bool> told{false};
    auto x =
      std::make_unique<probe_thread>([] { return health_report::healthy(); },
                                     [&](uint64_t, health_report) {
                                       telling = true;
                                       for (int n = 0; n < 100; ++n)
                                         std::this_thread::yield();
                                       told = true;
                                     });
    ASSERT_TRUE(x->start(1));
    while (!telling)
      std::this_thread::yield();
    x.reset();
    ASSERT_TRUE(told) << "in round " << i;
  }
}

TEST_F(probe_threads, may_end_while_they_tell) {
  struct owner {
    std::mutex mutex;
    std::unique_ptr<probe_thread> x;
  };
  auto own = std::make_shared<owner>();
  std::weak_ptr<owner> weak = own;
  {
    std::lock_guard<std::mutex> guard{own->mutex};
    own->x = std::make_unique<probe_thread>(
      [] { return health_report::healthy(); },
      [weak, to = got](uint64_t run, health_report result) {
        auto self = weak.lock();
        std::lock_guard<std::mutex> inside{self->mutex};
        self->x.reset();
        to->put(run, std::move(result));
      });
    ASSERT_TRUE(own->x->start(1));
  }
  EXPECT_EQ(got->wait_for(1).size(), 1u);
}

} // namespace resilience::test
