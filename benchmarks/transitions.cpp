// Whether a runtime with a database keeps up with many transitions, and at what
// memory: circuits are isolated and reset by messages, a subscriber hears of
// all that is durable.
//
//   transitions [--seconds=10] [--per-second=10000] [--circuits=50]
//
// Exit code 1 if the history lacks one, the subscriber missed one, or memory
// grows beyond what the queues may hold.
#include "requests.hpp"
#include "support/temp_dir.hpp"

#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

using namespace resilience;
using namespace resilience::bench;
using namespace std::chrono_literals;

namespace {

constexpr auto pace = 10ms;

/// Event log, journal and feed hold 16,384, 16,384 and 4,096 transitions of
/// about a kilobyte.
constexpr double most_mib = 48;

double heap_mib() {
  return static_cast<double>(mallinfo2().uordblks) / 1024 / 1024;
}

/// What the subscriber has heard of.
struct hearing {
  std::atomic<uint64_t> heard{0};
  std::atomic<uint64_t> missed{0};
};

class subscriber : public compat::actor_base {
public:
  subscriber(caf::actor_config& cfg, supervisor_actor from, hearing& into)
    : compat::actor_base(cfg), from_(std::move(from)), into_(into) {}

  caf::behavior make_behavior() override {
    auto* self = this;
    compat::request(self, from_, caf::infinite,
                    subscribe_events{.durable_only = true})
      .then([](const supervisor_status&) {});
    return {[this](const event_batch& x) {
      into_.heard += x.events.size();
      into_.missed += x.dropped;
    }};
  }

private:
  const supervisor_actor from_;
  hearing& into_;
};

supervisor_status status_of(caf::scoped_actor& self, runtime& rt) {
  supervisor_status result;
  compat::request(self, rt.supervisor(), caf::infinite, get_supervisor_status{})
    .receive([&](supervisor_status& x) { result = std::move(x); },
             [](const caf::error&) { std::abort(); });
  return result;
}

using llu = unsigned long long;

class trial {
public:
  trial(caf::actor_system& sys, runtime& rt, size_t circuits)
    : rt_(rt), self_(sys) {
    for (size_t i = 0; i < circuits; ++i) {
      policy p;
      p.name = std::to_string(i);
      controls_.push_back(rt.breaker(p));
    }
  }

  /// Sends for so long, and prints how far it is.
  void run(int seconds, double per_second) {
    auto begin = clock::now();
    for (auto tick = 1; tick <= seconds * 100; ++tick) {
      auto due = static_cast<uint64_t>(per_second * tick / 100);
      while (sent_ < due)
        send_next();
      if (tick % 10 == 0)
        look(tick);
      std::this_thread::sleep_until(begin + pace * tick);
    }
  }

  /// Waits until the subscriber has heard of all, and prints the sum. False:
  /// something is missing, or memory grew.
  bool finish(const hearing& x) {
    // What each control has been sent is done before its answer.
    for (const auto& whom : controls_)
      compat::request(self_, whom, caf::infinite, get_status{})
        .receive([](const circuit_status&) {}, [](const caf::error&) {});
    auto saved = rt_.persist();
    auto now = status_of(self_, rt_);
    for (int i = 0; i < 10'000 && x.heard + x.missed < now.events; ++i)
      std::this_thread::sleep_for(1ms);
    std::printf("%llu sent, %llu written, %llu lost; at most %llu waited; "
                "subscriber: %llu heard, %llu missed; heap %.1f MiB at first, "
                "at most %.1f\n",
                llu{sent_}, llu{now.written}, llu{now.lost}, llu{most_waiting_},
                llu{x.heard}, llu{x.missed}, heap_at_first_, most_heap_);
    return saved && now.written == sent_ && now.lost == 0 && x.heard == sent_
           && most_heap_ < heap_at_first_ + most_mib;
  }

private:
  // Each circuit is isolated, then reset: two transitions.
  void send_next() {
    const auto& whom = controls_[sent_ / 2 % controls_.size()];
    if (sent_++ % 2 == 0)
      compat::anon_post(whom, isolate{});
    else
      compat::anon_post(whom, reset{});
  }

  void look(int tick) {
    auto x = status_of(self_, rt_);
    auto heap = heap_mib();
    most_heap_ = std::max(most_heap_, heap);
    most_waiting_ = std::max(most_waiting_, x.waiting);
    if (tick % 100 == 0)
      std::printf("%3d s: %8llu sent, %8llu written, %5llu wait, heap %.1f "
                  "MiB\n",
                  tick / 100, llu{sent_}, llu{x.written}, llu{x.waiting}, heap);
  }

  runtime& rt_;
  caf::scoped_actor self_;
  std::vector<control_actor> controls_;
  uint64_t sent_ = 0;
  uint64_t most_waiting_ = 0;
  const double heap_at_first_ = heap_mib();
  double most_heap_ = heap_at_first_;
};

} // namespace

int main(int argc, char** argv) {
  auto seconds = static_cast<int>(option(argc, argv, "seconds", 10));
  auto per_second = option(argc, argv, "per-second", 10'000);
  auto circuits = static_cast<size_t>(option(argc, argv, "circuits", 50));
  system_config cfg;
  init(cfg);
  caf::actor_system sys{cfg};
  test::temp_dir dir;
  hearing heard;
  auto good = false;
  {
    runtime rt{sys, {.database = dir.file("circuits.db")}};
    caf::actor listens = sys.spawn<subscriber>(rt.supervisor(), heard);
    trial x{sys, rt, circuits};
    x.run(seconds, per_second);
    good = x.finish(heard);
    caf::anon_send_exit(listens, caf::exit_reason::user_shutdown);
  }
  sys.await_all_actors_done();
  return good ? 0 : 1;
}
