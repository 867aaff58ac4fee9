// What tests of health checkers start from: a runtime on a virtual clock, a
// dependency that says what a test wants, and jobs that end when a test wants.
#pragma once

#include "support/guard_fixture.hpp"

#include <caf/exit_reason.hpp>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace resilience::test {

/// Answers `get_health` as told.
class dependency : public compat::actor_base {
public:
  struct shared {
    health_report says = health_report::healthy("fine");
    /// Keeps the next requests instead.
    bool silent = false;
    int asked = 0;
  };

  dependency(caf::actor_config& cfg, std::shared_ptr<shared> state)
    : compat::actor_base(cfg), state_(std::move(state)) {}

  void on_exit() override {
    kept_.clear();
  }

  caf::behavior make_behavior() override {
    return {
      [this](get_health) -> caf::result<health_report> {
        ++state_->asked;
        if (!state_->silent)
          return state_->says;
        kept_.push_back(make_response_promise());
        return caf::delegated<health_report>{};
      },
      [this](answer_all) {
        for (auto& x : std::exchange(kept_, {}))
          x.deliver(state_->says);
      },
    };
  }

private:
  std::shared_ptr<shared> state_;
  std::vector<caf::response_promise> kept_;
};

/// Keeps jobs until a test runs them, on the test's own thread.
struct job_queue {
  std::deque<std::function<void()>> jobs;
  int launched = 0;

  void run_one() {
    ASSERT_FALSE(jobs.empty());
    auto job = std::move(jobs.front());
    jobs.pop_front();
    job();
  }
};

class health_fixture : public guard_fixture {
public:
  using log = std::vector<health_report>;

  static constexpr health_check_config every_10s{};

  health_fixture() {
    db = env.sys.spawn<dependency>(db_state);
    env.run();
  }

  ~health_fixture() override {
    caf::anon_send_exit(db, caf::exit_reason::kill);
    env.run();
  }

  /// A checker of `db` that logs into `seen`.
  health_actor checker(const health_check_config& cfg = {},
                       health_options x = {}, std::string name = "db") {
    return checker_of(probe::actor(db), cfg, std::move(x), std::move(name));
  }

  health_actor checker_of(probe what, const health_check_config& cfg = {},
                          health_options x = {}, std::string name = "db") {
    if (!x.observer)
      x.observer = [to = seen](const health_report& r) { to->push_back(r); };
    auto result = rt.health_checker(name, std::move(what), cfg, std::move(x));
    env.run();
    return result;
  }

  /// A probe whose function waits in `queue`.
  probe queued(std::function<health_report()> f) {
    return probe::function(std::move(f),
                           [q = queue](std::function<void()> job) {
                             ++q->launched;
                             q->jobs.push_back(std::move(job));
                           });
  }

  template <class Message>
  std::shared_ptr<health_report> tell(const health_actor& to, Message msg,
                                      reply_ptr* raw = nullptr) {
    return tell_as(user, to, msg, raw);
  }

  template <class Message>
  std::shared_ptr<health_report> tell_as(client& who, const health_actor& to,
                                         Message msg,
                                         reply_ptr* raw = nullptr) {
    auto value = std::make_shared<health_report>();
    auto r = who.ask_for<health_report>(
      [value](reply&, const health_report& x) { *value = x; }, to, msg);
    if (raw)
      *raw = r;
    env.run();
    return value;
  }

  health_report health(const health_actor& x) {
    return *tell(x, get_health{});
  }

  health_status status_of(const health_actor& x) {
    return health(x).status;
  }

  void kill(const health_actor& x) {
    caf::anon_send_exit(caf::actor_cast<caf::actor>(x), caf::exit_reason::kill);
    env.run();
  }

  std::shared_ptr<dependency::shared> db_state =
    std::make_shared<dependency::shared>();
  caf::actor db;
  std::shared_ptr<log> seen = std::make_shared<log>();
  std::shared_ptr<job_queue> queue = std::make_shared<job_queue>();
};

} // namespace resilience::test
