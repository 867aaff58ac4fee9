// What tests of arenas start from: an arena, agents that do as told, and rounds
// as one line of text.
#pragma once

#include "resilience/actors/arena.hpp"

#include "support/guard_fixture.hpp"

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace resilience::test {

class arena_fixture : public guard_fixture {
public:
  /// A round's answer, or its error.
  struct outcome_of_round {
    std::optional<round_result> result{};
    reply raw;
  };

  using round_ptr = std::shared_ptr<outcome_of_round>;

  static arena_config config() {
    arena_config x{.name = "debate"};
    x.agent = quick();
    return x;
  }

  ~arena_fixture() override {
    debate.reset();
    for (auto& [name, x] : agents)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    env.run();
  }

  /// Answers numbers, each agent as it is told (`of`).
  caf::actor agent(const std::string& name) {
    manners[name] = std::make_shared<target::shared>();
    return agents[name] = env.sys.spawn<target>(manners[name]);
  }

  target::shared& of(const std::string& name) {
    return *manners.at(name);
  }

  /// For requests that nothing answers.
  template <class Message>
  reply tell(Message msg) {
    auto result = std::make_shared<reply>();
    user.run([=, this](caller* me) {
      compat::request(me, debate->handle(), caf::infinite, msg)
        .then([=] { ++result->answers; },
              [=](caf::error& e) {
                ++result->answers;
                result->error = std::move(e);
              });
    });
    env.run();
    return *result;
  }

  /// Spawns those agents and has them join.
  void join_all(const std::vector<std::string>& names) {
    for (const auto& x : names)
      EXPECT_TRUE(tell(joining(x, agent(x))).ok());
  }

  round_ptr start(start_round what) {
    auto result = std::make_shared<outcome_of_round>();
    user.run([=, this](caller* me) {
      compat::request(me, debate->handle(), caf::infinite, what)
        .then(
          [=](const round_result& x) {
            ++result->raw.answers;
            result->result = x;
          },
          [=](caf::error& e) {
            ++result->raw.answers;
            result->raw.error = std::move(e);
          });
    });
    env.run();
    return result;
  }

  static start_round question(uint32_t quorum = 0, duration deadline = 1s,
                              int32_t x = 1) {
    return {caf::make_message(x), quorum, deadline};
  }

  round_ptr ask_all(uint32_t quorum = 0, duration deadline = 1s) {
    return start(question(quorum, deadline));
  }

  /// `quorum +a ^b !c:timed_out -d:circuit_open@10s ?e`: a answered, a fallback
  /// did for b, c failed, d was skipped, e not heard.
  static std::string text(const round_result& x) {
    std::ostringstream out;
    out << to_string(x.end);
    for (const auto& y : x.answers)
      out << " +" << y.name;
    for (const auto& y : x.fallbacks)
      out << " ^" << y.name;
    for (const auto& y : x.failures)
      out << " !" << y.name << ':' << to_string(code_of(y.why));
    for (const auto& y : x.skipped) {
      out << " -" << y.name << ':' << to_string(y.why);
      if (y.retry_after)
        out << '@' << to_string(*y.retry_after);
    }
    for (const auto& y : x.unheard)
      out << " ?" << y;
    return out.str();
  }

  static std::string text(const round_ptr& x) {
    if (x->raw.pending())
      return "pending";
    return x->result ? text(*x->result) : to_string(code_of(x->raw.error));
  }

  arena_status look() {
    auto result = std::make_shared<arena_status>();
    user.ask_for<arena_status>(
      [=](reply&, const arena_status& x) { *result = x; }, debate->handle(),
      get_arena_status{});
    env.run();
    return *result;
  }

  std::map<std::string, std::shared_ptr<target::shared>> manners;
  std::map<std::string, caf::actor> agents;
  std::optional<arena> debate{spawn_arena(rt, config())};
};

} // namespace resilience::test
