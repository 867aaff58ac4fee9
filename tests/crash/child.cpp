#include "child.hpp"

#include "resilience/actors/all.hpp"
#include "resilience/random.hpp"

#include <caf/scoped_actor.hpp>

#include <unistd.h>

#include <thread>

namespace resilience::crash {

namespace {

// Writes each batch with one call: a kill leaves whole lines or a last half
// one.
class announcer : public compat::actor_base {
public:
  announcer(caf::actor_config& cfg, supervisor_actor whom)
    : compat::actor_base(cfg), supervisor_(std::move(whom)) {}

  caf::behavior make_behavior() override {
    auto* self = this;
    compat::request(
      self, supervisor_, caf::infinite,
      subscribe_events{.capacity = 1'000'000, .durable_only = true})
      .then([](const supervisor_status&) {});
    return {[](const event_batch& x) {
      std::string text;
      for (const auto& e : x.events)
        text += e.name + " " + std::to_string(e.generation) + " "
                + std::to_string(static_cast<int>(e.to)) + "\n";
      if (x.dropped > 0)
        text += "dropped\n";
      for (size_t at = 0; at < text.size();) {
        auto n = ::write(STDOUT_FILENO, text.data() + at, text.size() - at);
        if (n <= 0)
          _exit(3);
        at += static_cast<size_t>(n);
      }
    }};
  }

private:
  supervisor_actor supervisor_;
};

policy policy_of(int i) {
  policy result;
  result.name = std::string{"b"}.append(std::to_string(i));
  result.breaker = breaker_config{.failure_threshold = 2,
                                  .cooldown = cooldown,
                                  .success_threshold = 1,
                                  .lease = std::chrono::seconds{5},
                                  .cooldown_growth = i % 3 == 0 ? 1.5 : 1.0};
  return result;
}

// One call through a breaker with a random outcome; now and then by hand.
void step(caf::scoped_actor& self, const control_actor& to, uint64_t& random) {
  auto ignore = [](const caf::error&) {};
  auto dice = draw_uniform(random);
  if (dice < 0.01) {
    compat::request(self, to, caf::infinite, isolate{})
      .receive([](const circuit_status&) {}, ignore);
    return;
  }
  if (dice < 0.04) {
    compat::request(self, to, caf::infinite, reset{})
      .receive([](const circuit_status&) {}, ignore);
    return;
  }
  std::optional<call_permit> permit;
  compat::request(self, to, caf::infinite, acquire{})
    .receive([&](const call_permit& x) { permit = x; }, ignore);
  if (!permit)
    return;
  auto what = draw_uniform(random) < 0.5 ? outcome::failure : outcome::success;
  compat::request(self, to, caf::infinite, report{*permit, what})
    .receive([](bool) {}, ignore);
}

} // namespace

int run_child(const std::string& database, uint64_t seed) {
  init();
  system_config cfg;
  init(cfg);
  caf::actor_system sys{cfg};
  runtime rt{
    sys,
    {.database = database, .snapshot_interval = std::chrono::milliseconds{20}}};
  sys.spawn<announcer>(rt.supervisor());
  std::vector<control_actor> all;
  for (int i = 0; i < breakers; ++i)
    all.push_back(rt.breaker(policy_of(i)));
  auto end = clock::now() + std::chrono::seconds{30};
  auto drive = [&](uint64_t random) {
    caf::scoped_actor self{sys};
    while (clock::now() < end)
      step(self, all[static_cast<size_t>(draw_uniform(random) * breakers)],
           random);
  };
  std::thread other{drive, seed + 1};
  drive(seed);
  other.join();
  return 4;
}

} // namespace resilience::crash
