// Circuits by key: found again, bounded, and never forgotten while they matter.
#include "resilience/keyed_circuits.hpp"

#include "support/instants.hpp"
#include "support/printing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace resilience::test {

namespace {

constexpr auto closed = circuit_state::closed;
constexpr auto opened = circuit_state::open;
constexpr auto half = circuit_state::half_open;

constexpr breaker_config small{
  .failure_threshold = 2, .cooldown = ms(100), .success_threshold = 1};

class keyed_circuits_test : public ::testing::Test {
protected:
  using circuit_ptr = keyed_circuits::circuit_ptr;

  /// One shard, so that it is plain who is oldest.
  void make(int32_t max_keys, duration idle_after = ms(1000)) {
    uut = keyed_circuits::make(
      {.max_keys = max_keys, .idle_after = idle_after}, small,
      [this](std::string_view key, const transition& x) {
        seen.push_back(std::string{key} + ": " + to_string(x.from) + " to "
                       + to_string(x.to));
      },
      42);
  }

  void call(std::string_view key, outcome what, time_point now) {
    auto c = uut->get_or_make(key, now);
    c->settle(c->admit(now).pass, what, 1ms, now);
  }

  void use(std::string_view key, time_point now) {
    call(key, outcome::success, now);
  }

  void open(std::string_view key, time_point now) {
    call(key, outcome::failure, now);
    call(key, outcome::failure, now);
    ASSERT_EQ(uut->find(key)->state(), opened);
  }

  bool has(std::string_view key) const {
    return uut->find(key) != nullptr;
  }

  /// The keys of the list, in its order.
  std::vector<std::string> keys(size_t offset = 0, size_t limit = 1000) const {
    std::vector<std::string> result;
    for (const auto& x : uut->list(offset, limit))
      result.push_back(x->name());
    return result;
  }

  std::shared_ptr<keyed_circuits> uut;
  std::vector<std::string> seen;
};

using texts = std::vector<std::string>;

// -- settings -----------------------------------------------------------------

TEST_F(keyed_circuits_test, settings_have_bounds) {
  EXPECT_TRUE(validate(keyed_config{}).empty());
  EXPECT_TRUE(validate(keyed_config{1, 1ms, 1}).empty());
  EXPECT_TRUE(validate(keyed_config{10'000'000, 24h * 365, 4096}).empty());
  EXPECT_EQ(validate(keyed_config{0, 0ms, 0}),
            (faults{"keyed.max_keys must be between 1 and 10000000, is 0",
                    "keyed.idle_after must be between 1ms and 8760h, is 0s",
                    "keyed.max_key_bytes must be between 1 and 4096, is 0"}));
  EXPECT_EQ(validate(keyed_config{10'000'001, 24h * 366, 4097}).size(), 3u);
}

TEST_F(keyed_circuits_test, every_fault_is_thrown) {
  auto wrong = small;
  wrong.success_threshold = 0;
  try {
    keyed_circuits::make({.max_keys = -1}, wrong);
    FAIL() << "must throw";
  } catch (const invalid_config_error& x) {
    EXPECT_STREQ(x.what(),
                 "keyed.max_keys must be between 1 and 10000000, is -1; "
                 "breaker.success_threshold must be between 1 and 1000000, is "
                 "0");
  }
}

// -- who gets which -----------------------------------------------------------

TEST_F(keyed_circuits_test, a_key_has_a_circuit_of_its_own) {
  make(10);
  auto a = uut->get_or_make("a", at(0));
  auto b = uut->get_or_make("b", at(0));
  EXPECT_NE(a, b);
  EXPECT_EQ(uut->get_or_make("a", at(1)), a);
  EXPECT_EQ(uut->find("b"), b);
  EXPECT_EQ(uut->find("c"), nullptr);
  EXPECT_EQ(a->name(), "a");
  EXPECT_EQ(a->config(), small);
  EXPECT_EQ(uut->breaker(), small);
  EXPECT_EQ(uut->config(), (keyed_config{10, ms(1000)}));
  open("a", at(1));
  EXPECT_EQ(b->state(), closed);
  EXPECT_EQ(uut->overflow()->state(), closed);
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 2, .not_closed = 1}));
}

TEST_F(keyed_circuits_test, strange_keys_are_keys) {
  make(10);
  using namespace std::string_view_literals;
  std::set<circuit*> different;
  for (auto key : {" "sv, "\0"sv, "\0\0"sv, "a"sv, "a\0"sv, "a\0b"sv, "a\nb"sv,
                   "\xC3\xA9"sv}) {
    auto x = uut->get_or_make(key, at(0));
    EXPECT_EQ(x->name(), key);
    EXPECT_EQ(uut->get_or_make(key, at(0)), x);
    different.insert(x.get());
  }
  EXPECT_EQ(different.size(), 8u);
  EXPECT_EQ(uut->counts().unfit, 0u);
}

TEST_F(keyed_circuits_test, keys_that_are_none_share_a_circuit) {
  make(10);
  auto rest = uut->overflow();
  EXPECT_EQ(rest->name(), "");
  EXPECT_EQ(uut->find(""), rest);
  for (auto& key : {std::string{}, std::string(257, 'x'), std::string(300, 'y'),
                    std::string(1'000'000, 'z'), std::string{"\xFF"},
                    std::string{"a\xC0\x80"}, std::string{"\xED\xA0\x80"}}) {
    EXPECT_EQ(uut->get_or_make(key, at(0)), rest) << key.substr(0, 10);
    EXPECT_EQ(has(key), key.empty()) << key.substr(0, 10);
  }
  EXPECT_NE(uut->get_or_make(std::string(256, 'x'), at(0)), rest);
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 1, .unfit = 7}));
  EXPECT_EQ(keys().size(), 1u);
}

TEST_F(keyed_circuits_test, the_shared_circuit_is_a_breaker_too) {
  make(10);
  call("\xFF", outcome::failure, at(0));
  call("", outcome::failure, at(0));
  EXPECT_FALSE(uut->get_or_make("\xFE", at(1))->admit(at(1)));
  EXPECT_EQ(seen, texts{": closed to open"});
  EXPECT_EQ(uut->counts().not_closed, 0u); // it is no key's
  EXPECT_TRUE(uut->reset("", at(2)));
  EXPECT_EQ(uut->overflow()->state(), closed);
}

// -- room ---------------------------------------------------------------------

TEST_F(keyed_circuits_test, who_was_used_longest_ago_makes_room) {
  make(3);
  for (auto* key : {"a", "b", "c"})
    use(key, at(0));
  use("a", at(1));
  use("d", at(2));
  EXPECT_FALSE(has("b"));
  use("c", at(3));
  use("a", at(4));
  use("e", at(5));
  EXPECT_FALSE(has("d"));
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 3, .evicted = 2}));
  EXPECT_EQ(uut->overflow()->metrics(at(5)).total_calls, 0u);
}

TEST_F(keyed_circuits_test, of_those_used_since_the_earliest_makes_room) {
  make(3);
  for (auto* key : {"a", "b", "c"})
    use(key, at(0));
  use("b", at(1));
  use("c", at(2));
  use("a", at(3));
  use("d", at(4));
  EXPECT_FALSE(has("b"));
  EXPECT_TRUE(has("a") && has("c"));
}

TEST_F(keyed_circuits_test, a_closed_one_that_makes_room_begins_anew) {
  make(1);
  call("a", outcome::failure, at(0));
  use("b", at(1));
  call("a", outcome::failure, at(2));
  EXPECT_EQ(uut->find("a")->state(), closed);
  EXPECT_EQ(uut->find("a")->status(at(2), {}).consecutive_failures, 1);
}

TEST_F(keyed_circuits_test, who_is_in_use_does_not_make_room) {
  make(2);
  auto a = uut->get_or_make("a", at(0));
  auto pass = a->admit(at(0)).pass;
  for (int i = 0; i < 100; ++i)
    use("other " + std::to_string(i), at(1 + i));
  EXPECT_EQ(uut->find("a"), a);
  a->settle(pass, outcome::success, 1ms, at(200));
  a.reset();
  use("b", at(201));
  use("c", at(202));
  EXPECT_FALSE(has("a"));
}

TEST_F(keyed_circuits_test, only_closed_ones_make_room) {
  make(5);
  open("open", at(0));
  open("half", at(0));
  uut->find("half")->advance(at(100));
  use("isolated", at(0));
  uut->find("isolated")->isolate(owner::health, at(0));
  use("disabled", at(0));
  uut->find("disabled")->disable(at(0));
  EXPECT_EQ(uut->counts().not_closed, 4u);
  for (int i = 0; i < 100; ++i)
    use(std::to_string(i), at(101 + i));
  EXPECT_EQ(uut->evict_idle(at(1'000'000'000), 1000), 1u);
  EXPECT_EQ(uut->find("open")->state(), opened);
  EXPECT_EQ(uut->find("half")->state(), half);
  EXPECT_EQ(uut->find("isolated")->state(), circuit_state::isolated);
  EXPECT_EQ(uut->find("disabled")->state(), circuit_state::disabled);
  EXPECT_EQ(uut->counts(),
            (keyed_counts{.keys = 4, .not_closed = 4, .evicted = 100}));
}

TEST_F(keyed_circuits_test, without_room_calls_share_the_overflow) {
  make(2);
  open("a", at(0));
  open("b", at(0));
  auto rest = uut->overflow();
  EXPECT_EQ(uut->get_or_make("c", at(1)), rest);
  EXPECT_EQ(uut->get_or_make("d", at(1)), rest);
  EXPECT_FALSE(has("c"));
  EXPECT_EQ(uut->find("a")->state(), opened);
  EXPECT_EQ(uut->counts(),
            (keyed_counts{.keys = 2, .not_closed = 2, .overflowed = 2}));
  // They are protected, and the keys with room do not suffer.
  call("c", outcome::failure, at(1));
  call("d", outcome::failure, at(1));
  EXPECT_FALSE(uut->get_or_make("e", at(2))->admit(at(2)));
  // A circuit that closes makes room again.
  use("a", at(100));
  EXPECT_EQ(uut->find("a")->state(), closed);
  EXPECT_NE(uut->get_or_make("c", at(100)), rest);
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
}

TEST_F(keyed_circuits_test, an_open_one_probes_first_however_long_it_rests) {
  make(1);
  open("a", at(0));
  for (int i = 0; i < 100; ++i) {
    use(std::to_string(i), at(1'000'000 + i));
    uut->evict_idle(at(1'000'000 + i), 10);
  }
  auto a = uut->get_or_make("a", at(2'000'000));
  auto probe = a->admit(at(2'000'000));
  EXPECT_EQ(probe.pass.probe, 1u);
  EXPECT_EQ(a->state(), half);
  a->settle(probe.pass, outcome::failure, 1ms, at(2'000'000));
  EXPECT_EQ(a->state(), opened);
}

TEST_F(keyed_circuits_test, a_search_for_room_is_short_and_goes_on) {
  make(100);
  std::vector<circuit_ptr> used;
  for (int i = 0; i < 99; ++i)
    used.push_back(uut->get_or_make(std::to_string(i), at(0)));
  use("idle", at(0));
  // It looks at 64, then at the others.
  EXPECT_EQ(uut->get_or_make("next", at(1)), uut->overflow());
  EXPECT_EQ(uut->get_or_make("next", at(1))->name(), "next");
  EXPECT_FALSE(has("idle"));
  EXPECT_EQ(uut->counts(),
            (keyed_counts{.keys = 100, .evicted = 1, .overflowed = 1}));
}

TEST_F(keyed_circuits_test, room_is_also_found_in_other_shards) {
  constexpr int n = 1000; // 8 shards
  make(n);
  for (int i = 0; i < n - 1; ++i)
    open(std::to_string(i), at(0));
  use("closed", at(0));
  for (int i = 0; i < 50; ++i)
    use("next " + std::to_string(i), at(1 + i));
  EXPECT_EQ(uut->counts(),
            (keyed_counts{.keys = n, .not_closed = n - 1, .evicted = 50}));
  EXPECT_EQ(uut->overflow()->metrics(at(0)).total_calls, 0u);
}

// -- idle ones ----------------------------------------------------------------

TEST_F(keyed_circuits_test, idle_circuits_are_forgotten) {
  make(100);
  use("a", at(0));
  use("b", at(1));
  EXPECT_EQ(uut->evict_idle(at(1000) - 1ns, 1000), 0u);
  EXPECT_EQ(uut->evict_idle(at(1000), 1000), 1u);
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 1, .evicted = 1}));
}

TEST_F(keyed_circuits_test, each_use_starts_the_time_anew) {
  make(100);
  use("a", at(0));
  use("b", at(0));
  use("a", at(900));
  EXPECT_EQ(uut->evict_idle(at(1000), 1000), 1u);
  EXPECT_TRUE(has("a"));
  // To look is no use.
  uut->find("a");
  uut->list(0, 10);
  EXPECT_EQ(uut->evict_idle(at(1900), 1000), 1u);
  EXPECT_EQ(uut->counts().keys, 0u);
}

TEST_F(keyed_circuits_test, who_is_in_use_is_not_idle) {
  make(100);
  auto a = uut->get_or_make("a", at(0));
  use("b", at(0));
  EXPECT_EQ(uut->evict_idle(at(10'000), 1000), 1u);
  EXPECT_TRUE(has("a"));
  a.reset();
  EXPECT_EQ(uut->evict_idle(at(10'000), 1000), 1u);
}

TEST_F(keyed_circuits_test, new_keys_clear_away_the_idle_ones) {
  make(100);
  for (int i = 0; i < 50; ++i)
    use("old " + std::to_string(i), at(0));
  for (int i = 0; i < 50; ++i)
    use("new " + std::to_string(i), at(1000));
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 50, .evicted = 50}));
}

TEST_F(keyed_circuits_test, a_step_looks_at_no_more_than_it_was_told) {
  make(1000); // 8 shards
  for (int i = 0; i < 500; ++i)
    use(std::to_string(i), at(0));
  EXPECT_EQ(uut->evict_idle(at(1000), 0), 0u);
  EXPECT_EQ(uut->evict_idle(at(1000), 1), 1u);
  EXPECT_EQ(uut->evict_idle(at(1000), 7), 7u);
  EXPECT_EQ(uut->counts().keys, 492u);
  for (int i = 0; i < 100 && uut->counts().keys > 0; ++i)
    EXPECT_LE(uut->evict_idle(at(1000), 100), 100u);
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 0, .evicted = 500}));
}

TEST_F(keyed_circuits_test, a_step_stops_where_the_others_are_younger) {
  make(100);
  for (int i = 0; i < 10; ++i)
    use(std::to_string(i), at(i));
  EXPECT_EQ(uut->evict_idle(at(1004), 1000), 5u);
  for (int i = 5; i < 10; ++i)
    use(std::to_string(i), at(500));
  // All were used since: they get their new places, none is idle.
  EXPECT_EQ(uut->evict_idle(at(1010), 1000), 0u);
  EXPECT_EQ(uut->evict_idle(at(1500), 1000), 5u);
}

TEST_F(keyed_circuits_test, a_circuit_that_closed_can_be_idle_again) {
  make(100);
  open("a", at(0));
  use("a", at(100));
  EXPECT_EQ(uut->counts().not_closed, 0u);
  EXPECT_EQ(uut->evict_idle(at(1099), 1000), 0u);
  EXPECT_EQ(uut->evict_idle(at(1100), 1000), 1u);
}

TEST_F(keyed_circuits_test, any_time_will_do) {
  make(100);
  auto first = time_point::min();
  auto last = time_point::max();
  use("a", first);
  EXPECT_EQ(uut->evict_idle(first, 10), 0u);
  use("b", last);
  EXPECT_FALSE(has("a")); // idle by far
  use("b", first); // time that goes back is none
  EXPECT_EQ(uut->evict_idle(first, 10), 0u);
  EXPECT_EQ(uut->evict_idle(last, 10), 0u);
  open("c", last);
  EXPECT_EQ(uut->get_or_make("c", last)->admit(last).reason, rejection::none);
}

// -- transitions --------------------------------------------------------------

TEST_F(keyed_circuits_test, the_listener_hears_the_key) {
  make(10);
  open("a", at(0));
  open("b", at(1));
  use("a", at(100));
  EXPECT_EQ(seen, (texts{"a: closed to open", "b: closed to open",
                         "a: open to half_open", "a: half_open to closed"}));
}

TEST_F(keyed_circuits_test, the_listener_may_call_back) {
  texts heard;
  uut = keyed_circuits::make(
    {.max_keys = 2}, small, [&](std::string_view key, const transition& x) {
      heard.push_back(std::string{key} + " " + to_string(x.to) + " "
                      + std::to_string(uut->counts().not_closed));
      uut->get_or_make(key, at(0));
      uut->get_or_make("new", at(0));
      if (x.to == opened)
        uut->reset(key, at(0));
    });
  call("a", outcome::failure, at(0));
  call("a", outcome::failure, at(0));
  EXPECT_EQ(heard, (texts{"a open 1", "a closed 0"}));
}

TEST_F(keyed_circuits_test, a_circuit_outlives_the_whole_in_silence) {
  make(10);
  auto a = uut->get_or_make("a", at(0));
  auto rest = uut->overflow();
  use("b", at(0));
  uut.reset();
  for (auto& c : {a, rest}) {
    for (int i = 0; i < 2; ++i)
      c->settle(c->admit(at(0)).pass, outcome::failure, 1ms, at(0));
    EXPECT_EQ(c->state(), opened);
  }
  EXPECT_EQ(seen, texts{});
}

// -- by hand ------------------------------------------------------------------

TEST_F(keyed_circuits_test, settings_reach_each_circuit_at_its_next_call) {
  make(10);
  call("a", outcome::failure, at(0));
  open("b", at(0));
  auto next = small;
  next.failure_threshold = 3;
  next.cooldown = ms(5000);
  EXPECT_TRUE(uut->configure(next).empty());
  EXPECT_EQ(uut->breaker(), next);
  EXPECT_EQ(uut->find("a")->config(), small);
  EXPECT_EQ(uut->get_or_make("c", at(1))->config(), next);
  call("a", outcome::failure, at(1));
  EXPECT_EQ(uut->find("a")->state(), closed);
  EXPECT_EQ(uut->find("a")->status(at(1), {}).consecutive_failures, 2);
  EXPECT_EQ(uut->get_or_make("b", at(1))->config(), next);
  EXPECT_EQ(uut->find("b")->open_until(), at(100)); // as it was
  uut->get_or_make("", at(1));
  EXPECT_EQ(uut->overflow()->config(), next);
  // Once is enough.
  auto c = uut->get_or_make("c", at(2));
  auto before = c->activity();
  EXPECT_EQ(uut->get_or_make("c", at(2))->activity(), before);
}

TEST_F(keyed_circuits_test, wrong_settings_are_refused_whole) {
  make(10);
  auto wrong = small;
  wrong.failure_threshold = 0;
  wrong.cooldown = 0s;
  EXPECT_EQ(uut->configure(wrong).size(), 2u);
  EXPECT_EQ(uut->breaker(), small);
  EXPECT_EQ(uut->get_or_make("a", at(0))->config(), small);
}

TEST_F(keyed_circuits_test, the_latest_settings_win) {
  make(10);
  use("a", at(0));
  auto next = small;
  for (int i = 3; i < 10; ++i) {
    next.failure_threshold = i;
    EXPECT_TRUE(uut->configure(next).empty());
    if (i % 2 == 0) {
      EXPECT_EQ(uut->get_or_make("a", at(0))->config(), next);
    }
  }
  EXPECT_EQ(uut->get_or_make("a", at(0))->config(), next);
}

TEST_F(keyed_circuits_test, reset_closes_one_or_all) {
  make(10);
  for (auto* key : {"a", "b", "c", ""})
    open(key, at(0));
  call("d", outcome::failure, at(0));
  EXPECT_FALSE(uut->reset("x", at(1)));
  EXPECT_FALSE(has("x"));
  EXPECT_TRUE(uut->reset("a", at(1)));
  EXPECT_EQ(uut->find("a")->state(), closed);
  EXPECT_EQ(uut->find("b")->state(), opened);
  EXPECT_EQ(uut->counts().not_closed, 2u);
  seen.clear();
  EXPECT_EQ(uut->reset_all(at(2)), 3u);
  std::ranges::sort(seen);
  EXPECT_EQ(seen, (texts{": open to closed", "b: open to closed",
                         "c: open to closed"}));
  EXPECT_EQ(uut->counts().not_closed, 0u);
  EXPECT_EQ(uut->find("d")->status(at(2), {}).consecutive_failures, 1);
  EXPECT_EQ(uut->reset_all(at(3)), 0u);
}

// -- the list -----------------------------------------------------------------

TEST_F(keyed_circuits_test, the_list_begins_with_those_not_closed) {
  make(10);
  for (auto* key : {"a", "b", "c", "d", "e"})
    use(key, at(0));
  open("d", at(1));
  open("b", at(1));
  EXPECT_EQ(keys(), (texts{"d", "b", "a", "c", "e"}));
  EXPECT_EQ(keys(0, 0), texts{});
  EXPECT_EQ(keys(0, 1), texts{"d"});
  EXPECT_EQ(keys(1, 2), (texts{"b", "a"}));
  EXPECT_EQ(keys(3, 100), (texts{"c", "e"}));
  EXPECT_EQ(keys(5), texts{});
  constexpr auto most = std::numeric_limits<size_t>::max();
  EXPECT_EQ(keys(most, most), texts{});
  EXPECT_EQ(keys(0, most).size(), 5u);
}

TEST_F(keyed_circuits_test, pages_have_each_circuit_once) {
  make(2000); // 16 shards
  for (int i = 0; i < 1000; ++i)
    if (i % 10 == 0)
      open(std::to_string(i), at(0));
    else
      use(std::to_string(i), at(0));
  texts all;
  for (size_t offset = 0; offset < 1100; offset += 37) {
    auto page = keys(offset, 37);
    EXPECT_LE(page.size(), 37u);
    all.insert(all.end(), page.begin(), page.end());
  }
  EXPECT_EQ(all, keys());
  EXPECT_TRUE(std::all_of(all.begin(), all.begin() + 100,
                          [](auto& x) { return x.back() == '0'; }));
  EXPECT_EQ((std::set<std::string>{all.begin(), all.end()}.size()), 1000u);
}

// -- many ---------------------------------------------------------------------

TEST_F(keyed_circuits_test, a_stream_of_keys_leaves_no_more_than_the_bound) {
  make(1000);
  for (int i = 0; i < 20'000; ++i) {
    use("key " + std::to_string(i), at(0));
    ASSERT_LE(uut->counts().keys, 1000u);
  }
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 1000, .evicted = 19'000}));
  EXPECT_EQ(keys(0, 2000).size(), 1000u);
  EXPECT_EQ(uut->overflow()->metrics(at(0)).total_calls, 0u);
}

TEST_F(keyed_circuits_test, equal_seeds_forget_the_same_keys) {
  texts first;
  for (int run = 0; run < 2; ++run) {
    make(300);
    for (int i = 0; i < 5000; ++i)
      use(std::to_string(i * i % 1009), at(i));
    auto now = keys();
    if (run == 0)
      first = now;
    EXPECT_EQ(first, now);
  }
}

} // namespace

} // namespace resilience::test
