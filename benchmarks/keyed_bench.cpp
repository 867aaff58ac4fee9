// What circuits by key cost: bytes for each key, the time of a hit and of a
// miss, and whether memory stays where it is while ever new keys come.
//
//   keyed_bench [--keys=N]     a million if not said otherwise
//
// Exit code 1 if the heap grows under a stream of keys, if there are more than
// `max_keys`, or if a circuit that is open is forgotten.
#include "resilience/keyed_circuits.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace resilience;
using namespace std::chrono_literals;

namespace {

constexpr time_point start{1h};
constexpr breaker_config breaker{.failure_threshold = 1, .cooldown = 1h};

/// What is allocated, exact to the byte.
int64_t heap_bytes() {
  auto x = mallinfo2();
  return static_cast<int64_t>(x.uordblks + x.hblkhd);
}

/// Writes a key of twelve bytes. Different for each `i` below ten millions.
std::string_view key_of(size_t i, std::string& out) {
  out = "key-00000000";
  for (auto c = out.rbegin(); i > 0; ++c, i /= 10)
    *c = static_cast<char>('0' + i % 10);
  return out;
}

void call(keyed_circuits& all, std::string_view key, outcome what,
          time_point now) {
  auto c = all.get_or_make(key, now);
  if (auto x = c->admit(now))
    c->settle(x.pass, what, 1ms, now);
}

double nanoseconds_each(time_point begin, size_t n) {
  std::chrono::duration<double, std::nano> took = clock::now() - begin;
  return took.count() / static_cast<double>(n);
}

/// A key for each call, all different.
void stream(keyed_circuits& all, size_t from, size_t n, outcome what) {
  std::string key;
  for (auto i = from; i < from + n; ++i)
    call(all, key_of(i, key), what, start);
}

double per_key(int64_t bytes, size_t n) {
  return static_cast<double>(bytes) / static_cast<double>(n);
}

/// Nanoseconds of finding one of `n` keys that are there, without the call.
double hit(keyed_circuits& all, size_t n) {
  std::vector<std::string> keys(std::min<size_t>(n, 100'000));
  uint64_t random = 1;
  for (auto& x : keys) {
    random = split_mix(random);
    key_of(random % n, x);
  }
  auto begin = clock::now();
  for (auto& x : keys)
    all.get_or_make(x, start);
  return nanoseconds_each(begin, keys.size());
}

bool open_ones_stay(size_t n) {
  auto begin = heap_bytes();
  auto all =
    keyed_circuits::make({.max_keys = static_cast<int32_t>(n)}, breaker);
  stream(*all, 0, n, outcome::failure);
  auto bytes = per_key(heap_bytes() - begin, n);
  // More than there is room for, and long idle.
  stream(*all, n, n / 10, outcome::success);
  all->evict_idle(start + 24h, n);
  size_t open = 0;
  std::string key;
  for (size_t i = 0; i < n; ++i)
    if (auto c = all->find(key_of(i, key)))
      open += c->state() == circuit_state::open ? 1 : 0;
  std::printf("%zu open keys: %.0f bytes each; after %zu others and a day %zu "
              "are open, %zu calls shared the overflow\n",
              n, bytes, n / 10, open,
              static_cast<size_t>(all->counts().overflowed));
  return open == n && all->counts().keys == n;
}

void closed_ones(size_t n) {
  auto begin = heap_bytes();
  auto all =
    keyed_circuits::make({.max_keys = static_cast<int32_t>(n)}, breaker);
  auto empty = heap_bytes() - begin;
  stream(*all, 0, n, outcome::success);
  std::printf(
    "%zu closed keys: %.0f bytes each (%zu of them the circuit), %lld "
    "before the first; a hit among all %.0f ns",
    n, per_key(heap_bytes() - begin, n), sizeof(circuit),
    static_cast<long long>(empty), hit(*all, n));
  hit(*all, 100);
  std::printf(", among a hundred %.0f ns\n", hit(*all, 100));
}

bool stream_stays_flat(size_t n) {
  constexpr int32_t most = 10'000;
  auto all = keyed_circuits::make({.max_keys = most}, breaker);
  stream(*all, 0, n / 10, outcome::success);
  auto before = heap_bytes();
  int64_t highest = 0;
  double slowest = 0;
  for (size_t i = 1; i < 10; ++i) {
    auto begin = clock::now();
    stream(*all, n / 10 * i, n / 10, outcome::success);
    slowest = std::max(slowest, nanoseconds_each(begin, n / 10));
    highest = std::max(highest, heap_bytes() - before);
  }
  auto x = all->counts();
  std::printf(
    "%zu different keys through %d: heap grew by %lld bytes after the "
    "first tenth, %zu evicted; a miss and its call %.0f ns\n",
    n, most, static_cast<long long>(highest), static_cast<size_t>(x.evicted),
    slowest);
  // Less than a hundredth: the tables of a few shards may grow once more.
  return highest <= 64 * 1024 && x.keys <= most;
}

} // namespace

int main(int argc, char** argv) {
  size_t n = 1'000'000;
  if (argc == 2 && std::string_view{argv[1]}.starts_with("--keys="))
    n = std::strtoul(argv[1] + 7, nullptr, 10);
  if (n < 1000 || n > 10'000'000) {
    std::fprintf(stderr, "keys must be 1000 to 10000000\n");
    return 2;
  }
  closed_ones(n);
  auto good = stream_stays_flat(n);
  good = open_ones_stay(n) && good;
  return good ? 0 : 1;
}
