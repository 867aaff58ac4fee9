// Restarts on real threads and in real time: everybody is answered once.
#include "support/actors.hpp"

#include <caf/exit_reason.hpp>

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

constexpr int many = 100'000;

/// Sends so many requests, few at a time, and counts the answers.
class persistent : public compat::actor_base {
public:
  persistent(caf::actor_config& cfg, caf::actor to,
             std::shared_ptr<std::promise<int>> on_done)
    : compat::actor_base(cfg), to_(std::move(to)), done_(std::move(on_done)) {}

  caf::behavior make_behavior() override {
    for (int i = 0; i < 100; ++i)
      ask();
    return {[](act) {}};
  }

  void on_exit() override {
    to_ = nullptr;
  }

private:
  void ask() {
    if (asked_++ >= many)
      return;
    auto self = this;
    compat::request(self, to_, caf::infinite, int32_t{1})
      .then([this](int32_t) { answered(1); },
            [this](caf::error&) { answered(0); });
  }

  void answered(int good) {
    good_ += good;
    if (++answers_ == many) {
      done_->set_value(good_);
      quit();
    }
    ask();
  }

  caf::actor to_;
  std::shared_ptr<std::promise<int>> done_;
  int asked_ = 0;
  int answers_ = 0;
  int good_ = 0;
};

class restart_load : public testing::Test {
public:
  restart_load() {
    resilience::init<caf::id_block::resilience_test>(cfg);
    sys = std::make_unique<caf::actor_system>(cfg);
    rt = std::make_unique<runtime>(*sys);
  }

  static restart_config eager() {
    restart_config x;
    x.max_restarts = 1'000;
    x.backoff = {.initial_delay = 1ms, .max_delay = 1ms};
    return x;
  }

  respawn_function maker() {
    return [this](caf::actor_system& s) {
      auto x = s.spawn<target>(told);
      std::lock_guard<std::mutex> guard{mutex};
      return latest = x;
    };
  }

  /// Kills the target again and again until `done`.
  int good_answers(const caf::actor& g) {
    auto done = std::make_shared<std::promise<int>>();
    auto result = done->get_future();
    sys->spawn<persistent>(g, done);
    int kills = 0;
    while (result.wait_for(2ms) != std::future_status::ready && kills++ < 400) {
      std::lock_guard<std::mutex> guard{mutex};
      caf::anon_send_exit(latest, caf::exit_reason::kill);
    }
    if (result.wait_for(60s) != std::future_status::ready) {
      ADD_FAILURE() << "somebody waits for ever";
      return 0;
    }
    return result.get();
  }

  caf::actor_system_config cfg;
  std::unique_ptr<caf::actor_system> sys;
  std::unique_ptr<runtime> rt;
  std::shared_ptr<target::shared> told = std::make_shared<target::shared>();
  std::mutex mutex;
  caf::actor latest;

  ~restart_load() override {
    rt.reset();
    caf::anon_send_exit(latest, caf::exit_reason::kill);
    latest = nullptr;
  }
};

TEST_F(restart_load, a_guard_restarts_its_target_under_load) {
  hooks x;
  x.respawn = maker();
  policy p;
  p.breaker->failure_threshold = 1'000'000;
  p.restart = eager();
  auto g = rt->guard(maker()(*sys), p, x);
  EXPECT_GT(good_answers(g), 0);
}

TEST_F(restart_load, a_team_restarts_its_child_under_load) {
  team_options o;
  o.restart = eager();
  auto t = rt->team("t", {{"a", maker()}}, o);
  EXPECT_GT(good_answers(t.child("a")), 0);
}

TEST_F(restart_load, a_runtime_ends_while_targets_are_made) {
  for (int i = 0; i < 20; ++i) {
    auto other = std::make_unique<runtime>(*sys);
    // Uses the runtime: it must be there for as long as this runs.
    auto make = [where = other.get(), this](caf::actor_system& s) {
      auto inner = where->guard(s.spawn<target>(told));
      caf::anon_send_exit(inner, caf::exit_reason::kill);
      return inner;
    };
    hooks x;
    x.respawn = make;
    policy p;
    p.restart = eager();
    auto g = other->guard(make(*sys), p, x);
    team_options o;
    o.restart = eager();
    auto t = other->team("t", {{"a", make}}, o);
    // The end comes at another moment of the restarts each time.
    for (int n = 0; n < 500 * i; ++n)
      std::this_thread::yield();
    other.reset();
  }
}

} // namespace

} // namespace resilience::test
