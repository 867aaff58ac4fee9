// Many threads on circuits by key. Run under the thread sanitizer, and in any
// build nothing may be lost.
#include "resilience/keyed_circuits.hpp"

#include "support/instants.hpp"
#include "support/printing.hpp"
#include "support/workers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <string>
#include <vector>

namespace resilience::test {

namespace {

constexpr breaker_config quick{
  .failure_threshold = 2, .cooldown = ms(5), .success_threshold = 1};

constexpr size_t num_keys = 60;

std::string key_of(size_t i) {
  return "key " + std::to_string(i);
}

void expect_consistent(const keyed_circuits& x) {
  auto all = x.list(0, 100'000);
  auto counts = x.counts();
  EXPECT_EQ(counts.keys, all.size());
  auto not_closed = std::ranges::count_if(
    all, [](const auto& c) { return c->state() != circuit_state::closed; });
  EXPECT_EQ(counts.not_closed, static_cast<uint64_t>(not_closed));
  EXPECT_LE(counts.keys, static_cast<uint64_t>(x.config().max_keys));
}

TEST(keyed_threads, a_key_has_one_circuit_while_anybody_uses_it) {
  std::array<std::atomic<int>, num_keys> inside{};
  std::atomic<uint64_t> heard{0};
  auto uut = keyed_circuits::make({.max_keys = 20, .idle_after = ms(3)}, quick,
                                  [&](std::string_view key, const transition&) {
                                    ++heard;
                                    if (key.empty())
                                      return;
                                    auto i =
                                      std::stoul(std::string{key.substr(4)});
                                    EXPECT_EQ(++inside[i], 1)
                                      << "one at a time for each key";
                                    --inside[i];
                                  });
  std::atomic<int64_t> now_ms{0};
  std::atomic<uint64_t> overflowed{0};
  auto caller = [&](uint32_t seed) {
    std::mt19937 random{seed};
    for (int i = 0; i < 10'000; ++i) {
      auto now = at(i % 10 == 0 ? ++now_ms : now_ms.load());
      auto key = key_of(random() % num_keys);
      auto c = uut->get_or_make(key, now);
      if (c == uut->overflow()) {
        ++overflowed;
      } else {
        EXPECT_EQ(uut->find(key), c);
        EXPECT_EQ(c->name(), key);
      }
      if (auto x = c->admit(now))
        c->settle(x.pass,
                  random() % 3 == 0 ? outcome::failure : outcome::success, 1ms,
                  now);
      EXPECT_LE(uut->counts().keys, 20u);
    }
  };
  auto operator_ = [&] {
    std::mt19937 random{99};
    for (int i = 0; i < 2000; ++i)
      switch (random() % 5) {
        case 0:
          uut->evict_idle(at(now_ms), 10);
          break;
        case 1:
          uut->reset_all(at(now_ms));
          break;
        case 2:
          uut->reset(key_of(random() % num_keys), at(now_ms));
          break;
        case 3:
          uut->list(random() % 20, random() % 20);
          break;
        default: {
          auto next = quick;
          next.failure_threshold = static_cast<int32_t>(1 + random() % 4);
          EXPECT_TRUE(uut->configure(next).empty());
        }
      }
  };
  run_together(
    {[&] { caller(1); }, [&] { caller(2); }, [&] { caller(3); }, operator_});
  expect_consistent(*uut);
  EXPECT_EQ(uut->counts().overflowed, overflowed);
  EXPECT_EQ(uut->counts().unfit, 0u);
  EXPECT_GT(uut->counts().evicted, 0u);
  EXPECT_GT(heard, 0u);
}

TEST(keyed_threads, a_circuit_that_opens_is_never_forgotten) {
  auto uut = keyed_circuits::make(
    {.max_keys = 1500, .idle_after = ms(1)},
    {.failure_threshold = 1, .cooldown = std::chrono::hours{1}});
  auto opener = [&](size_t from) {
    for (size_t i = from; i < from + 300; ++i) {
      auto c = uut->get_or_make(key_of(i), at(0));
      EXPECT_NE(c, uut->overflow()) << i;
      EXPECT_TRUE(
        c->settle(c->admit(at(0)).pass, outcome::failure, 1ms, at(0)));
    }
  };
  auto churner = [&](size_t from) {
    for (size_t i = from; i < from + 10'000; ++i) {
      uut->get_or_make(key_of(i), at(static_cast<int64_t>(i)));
      if (i % 100 == 0)
        uut->evict_idle(at(static_cast<int64_t>(i)), 20);
    }
  };
  run_together({[&] { opener(0); }, [&] { opener(300); },
                [&] { churner(10'000); }, [&] { churner(20'000); }});
  for (size_t i = 0; i < 600; ++i) {
    auto c = uut->find(key_of(i));
    ASSERT_NE(c, nullptr) << i;
    EXPECT_EQ(c->state(), circuit_state::open);
  }
  EXPECT_EQ(uut->counts().not_closed, 600u);
  expect_consistent(*uut);
}

// Two that ask for a new key at once get the same circuit.
TEST(keyed_threads, nobody_makes_a_second_circuit) {
  auto uut = keyed_circuits::make({.max_keys = 5000}, quick);
  std::array<std::vector<keyed_circuits::circuit_ptr>, 4> got;
  std::vector<std::function<void()>> askers;
  for (auto& list : got)
    askers.push_back([&list, &uut] {
      for (size_t i = 0; i < 5000; ++i)
        list.push_back(uut->get_or_make(key_of(i), at(0)));
    });
  run_together(askers);
  for (auto& list : got)
    EXPECT_TRUE(list == got[0]);
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 5000}));
  expect_consistent(*uut);
}

TEST(keyed_threads, the_latest_settings_are_in_force_when_all_is_quiet) {
  auto uut = keyed_circuits::make({}, quick);
  auto caller = [&] {
    for (size_t i = 0; i < 20'000; ++i)
      uut->get_or_make(key_of(i % 5), at(0));
  };
  auto configurer = [&](int32_t base) {
    for (int32_t i = 0; i < 2000; ++i) {
      auto next = quick;
      next.failure_threshold = base + i;
      EXPECT_TRUE(uut->configure(next).empty());
    }
  };
  run_together(
    {caller, caller, [&] { configurer(10); }, [&] { configurer(10'000); }});
  for (size_t i = 0; i < 5; ++i)
    EXPECT_EQ(uut->get_or_make(key_of(i), at(0))->config(), uut->breaker());
}

TEST(keyed_threads, the_whole_may_end_while_its_circuits_are_used) {
  for (int round = 0; round < 50; ++round) {
    auto heard = std::make_shared<std::atomic<int>>(0);
    auto uut = keyed_circuits::make(
      {}, {.failure_threshold = 1, .cooldown = ms(1), .success_threshold = 1},
      [heard](std::string_view, const transition&) { ++*heard; });
    std::vector<keyed_circuits::circuit_ptr> used;
    for (size_t i = 0; i < 3; ++i)
      used.push_back(uut->get_or_make(key_of(i), at(0)));
    auto caller = [](circuit& c) {
      for (int i = 0; i < 200; ++i)
        if (auto pass = c.admit(at(i)))
          c.settle(pass.pass, i % 3 == 0 ? outcome::failure : outcome::success,
                   1ms, at(i));
    };
    run_together({[&] { caller(*used[0]); }, [&] { caller(*used[1]); },
                  [&] { caller(*used[2]); }, [&] { uut.reset(); }});
    auto before = heard->load();
    used[0]->reset(at(1000));
    EXPECT_EQ(*heard, before);
  }
}

} // namespace

} // namespace resilience::test
