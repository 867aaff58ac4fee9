// A debate of five agents: one is solid, one flaky, one now and then rate
// limited, one hangs, and one dies. Each round goes on with who is well.
#include <resilience/actors/airlock.hpp>
#include <resilience/actors/all.hpp>
#include <resilience/actors/arena.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/response_promise.hpp>
#include <caf/scoped_actor.hpp>

#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace rs = resilience;
using namespace std::chrono_literals;

namespace {

// What an agent does when it is asked for the n-th time.
enum class mood { answer, fail, wait_a_little, wait_long, hang, die };

using temper = std::function<mood(int)>;

class agent : public caf::event_based_actor {
public:
  agent(caf::actor_config& cfg, temper f)
    : caf::event_based_actor(cfg), temper_(std::move(f)) {}

  caf::behavior make_behavior() override {
    return {[this](const std::string& question) { return reply(question); }};
  }

  void on_exit() override {
    hanging_.clear();
  }

private:
  caf::result<std::string> reply(const std::string& question) {
    switch (temper_(++asked_)) {
      case mood::answer:
        return "my view of " + question;
      case mood::fail:
        return caf::make_error(caf::sec::runtime_error);
      case mood::wait_a_little:
        return rs::make_error(rs::errc::rate_limited, "model", 20ms);
      case mood::wait_long:
        return rs::make_error(rs::errc::rate_limited, "model", 1h);
      case mood::die:
        quit(caf::make_error(caf::sec::runtime_error));
        [[fallthrough]];
      default:
        hanging_.push_back(make_response_promise());
        return caf::delegated<std::string>{};
    }
  }

  temper temper_;
  int asked_ = 0;
  std::vector<caf::response_promise> hanging_;
};

template <class List, class Name>
void list(const char* title, const List& xs, Name name) {
  if (xs.empty())
    return;
  std::cout << "  " << title << ':';
  for (const auto& x : xs)
    std::cout << ' ' << name(x);
  std::cout << '\n';
}

void show(const rs::round_result& x) {
  std::cout << "round " << x.number << ": " << to_string(x.end) << '\n';
  auto name = [](const auto& y) { return y.name; };
  list("answered", x.answers, name);
  list("excused", x.fallbacks, name);
  list("failed", x.failures, name);
  list("left out", x.skipped, [](const rs::agent_skip& y) {
    return y.name + " (" + to_string(y.why) + ")";
  });
  list("not asked", x.unheard, [](const auto& y) { return y; });
}

void join(caf::scoped_actor& self, const rs::arena& debate,
          const rs::join_arena& who) {
  rs::compat::request(self, debate.handle(), caf::infinite, who)
    .receive([] {},
             [](const caf::error& e) {
               std::cout << "refused: " << rs::detail_of(e) << '\n';
             });
}

void ask(caf::scoped_actor& self, const rs::arena& debate, uint32_t quorum) {
  rs::start_round round{caf::make_message(std::string{"the matter"}), quorum,
                        30s};
  rs::compat::request(self, debate.handle(), caf::infinite, round)
    .receive([](const rs::round_result& x) { show(x); },
             [](const caf::error& e) {
               std::cout << "no round: " << to_string(rs::code_of(e)) << '\n';
             });
}

void run(caf::actor_system& sys) {
  rs::runtime rt{sys};
  auto alice = sys.spawn<agent>([](int) { return mood::answer; });
  auto bob = sys.spawn<agent>(
    [](int n) { return n % 2 == 0 ? mood::fail : mood::answer; });
  auto carol = sys.spawn<agent>([](int n) {
    return n == 2   ? mood::wait_a_little
           : n == 5 ? mood::wait_long
                    : mood::answer;
  });
  auto dave = sys.spawn<agent>([](int) { return mood::hang; });
  auto erin =
    sys.spawn<agent>([](int n) { return n < 3 ? mood::answer : mood::die; });

  rs::arena_config config{.name = "debate"};
  config.agent.breaker =
    rs::breaker_config{.failure_threshold = 3, .cooldown = 1h};
  auto debate = rs::spawn_arena(rt, config);
  auto impatient = config.agent;
  impatient.timeout->limit = 50ms;
  // Tried again after 20 ms, but not after an hour.
  auto patient = rs::airlock(
    rt, carol,
    {.circuit_breaker_threshold = 3,
     .retry_on_rate_limit = true,
     .max_wait = 1s,
     .fallback_response = caf::make_message(std::string{"try again later"})});

  caf::scoped_actor self{sys};
  join(self, debate, rs::joining("alice", alice));
  join(self, debate, rs::joining("bob", bob));
  join(self, debate, rs::joining("carol", patient));
  join(self, debate, rs::joining("dave", dave, impatient));
  join(self, debate, rs::joining("erin", erin));
  for (int i = 0; i < 6; ++i)
    ask(self, debate, 0);
  ask(self, debate, 4); // more than are well
  caf::anon_send_exit(dave, caf::exit_reason::kill);
}

} // namespace

int main() {
  rs::init();
  caf::actor_system_config cfg;
  rs::init(cfg);
  caf::actor_system sys{cfg};
  run(sys);
}
