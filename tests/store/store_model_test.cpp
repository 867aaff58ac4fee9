// Random courses on a file and on the plain model; after each step both answer
// alike, also when the file has been closed and opened again.
#include "resilience/store/memory_store.hpp"

#include "store/store_fixture.hpp"
#include "support/dice.hpp"
#include "support/rapidcheck.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <tuple>

namespace resilience::test {

namespace {

/// Draws what a store may be given, few names and instants so that they meet.
class course {
public:
  explicit course(uint64_t seed) : dice_(seed) {}

  int below(int n) {
    return dice_.below(n);
  }

  std::string name() {
    return dice_.one_in(40) ? dice_.among<std::string>({"", "\xFF"})
                            : std::string(1, static_cast<char>('a' + below(5)));
  }

  wall_time instant() {
    if (dice_.one_in(30))
      return dice_.among({wall_time::min(), wall_time::max(), wall_time{}});
    return at(below(20) * 1000);
  }

  std::optional<wall_time> maybe_instant() {
    return dice_.one_in(2) ? std::optional{instant()} : std::nullopt;
  }

  uint64_t number() {
    return dice_.one_in(30) ? std::numeric_limits<uint64_t>::max()
                            : static_cast<uint64_t>(below(300));
  }

  std::optional<breaker_config> config() {
    if (dice_.one_in(5))
      return std::nullopt;
    breaker_config x;
    x.failure_threshold = below(6); // 0 is a fault
    x.cooldown_growth = 1 + below(3) / 3.0;
    if (dice_.one_in(2))
      x.window.emplace().failure_rate_threshold = 10 + below(3) / 7.0;
    return x;
  }

  circuit_snapshot circuit() {
    circuit_snapshot x;
    x.name = name();
    x.provider = name();
    x.config = config();
    auto& m = x.memory;
    m.state = static_cast<circuit_state>(below(dice_.one_in(20) ? 7 : 5));
    m.generation = static_cast<uint64_t>(below(8));
    m.failures = below(5) - (dice_.one_in(20) ? 3 : 0);
    m.isolation = static_cast<uint8_t>(below(8));
    m.remaining = duration{below(1000)};
    m.window_calls = number();
    m.window_failed = m.window_calls / 2;
    x.totals.total_calls = static_cast<uint64_t>(below(4));
    x.totals.rejected = static_cast<uint64_t>(below(2));
    x.totals.successes = number() / 2;
    x.totals.failures = number() / 2;
    for (int i = below(30); i > 0; --i)
      x.totals.latency.push_back(dice_.one_in(3) ? number() : 0);
    x.saved_at = instant();
    x.open_until = maybe_instant();
    x.opened_at = maybe_instant();
    if (dice_.one_in(2))
      x.last_failure = failure_info{instant(), name()};
    return x;
  }

  journal_entry entry() {
    journal_entry x;
    x.event = opened(name(), static_cast<uint64_t>(below(8)), instant());
    x.event.why = static_cast<cause>(below(11));
    x.after = circuit();
    return x;
  }

  history_query query() {
    history_query x;
    if (dice_.one_in(2))
      x.name = name();
    if (dice_.one_in(2))
      x.since = instant();
    if (dice_.one_in(2))
      x.after = below(40);
    x.limit = static_cast<uint32_t>(below(12));
    return x;
  }

  retention keep() {
    retention x{.history = std::chrono::hours{1 + below(5)},
                .max_transitions = static_cast<uint64_t>(1 + below(40))};
    if (dice_.one_in(3))
      x.unused_circuits = std::chrono::hours{below(5)};
    return x;
  }

  template <class T, class F>
  std::vector<T> several(F f) {
    std::vector<T> result;
    for (int i = below(6); i > 0; --i)
      result.push_back(f());
    return result;
  }

private:
  dice dice_;
};

bool equal(const remembered& a, const remembered& b) {
  return a.circuits == b.circuits && a.more == b.more
         && a.restarts == b.restarts && a.skipped == b.skipped;
}

/// The history with texts of settings: each store has ids of its own for them.
std::vector<std::tuple<int64_t, transition_event, std::string>>
told(snapshot_store& from, const history_query& what) {
  std::vector<std::tuple<int64_t, transition_event, std::string>> result;
  for (auto& x : from.history(what))
    result.emplace_back(x.id, x.event, from.settings_text(x.settings));
  return result;
}

void compare(snapshot_store& a, snapshot_store& b, course& draw) {
  auto limit = static_cast<size_t>(draw.below(8));
  RC_ASSERT(equal(a.load(limit), b.load(limit)));
  auto name = draw.name();
  RC_ASSERT(a.find(name) == b.find(name));
  auto query = draw.query();
  RC_ASSERT(told(a, query) == told(b, query));
}

void step(snapshot_store& a, snapshot_store& b, course& draw) {
  switch (draw.below(8)) {
    default: {
      auto xs = draw.several<journal_entry>([&] { return draw.entry(); });
      a.append(xs);
      b.append(xs);
      break;
    }
    case 0: {
      auto xs = draw.several<circuit_snapshot>([&] { return draw.circuit(); });
      auto ys = draw.several<restart_record>([&] {
        return restart_record{draw.name(), draw.number(), draw.instant()};
      });
      a.save(xs, ys);
      b.save(xs, ys);
      break;
    }
    case 1: {
      auto name = draw.name();
      a.forget(name);
      b.forget(name);
      break;
    }
    case 2: {
      auto keep = draw.keep();
      auto now = draw.instant();
      RC_ASSERT(a.prune(keep, now) == b.prune(keep, now));
      break;
    }
  }
}

RC_GTEST_PROP(store_model, a_file_answers_as_the_model_does, (uint64_t seed)) {
  temp_dir folder;
  course draw{seed};
  memory_store model{{.history = SIZE_MAX, .circuits = SIZE_MAX}};
  auto options = options_for(folder / "x.db");
  options.synchronous = synchronous_mode::normal;
  auto file = std::make_unique<sqlite_store>(options);
  for (int i = 0; i < 25; ++i) {
    step(model, *file, draw);
    if (draw.below(15) == 0) {
      file.reset();
      file = std::make_unique<sqlite_store>(options);
    }
    compare(model, *file, draw);
  }
}

} // namespace

} // namespace resilience::test
