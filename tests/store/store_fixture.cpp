#include "store/store_fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace resilience::test {

wall_time at(int64_t seconds) {
  constexpr auto begin = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};
  return wall_time{begin} + std::chrono::seconds{seconds};
}

circuit_snapshot closed(const std::string& name, uint64_t generation,
                        wall_time saved_at) {
  circuit_snapshot x;
  x.name = name;
  x.config.emplace();
  x.memory.generation = generation;
  x.saved_at = saved_at;
  return x;
}

circuit_snapshot eventful(const std::string& name) {
  circuit_snapshot x;
  x.name = name;
  x.provider = "Stra\xC3\x9F"
               "e & S\xC3\xB6hne";
  x.config = breaker_config{
    .failure_threshold = 7,
    .cooldown = std::chrono::milliseconds{1500},
    .half_open_max_calls = 4,
    .success_threshold = 3,
    .lease = std::chrono::microseconds{61'000'001},
    .window = window_config{.kind = window_kind::time,
                            .window_size = 60,
                            .minimum_calls = 10,
                            .failure_rate_threshold = 33.3,
                            .slow_call_rate_threshold = 12.5,
                            .slow_call_duration = duration{1'000}},
    .cooldown_growth = 1.7,
    .max_cooldown = std::chrono::hours{2},
    .cooldown_jitter = 0.1,
    .critical = true};
  x.memory = {.state = circuit_state::open,
              .generation = 12,
              .failures = 3,
              .successes = 4,
              .reopened = 5,
              .isolation = 2,
              .disabled_by_hand = true,
              .remaining = duration{1'234'567'891},
              .window_calls = 60,
              .window_failed = 20,
              .window_slow = 7};
  auto& t = x.totals;
  t.total_calls = 1'000'001;
  t.successes = 3;
  t.failures = 1;
  t.rejected = 103;
  t.neutral = 104;
  t.late = 105;
  t.expired = 106;
  t.late_answers = 107;
  t.dropped = 108;
  t.success_rate = 0.75;
  t.times_opened = 109;
  t.transitions = 110;
  t.slow_calls = 111;
  t.latency.assign(26, 0);
  t.latency[0] = 1;
  t.latency[3] = 127;
  t.latency[4] = 128;
  t.latency[20] = uint64_t{1} << 62;
  x.saved_at = at(5);
  x.open_until = at(9);
  x.opened_at = at(-3);
  x.last_failure = failure_info{at(-4), "connection refused"};
  return x;
}

transition_event opened(const std::string& name, uint64_t generation,
                        wall_time when) {
  return {.name = name,
          .from = circuit_state::closed,
          .to = circuit_state::open,
          .why = cause::failures,
          .generation = generation,
          .failures = 5,
          .at = when,
          .last_failure = "connection refused"};
}

journal_entry entry(const std::string& name, uint64_t generation,
                    wall_time when) {
  journal_entry x{opened(name, generation, when),
                  closed(name, generation, when)};
  x.after.memory.state = circuit_state::open;
  x.after.memory.remaining = std::chrono::seconds{30};
  // Some tests are about the ends of the clock.
  if (when < wall_time::max() - x.after.memory.remaining)
    x.after.open_until = when + x.after.memory.remaining;
  return x;
}

std::vector<journal_entry> entries(size_t n, uint64_t generation) {
  std::vector<journal_entry> result;
  for (size_t i = 0; i < n; ++i)
    result.push_back(entry("service-" + std::to_string(i), generation));
  return result;
}

std::vector<int64_t> ids(const std::vector<history_entry>& xs) {
  std::vector<int64_t> result;
  for (const auto& x : xs)
    result.push_back(x.id);
  return result;
}

std::vector<std::string> names(const remembered& x) {
  std::vector<std::string> result;
  for (const auto& y : x.circuits)
    result.push_back(y.name);
  return result;
}

store_errc code_of(const std::function<void()>& f, std::string* text) {
  try {
    f();
    return store_errc::none;
  } catch (const store_error& e) {
    if (text != nullptr)
      *text = e.what();
    return e.code();
  }
}

sqlite_options options_for(const fs::path& file) {
  sqlite_options result;
  result.path = file.string();
  result.busy_timeout = std::chrono::milliseconds{20};
  return result;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_bytes(const fs::path& file, std::string_view bytes) {
  std::ofstream out{file, std::ios::binary};
  out << bytes;
}

void by_hand(const fs::path& file, const std::string& sql) {
  SQLite::Database db{file.string(),
                      SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  db.exec(sql);
}

std::string ask(const fs::path& file, const std::string& sql) {
  SQLite::Database db{file.string(), SQLite::OPEN_READWRITE};
  return db.execAndGet(sql).getString();
}

int in_child(const std::function<int()>& f) {
  std::fflush(nullptr);
  auto child = fork();
  if (child == 0) {
    try {
      _exit(f());
    } catch (const std::exception& e) {
      std::fprintf(stderr, "child: %s\n", e.what());
      _exit(100);
    }
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child)
    return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool become_nobody() {
  constexpr uid_t nobody = 65534;
  return geteuid() != 0 || (setgid(nobody) == 0 && setuid(nobody) == 0);
}

} // namespace resilience::test
