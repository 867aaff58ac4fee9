// The usual ways allocate nothing once they are warm. Counts every allocation
// of this process, so it is an executable of its own.
#include "resilience/bulkhead.hpp"
#include "resilience/circuit.hpp"
#include "resilience/keyed_circuits.hpp"
#include "resilience/ledger.hpp"
#include "resilience/rate_limiter.hpp"
#include "resilience/retry_budget.hpp"
#include "resilience/sliding_window.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

namespace {

std::atomic<uint64_t> allocations{0};
std::atomic<uint64_t> bytes{0};
std::atomic<uint64_t> greatest{0};

void count(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  bytes.fetch_add(size, std::memory_order_relaxed);
  if (size > greatest)
    greatest = size;
}

void* allocate(std::size_t size) {
  count(size);
  if (auto p = std::malloc(size == 0 ? 1 : size))
    return p;
  throw std::bad_alloc{};
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  count(size);
  auto a = static_cast<std::size_t>(alignment);
  if (auto p = std::aligned_alloc(a, (size + a - 1) / a * a))
    return p;
  throw std::bad_alloc{};
}

} // namespace

// The nothrow forms of the library call these. Its array forms would, too, but
// a sanitizer has some of its own.
void* operator new(std::size_t size) {
  return allocate(size);
}

void* operator new[](std::size_t size) {
  return allocate(size);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}

void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}

// Not inlined: g++ would see `free` where it knows of a `new`.
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete(void* p, std::size_t,
                                       std::align_val_t) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete[](void* p) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete[](void* p, std::size_t) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete[](void* p, std::align_val_t) noexcept {
  std::free(p);
}

[[gnu::noinline]] void operator delete[](void* p, std::size_t,
                                         std::align_val_t) noexcept {
  std::free(p);
}

namespace resilience::test {

namespace {

/// How often `f` allocates.
template <class F>
uint64_t allocations_of(F f) {
  auto before = allocations.load();
  f();
  return allocations.load() - before;
}

/// How many bytes `f` allocates.
template <class F>
uint64_t bytes_of(F f) {
  auto before = bytes.load();
  f();
  return bytes.load() - before;
}

/// How many bytes the greatest allocation of `f` has.
template <class F>
uint64_t greatest_of(F f) {
  greatest = 0;
  f();
  return greatest;
}

/// How many bytes a window of `size` calls or seconds allocates.
uint64_t bytes_of_window(window_kind kind, int32_t size) {
  return bytes_of(
    [&] { sliding_window x{{.kind = kind, .window_size = size}}; });
}

constexpr int rounds = 1000;

breaker_config config() {
  return {.failure_threshold = 1,
          .cooldown = ms(1),
          .half_open_max_calls = 3,
          .success_threshold = 3};
}

TEST(allocation, the_counter_counts) {
  // Kept from the optimiser, which may leave out pairs of new and delete.
  int* volatile one = nullptr;
  EXPECT_EQ(allocations_of([&] { one = new int{1}; }), 1u);
  EXPECT_EQ(allocations_of([&] { delete one; }), 0u);
  EXPECT_EQ(allocations_of([&] { one = new int[100]; }), 1u);
  delete[] one;
  EXPECT_EQ(allocations_of([] {}), 0u);
}

TEST(allocation, a_circuit_that_its_key_has_is_found_without) {
  auto all = keyed_circuits::make({.max_keys = 1}, config());
  auto first = all->get_or_make("a key that is no short text", at(0));
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < rounds; ++i) {
                all->get_or_make("a key that is no short text", at(i));
                all->get_or_make("\xFF", at(i));
              }
            }),
            0u);
  // Nothing is made in vain where no key can leave.
  first->isolate(owner::hand, at(0));
  EXPECT_EQ(allocations_of([&] { all->get_or_make("next", at(0)); }), 0u);
  EXPECT_EQ(all->counts().overflowed, 1u);
}

TEST(allocation, a_call_through_a_closed_circuit_allocates_nothing) {
  circuit c{"a", "", breaker_config{}};
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < rounds; ++i) {
                auto what = static_cast<outcome>(i % 3);
                c.settle(c.admit(at(i)).pass, what, 1ms, at(i));
              }
            }),
            0u);
  EXPECT_EQ(c.metrics(at(rounds)).total_calls, uint64_t{rounds});
}

TEST(allocation, a_call_through_a_window_allocates_nothing) {
  for (auto kind : {window_kind::count, window_kind::time}) {
    circuit c{
      "a", "",
      breaker_config{.failure_threshold = 1'000'000,
                     .window = window_config{.kind = kind,
                                             .window_size = 10,
                                             .failure_rate_threshold = 100}}};
    EXPECT_EQ(allocations_of([&] {
                for (int i = 0; i < rounds; ++i) {
                  auto what = static_cast<outcome>(i % 3);
                  c.settle(c.admit(at(i * 50)).pass, what, 1ms, at(i * 50));
                }
              }),
              0u);
    EXPECT_EQ(c.metrics(at(rounds * 50)).total_calls, uint64_t{rounds});
  }
}

TEST(allocation, a_window_takes_two_bits_per_call_or_twelve_bytes_per_second) {
  for (auto [size, words] :
       {std::pair{1, 1u}, {32, 1u}, {33, 2u}, {6400, 200u}})
    EXPECT_EQ(bytes_of_window(window_kind::count, size), words * 8) << size;
  EXPECT_EQ(bytes_of_window(window_kind::time, 60), 60u * 12);
}

TEST(allocation, a_rejection_allocates_nothing) {
  circuit c{"a", "", breaker_config{.failure_threshold = 1}};
  c.settle(c.admit(at(0)).pass, outcome::failure, 1ms, at(0));
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < rounds; ++i)
                EXPECT_FALSE(c.admit(at(i)));
            }),
            0u);
}

/// Opens the circuit, waits, fills it with probes, and closes it.
void probe_cycle(circuit& c, time_point now) {
  c.settle(c.admit(now).pass, outcome::failure, 1ms, now);
  std::array<permit, 3> probes;
  for (auto& pass : probes)
    pass = c.admit(now + 1ms).pass;
  EXPECT_FALSE(c.admit(now + 1ms));
  for (auto& pass : probes)
    c.settle(pass, outcome::success, 1ms, now + 1ms);
}

TEST(allocation, cycles_of_probes_allocate_nothing_after_the_first) {
  circuit c{"a", "", config()};
  probe_cycle(c, at(0));
  EXPECT_EQ(allocations_of([&] {
              for (int i = 1; i <= rounds; ++i)
                probe_cycle(c, at(i * 10));
            }),
            0u);
  EXPECT_EQ(c.metrics(at(rounds * 10)).transitions, 3u * (rounds + 1));
}

using book = ledger<uint64_t>;

/// Enters some calls and answers them, with time going on.
void enter_and_close(book& x, int64_t now) {
  std::array<uint64_t, 20> ids;
  for (auto& id : ids) {
    uint64_t payload = 7;
    id = x.open(payload, {1, 0}, at(now), at(now + 30'000)).id;
  }
  for (auto id : ids)
    EXPECT_TRUE(x.close(id));
}

TEST(allocation, a_ledger_allocates_nothing_once_it_has_its_size) {
  book x;
  enter_and_close(x, 0);
  EXPECT_EQ(allocations_of([&] {
              for (int i = 1; i <= rounds; ++i) {
                enter_and_close(x, i * 100);
                if (x.overdue(at(i * 100)))
                  x.expire(at(i * 100));
              }
            }),
            0u);
}

TEST(allocation, a_deadline_that_is_no_earlier_than_the_last_needs_no_memory) {
  book x;
  uint64_t payload = 7;
  x.open(payload, {}, at(0), at(100));
  for (auto deadline : {at(100), at(101)})
    EXPECT_EQ(
      allocations_of([&] { x.close(x.open(payload, {}, at(0), deadline).id); }),
      0u);
}

TEST(allocation, a_ledger_gives_the_memory_of_a_burst_back) {
  book x;
  uint64_t payload = 0;
  for (int i = 0; i < 5000; ++i)
    x.open(payload, {}, at(0), at(1));
  x.expire(at(1));
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 2; ++i)
                x.open(payload, {}, at(1), at(2));
            }),
            0u)
    << "it keeps two slots";
  // Had it kept its other slots, it would need none now.
  EXPECT_GT(allocations_of([&] {
              for (int i = 0; i < 1000; ++i)
                x.open(payload, {}, at(1), at(2));
            }),
            0u);
}

TEST(allocation, a_rate_limiter_allocates_nothing) {
  rate_limiter limiter{{.rate = 1, .period = ms(2), .burst = 3}};
  int allowed = 0;
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < rounds; ++i)
                allowed += limiter.admit(at(i)) ? 1 : 0;
              limiter.configure({.rate = 5}, at(rounds));
            }),
            0u);
  // Both ways were gone.
  EXPECT_EQ(allowed, 3 + (rounds - 1) / 2);
}

TEST(allocation, a_retry_budget_allocates_nothing) {
  retry_budget budget{{.capacity = 2, .per_call = 0.5, .per_second = 0}};
  int taken = 0;
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < rounds; ++i) {
                budget.on_calls(1);
                taken += budget.take(at(i)) ? 1 : 0;
              }
              budget.configure({.capacity = 5}, at(rounds));
            }),
            0u);
  EXPECT_GT(taken, rounds / 2 - 1);
  EXPECT_LT(taken, rounds);
}

TEST(allocation, a_bulkhead_without_a_queue_allocates_nothing) {
  bulkhead places{{.max_concurrent = 2}};
  EXPECT_EQ(allocations_of([&] {
              for (uint64_t i = 0; i < rounds; ++i) {
                EXPECT_EQ(places.enter(i), bulkhead::entry::granted);
                EXPECT_EQ(places.enter(i), bulkhead::entry::granted);
                EXPECT_EQ(places.enter(i), bulkhead::entry::full);
                EXPECT_FALSE(places.leave());
                EXPECT_FALSE(places.leave());
              }
            }),
            0u);
}

/// Numbers from `first` on come to wait.
void queue_up(bulkhead& x, uint64_t first, uint64_t n) {
  for (auto id = first; id < first + n; ++id)
    ASSERT_EQ(x.enter(id), bulkhead::entry::queued);
}

constexpr uint64_t ticket_bytes = 16;

TEST(allocation, who_gives_up_leaves_no_more_tickets_than_wait_and_sixteen) {
  for (uint64_t waiting : {1, 8}) {
    bulkhead x{{.max_concurrent = 1, .max_queue = 10}};
    x.enter(0);
    EXPECT_EQ(greatest_of([&] {
                queue_up(x, 1, waiting);
                for (int i = 0; i < rounds; ++i) {
                  queue_up(x, 100, 1);
                  EXPECT_TRUE(x.abandon(100));
                }
              }),
              (2 * 8 + 16) * ticket_bytes)
      << waiting;
  }
}

TEST(allocation, tickets_are_forgotten_once_nobody_waits) {
  bulkhead x{{.max_concurrent = 1, .max_queue = 20}};
  x.enter(0);
  EXPECT_EQ(greatest_of([&] {
              queue_up(x, 1, 15);
              for (uint64_t id = 1; id <= 15; ++id)
                EXPECT_TRUE(x.abandon(id));
              queue_up(x, 1, 18);
            }),
            32 * ticket_bytes);
}

TEST(allocation, a_bulkhead_gives_the_memory_of_more_than_1024_tickets_back) {
  for (auto gives_up : {true, false})
    for (uint64_t n : {1024, 1025}) {
      bulkhead x{{.max_concurrent = 1, .max_queue = 2000}};
      x.enter(0);
      auto first = bytes_of([&] { queue_up(x, 1, n); });
      for (uint64_t id = 1; id <= n; ++id)
        EXPECT_TRUE(gives_up ? x.abandon(id) : x.leave() == id);
      auto again = bytes_of([&] { queue_up(x, 1, n); });
      if (n > 1024)
        EXPECT_EQ(again, first);
      else
        EXPECT_LT(again, first - 1024 * ticket_bytes);
    }
}

} // namespace

} // namespace resilience::test
