// Starts a process with 50 breakers under random outcomes, kills it by SIGKILL
// at a random moment, and checks that its database has every transition that it
// had announced as durable, in order, and restores every breaker as announced
// or later. The next process goes on with the same database.
//
//   crash_test [--kills=N] [--seed=S]
//
// Exit code 1 if anything was lost.
#include "resilience/random.hpp"

#include "child.hpp"
#include "support/temp_dir.hpp"
#include "verdict.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace resilience;
using namespace resilience::crash;
using namespace std::chrono_literals;

struct outcome_of_kill {
  std::string announced;
  bool killed = false;
};

// Reads until `deadline`, or to the end.
void read_until(int fd, time_point deadline, std::string& into) {
  char buffer[65'536];
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      std::max(deadline - clock::now(), duration::zero()));
    pollfd wanted{fd, POLLIN, 0};
    if (poll(&wanted, 1, static_cast<int>(left.count())) <= 0)
      return;
    auto n = read(fd, buffer, sizeof(buffer));
    if (n <= 0)
      return;
    into.append(buffer, static_cast<size_t>(n));
  }
}

outcome_of_kill run_and_kill(const std::string& database, uint64_t seed,
                             duration life) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0)
    return {};
  auto child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    auto text = std::to_string(seed);
    execl("/proc/self/exe", "crash_test", "--child", database.c_str(),
          text.c_str(), nullptr);
    _exit(2);
  }
  close(pipe_ends[1]);
  outcome_of_kill result;
  // The first announcement says that it is at work.
  pollfd first{pipe_ends[0], POLLIN, 0};
  if (poll(&first, 1, 20'000) == 1)
    read_until(pipe_ends[0], clock::now() + life, result.announced);
  kill(child, SIGKILL);
  read_until(pipe_ends[0], clock::now() + 10s, result.announced);
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  result.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return result;
}

uint64_t number_after(const char* argument, const char* name,
                      uint64_t otherwise) {
  auto n = std::strlen(name);
  if (std::strncmp(argument, name, n) != 0)
    return otherwise;
  return std::strtoull(argument + n, nullptr, 10);
}

size_t count(const announcements& x) {
  size_t result = 0;
  for (const auto& kvp : x)
    result += kvp.second.size();
  return result;
}

/// Kills until a new database: a history without end would only take time.
constexpr uint64_t kills_of_a_database = 20;

int run(uint64_t kills, uint64_t seed) {
  test::temp_dir dir;
  announcements announced;
  uint64_t random = seed;
  uint64_t losses = 0;
  size_t total = 0;
  for (uint64_t i = 0; i < kills; ++i) {
    auto database = dir.file(std::to_string(i / kills_of_a_database) + ".db");
    if (i % kills_of_a_database == 0) {
      total += count(announced);
      announced.clear();
    }
    auto life = duration{std::chrono::microseconds{
      static_cast<int64_t>(draw_uniform(random) * 200'000)}};
    auto what = run_and_kill(database, seed + i, life);
    auto before = count(announced);
    std::vector<std::string> found;
    if (!what.killed)
      found.push_back("the child ended by itself");
    if (!read_announcements(what.announced, announced)
        || count(announced) == before)
      found.push_back("the child announced nothing, or nonsense: "
                      + what.announced.substr(0, 200));
    for (auto& x : faults_of(database, announced))
      found.push_back(std::move(x));
    losses += found.size();
    for (const auto& x : found)
      std::printf("kill %llu: %s\n", static_cast<unsigned long long>(i + 1),
                  x.c_str());
  }
  total += count(announced);
  std::printf(
    "%llu kills (seed %llu), %zu announced transitions, %llu losses\n",
    static_cast<unsigned long long>(kills),
    static_cast<unsigned long long>(seed), total,
    static_cast<unsigned long long>(losses));
  return losses == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--child") == 0)
    return run_child(argv[2], std::strtoull(argv[3], nullptr, 10));
  uint64_t kills = 20;
  uint64_t seed = random_seed() % 1'000'000;
  for (int i = 1; i < argc; ++i) {
    kills = number_after(argv[i], "--kills=", kills);
    seed = number_after(argv[i], "--seed=", seed);
  }
  return run(kills, seed);
}
