// What it costs to remember: saving and loading many circuits, and appending
// transitions in batches. Exits with 1 where saving or loading takes more than
// a second.
//
//   store_bench [--breakers=100000] [--seconds=0] [--dir=FOLDER]
//
// With --seconds, also 10,000 transitions per second for so long, as a writer
// that appends every 10 ms what has come meanwhile.
#include "resilience/store/sqlite_store.hpp"

#include "support/temp_dir.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace resilience;

namespace {

namespace fs = std::filesystem;

std::string option(int argc, char** argv, std::string_view name,
                   std::string otherwise) {
  auto prefix = "--" + std::string{name} + "=";
  for (int i = 1; i < argc; ++i)
    if (std::string_view{argv[i]}.starts_with(prefix))
      return argv[i] + prefix.size();
  return otherwise;
}

/// Seconds by the clock, and those that a processor worked: they tell a slow
/// store from a busy machine or a slow disk.
struct seconds_taken {
  double wall = 0;
  double cpu = 0;
};

double cpu_seconds() {
  timespec x;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) / 1e9;
}

template <class F>
seconds_taken timed(F f) {
  auto cpu = cpu_seconds();
  auto begin = clock::now();
  f();
  return {std::chrono::duration<double>(clock::now() - begin).count(),
          cpu_seconds() - cpu};
}

/// The longest by the clock of `n` times.
template <class F>
seconds_taken worst_of(int n, F f) {
  seconds_taken result;
  for (int i = 0; i < n; ++i)
    if (auto x = timed(f); x.wall > result.wall)
      result = x;
  return result;
}

void print(const char* what, const seconds_taken& x) {
  std::printf("  %-25s %6.3f s, %6.3f s of a processor\n", what, x.wall, x.cpu);
}

double megabytes(uintmax_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

uintmax_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  uintmax_t all = 0;
  uintmax_t resident = 0;
  in >> all >> resident;
  return resident * static_cast<uintmax_t>(sysconf(_SC_PAGESIZE));
}

wall_time now() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(
    wall_clock::now());
}

/// One of very many: every tenth is open, twenty different configs.
circuit_snapshot circuit(size_t i) {
  circuit_snapshot x;
  x.name = "service-" + std::to_string(i);
  x.provider = "provider-" + std::to_string(i % 10);
  x.config.emplace();
  x.config->failure_threshold = 1 + static_cast<int32_t>(i % 20);
  x.saved_at = now();
  x.memory.generation = 1 + i % 7;
  auto& t = x.totals;
  t.latency.assign(26, 0);
  for (size_t bucket = 8; bucket < 18; ++bucket)
    t.latency[bucket] = (i * bucket) % 1000;
  t.total_calls = i;
  t.successes = i / 2;
  t.failures = i - i / 2;
  t.transitions = x.memory.generation - 1;
  if (i % 10 == 0) {
    x.memory.state = circuit_state::open;
    x.memory.remaining = std::chrono::seconds{20};
    x.open_until = x.saved_at + x.memory.remaining;
    x.opened_at = x.saved_at - std::chrono::seconds{10};
    x.last_failure = failure_info{*x.opened_at, "connection refused"};
  }
  return x;
}

std::vector<journal_entry> transitions(size_t first, size_t n) {
  std::vector<journal_entry> result(n);
  for (size_t i = 0; i < n; ++i) {
    auto& [event, after] = result[i];
    after = circuit((first + i) % 10'000);
    after.memory.generation = 2 + first + i;
    event.name = after.name;
    event.to = circuit_state::open;
    event.why = cause::failures;
    event.generation = after.memory.generation;
    event.failures = 5;
    event.at = after.saved_at;
    event.last_failure = "connection refused";
  }
  return result;
}

sqlite_options options_in(const fs::path& folder, const char* name,
                          synchronous_mode mode = synchronous_mode::full) {
  sqlite_options result;
  result.path = folder / name;
  result.synchronous = mode;
  return result;
}

/// Whether it is quick enough.
bool circuits(const fs::path& folder, size_t n) {
  std::vector<circuit_snapshot> all;
  all.reserve(n);
  for (size_t i = 0; i < n; ++i)
    all.push_back(circuit(i));
  // As they come out of a table by hash.
  std::shuffle(all.begin(), all.end(), std::mt19937_64{1});
  auto options = options_in(folder, "circuits.db");
  auto begin = resident_bytes();
  std::printf("%zu circuits\n", n);
  auto store = std::make_unique<sqlite_store>(options);
  auto first = timed([&] { store->save(all, {}); });
  print("saved the first time", first);
  auto again = worst_of(3, [&] { store->save(all, {}); });
  print("saved again, worst of 3", again);
  std::printf("  resident memory of it     %6.1f MB\n",
              megabytes(resident_bytes() - begin));
  print("closed", timed([&] { store.reset(); }));
  print("opened",
        timed([&] { store = std::make_unique<sqlite_store>(options); }));
  size_t found = 0;
  auto loaded = worst_of(3, [&] { found = store->load(n).circuits.size(); });
  print("loaded, worst of 3", loaded);
  print("loaded 1000", timed([&] { store->load(1000); }));
  std::printf("  file                      %6.1f MB\n",
              megabytes(fs::file_size(options.path)));
  if (found != n)
    std::printf("  only %zu were loaded\n", found);
  return found == n && std::max({first.wall, again.wall, loaded.wall}) <= 1;
}

void appends(const fs::path& folder) {
  for (auto mode : {synchronous_mode::full, synchronous_mode::normal})
    for (size_t batch : {1u, 64u, 1024u}) {
      fs::remove_all(folder / "appends");
      fs::create_directory(folder / "appends");
      sqlite_store store{options_in(folder / "appends", "x.db", mode)};
      size_t n = 0;
      auto took = 0.0;
      while (took < 1) {
        auto xs = transitions(n, batch);
        took += timed([&] { store.append(xs); }).wall;
        n += batch;
      }
      std::printf("  synchronous %-6s batches of %4zu: %8.0f transitions/s, "
                  "%7.0f batches/s\n",
                  to_string(mode), batch, static_cast<double>(n) / took,
                  static_cast<double>(n) / took / static_cast<double>(batch));
    }
}

/// What a writer does that gets 10,000 transitions a second.
void steady(const fs::path& folder, int seconds) {
  constexpr size_t per_tick = 100;
  constexpr auto tick = std::chrono::milliseconds{10};
  auto options = options_in(folder, "steady.db");
  sqlite_store store{options};
  auto begin = clock::now();
  auto end = begin + std::chrono::seconds{seconds};
  size_t written = 0;
  auto busy = 0.0;
  auto worst = 0.0;
  auto most_late = duration::zero();
  for (auto due = begin; due < end; due += tick) {
    std::this_thread::sleep_until(due);
    most_late = std::max(most_late, clock::now() - due);
    auto xs = transitions(written, per_tick);
    auto took = timed([&] { store.append(xs); }).wall;
    busy += took;
    worst = std::max(worst, took);
    written += xs.size();
  }
  auto all = std::chrono::duration<double>(clock::now() - begin).count();
  std::printf("10,000 transitions/s for %d s: %.0f/s written, busy %.0f%%, "
              "worst append %.1f ms, most behind %.1f ms, file %.1f MB\n",
              seconds, static_cast<double>(written) / all, 100 * busy / all,
              1000 * worst,
              std::chrono::duration<double, std::milli>(most_late).count(),
              megabytes(fs::file_size(options.path)));
}

int run(int argc, char** argv) {
  auto n = std::stoul(option(argc, argv, "breakers", "100000"));
  auto seconds = std::stoi(option(argc, argv, "seconds", "0"));
  test::temp_dir place{option(argc, argv, "dir", fs::temp_directory_path())};
  auto good = circuits(place.path(), n);
  std::printf("appending for a second each\n");
  appends(place.path());
  if (seconds > 0)
    steady(place.path(), seconds);
  if (!good)
    std::printf("too slow: more than 1 s\n");
  return good ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  // Caught, so that the folder goes.
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
