// Who is told of an actor's end, and what stays of those who no longer want
// to know.
#include "resilience/actors/end_watch.hpp"

#include "support/guard_fixture.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace resilience::test {

namespace {

/// Counts the ends it is told of.
class mourner : public compat::actor_base {
public:
  mourner(caf::actor_config& cfg, std::shared_ptr<int> count)
    : compat::actor_base(cfg), count_(std::move(count)) {}

  caf::behavior make_behavior() override {
    return {[this](const actor_ended& x) {
      EXPECT_TRUE(compat::failed(x.reason));
      ++*count_;
    }};
  }

private:
  std::shared_ptr<int> count_;
};

caf::strong_actor_ptr pointer(const caf::actor& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x);
}

} // namespace

class end_watch_of_actors : public guard_fixture {
public:
  std::shared_ptr<end_watch> uut = std::make_shared<end_watch>();
  std::shared_ptr<int> told_of = std::make_shared<int>(0);

  void kill(const caf::actor& x) {
    caf::anon_send_exit(x, caf::exit_reason::kill);
    env.run();
  }
};

TEST_F(end_watch_of_actors, tells_each_watcher_once) {
  auto a = env.sys.spawn<mourner>(told_of);
  auto b = env.sys.spawn<mourner>(told_of);
  uut->add(pointer(worker), pointer(a));
  uut->add(pointer(worker), pointer(a));
  uut->add(pointer(worker), pointer(b));
  EXPECT_EQ(uut->size(), 3u);
  kill(worker);
  EXPECT_EQ(*told_of, 2);
  EXPECT_EQ(uut->size(), 0u);
}

TEST_F(end_watch_of_actors, tells_of_an_actor_that_has_ended_before) {
  auto a = env.sys.spawn<mourner>(told_of);
  kill(worker);
  uut->add(pointer(worker), pointer(a));
  env.run();
  EXPECT_EQ(*told_of, 1);
  EXPECT_EQ(uut->size(), 0u);
}

TEST_F(end_watch_of_actors, tells_nobody_who_left) {
  auto a = env.sys.spawn<mourner>(told_of);
  uut->add(pointer(worker), pointer(a));
  uut->remove(pointer(worker).get(), pointer(a).get());
  uut->remove(pointer(worker).get(), pointer(a).get());
  EXPECT_EQ(uut->size(), 1u);
  kill(worker);
  EXPECT_EQ(*told_of, 0);
  EXPECT_EQ(uut->size(), 0u);
}

TEST_F(end_watch_of_actors, keeps_one_entry_for_whatever_came_and_went) {
  for (int i = 0; i < 100; ++i) {
    auto a = env.sys.spawn<mourner>(told_of);
    uut->add(pointer(worker), pointer(a));
    uut->remove(pointer(worker).get(), pointer(a).get());
    kill(a);
  }
  EXPECT_EQ(uut->size(), 1u);
}

TEST_F(end_watch_of_actors, may_go_before_what_it_watches) {
  auto a = env.sys.spawn<mourner>(told_of);
  uut->add(pointer(worker), pointer(a));
  uut.reset();
  kill(worker);
  EXPECT_EQ(*told_of, 0);
}

TEST_F(end_watch_of_actors, takes_watchers_from_many_threads) {
  std::vector<caf::actor> watchers;
  for (int i = 0; i < 200; ++i)
    watchers.push_back(env.sys.spawn<mourner>(told_of));
  auto add = [&](size_t begin) {
    for (auto i = begin; i < watchers.size(); i += 2) {
      uut->add(pointer(worker), pointer(watchers[i]));
      if (i % 4 < 2)
        uut->remove(pointer(worker).get(), pointer(watchers[i]).get());
    }
  };
  std::thread other{add, 0};
  add(1);
  other.join();
  kill(worker);
  EXPECT_EQ(*told_of, 100);
}

} // namespace resilience::test
