// What tests of teams start from: children that note what happens to them.
#pragma once

#include "support/guard_fixture.hpp"

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace resilience::test {

using kind = caf::exit_reason;
using names = std::vector<std::string>;

/// Notes its end; told so, takes no exit message but a kill.
class child : public compat::actor_base {
public:
  struct shared {
    names log;
    bool stubborn = false;
  };

  child(caf::actor_config& cfg, std::string name, std::shared_ptr<shared> log)
    : compat::actor_base(cfg), name_(std::move(name)), log_(std::move(log)) {}

  caf::behavior make_behavior() override {
    caf::message_handler handlers{[](int32_t x) { return x + 1; }};
    return handlers.or_else(trap_exit([this](const caf::exit_msg& x) {
      log_->log.push_back("told " + name_);
      if (!log_->stubborn)
        quit(x.reason);
    }));
  }

  void on_exit() override {
    log_->log.push_back("-" + name_);
  }

private:
  std::string name_;
  std::shared_ptr<shared> log_;
};

class team_of : public guard_fixture {
public:
  static team_options options(team_strategy s = team_strategy::one_for_one) {
    team_options x;
    x.strategy = s;
    x.restart.max_restarts = 3;
    x.restart.backoff = {.jitter = jitter_kind::none};
    return x;
  }

  child_spec spec(std::string name) {
    return {name, [this, name](caf::actor_system& sys) -> caf::actor {
              notes->log.push_back("+" + name);
              if (broken.contains(name))
                throw std::runtime_error("no luck");
              return now[name] = sys.spawn<child>(name, notes);
            }};
  }

  std::vector<child_spec> abc() {
    return {spec("a"), spec("b"), spec("c")};
  }

  void end(const caf::actor& x, caf::exit_reason why = kind::kill) {
    caf::anon_send_exit(x, why);
    env.run();
  }

  names log() {
    return std::exchange(notes->log, {});
  }

  child_status status_of(const team& t, size_t i) {
    return t.status().children.at(i);
  }

  /// What an actor ended with.
  std::shared_ptr<caf::error> ending_of(const caf::actor& x) {
    auto result = std::make_shared<caf::error>();
    caf::actor_cast<caf::strong_actor_ptr>(x)->get()->attach_functor(
      [result](const caf::error& e) { *result = e; });
    return result;
  }

  ~team_of() override {
    for (auto& [name, x] : now)
      caf::anon_send_exit(x, kind::kill);
    env.run();
  }

  std::shared_ptr<child::shared> notes = std::make_shared<child::shared>();
  std::map<std::string, caf::actor> now;
  std::set<std::string> broken;
};

} // namespace resilience::test
