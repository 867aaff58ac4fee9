// Which circuits by key are forgotten, and that none is while it matters.
#include "core/keyed_fixture.hpp"

namespace resilience::test {

namespace {

constexpr auto closed = circuit_state::closed;
constexpr auto opened = circuit_state::open;
constexpr auto half = circuit_state::half_open;

using texts = std::vector<std::string>;

class keyed_room_test : public keyed_fixture {};

// -- room ---------------------------------------------------------------------

TEST_F(keyed_room_test, who_was_used_longest_ago_makes_room) {
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

TEST_F(keyed_room_test, of_those_used_since_the_earliest_makes_room) {
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

TEST_F(keyed_room_test, a_closed_one_that_makes_room_begins_anew) {
  make(1);
  call("a", outcome::failure, at(0));
  use("b", at(1));
  call("a", outcome::failure, at(2));
  EXPECT_EQ(uut->find("a")->state(), closed);
  EXPECT_EQ(uut->find("a")->status(at(2), {}).consecutive_failures, 1);
}

TEST_F(keyed_room_test, who_is_in_use_does_not_make_room) {
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

TEST_F(keyed_room_test, only_closed_ones_make_room) {
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

TEST_F(keyed_room_test, without_room_calls_share_the_overflow) {
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

TEST_F(keyed_room_test, an_open_one_probes_first_however_long_it_rests) {
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

TEST_F(keyed_room_test, a_search_for_room_is_short_and_goes_on) {
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

TEST_F(keyed_room_test, room_is_also_found_in_other_shards) {
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

// Each search goes on where the one before has stopped.
TEST_F(keyed_room_test, the_last_room_is_found_in_a_few_calls) {
  constexpr int n = 8000; // 64 shards
  make(n);
  for (int i = 0; i < n - 1; ++i)
    open(std::to_string(i), at(0));
  use("closed", at(0));
  for (int i = 0; i < 20; ++i) {
    auto key = "next " + std::to_string(i);
    for (int tries = 0; tries < 6 && !has(key); ++tries)
      use(key, at(1));
    EXPECT_TRUE(has(key)) << i;
  }
  EXPECT_GT(uut->counts().overflowed, 0u);
  EXPECT_EQ(uut->counts().not_closed, uint64_t{n - 1});
}

// -- idle ones ----------------------------------------------------------------

TEST_F(keyed_room_test, idle_circuits_are_forgotten) {
  make(100);
  use("a", at(0));
  use("b", at(1));
  EXPECT_EQ(uut->evict_idle(at(1000) - 1ns, 1000), 0u);
  EXPECT_EQ(uut->evict_idle(at(1000), 1000), 1u);
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("b"));
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 1, .evicted = 1}));
}

TEST_F(keyed_room_test, each_use_starts_the_time_anew) {
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

TEST_F(keyed_room_test, who_is_in_use_is_not_idle) {
  make(100);
  auto a = uut->get_or_make("a", at(0));
  use("b", at(0));
  EXPECT_EQ(uut->evict_idle(at(10'000), 1000), 1u);
  EXPECT_TRUE(has("a"));
  a.reset();
  EXPECT_EQ(uut->evict_idle(at(10'000), 1000), 1u);
}

TEST_F(keyed_room_test, new_keys_clear_away_the_idle_ones) {
  make(100);
  for (int i = 0; i < 50; ++i)
    use("old " + std::to_string(i), at(0));
  for (int i = 0; i < 50; ++i)
    use("new " + std::to_string(i), at(1000));
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 50, .evicted = 50}));
}

TEST_F(keyed_room_test, a_step_looks_at_no_more_than_it_was_told) {
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

TEST_F(keyed_room_test, a_step_finds_as_many_as_it_looks_at) {
  make(100); // one shard
  for (int i = 0; i < 5; ++i)
    use(std::to_string(i), at(0));
  EXPECT_EQ(uut->evict_idle(at(1000), 3), 3u);
  EXPECT_EQ(uut->evict_idle(at(1000), 3), 2u);
}

TEST_F(keyed_room_test, a_step_stops_where_the_others_are_younger) {
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

TEST_F(keyed_room_test, a_circuit_that_closed_can_be_idle_again) {
  make(100);
  open("a", at(0));
  use("a", at(100));
  EXPECT_EQ(uut->counts().not_closed, 0u);
  EXPECT_EQ(uut->evict_idle(at(1099), 1000), 0u);
  EXPECT_EQ(uut->evict_idle(at(1100), 1000), 1u);
}

TEST_F(keyed_room_test, any_time_will_do) {
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

// -- many ---------------------------------------------------------------------

TEST_F(keyed_room_test, a_stream_of_keys_leaves_no_more_than_the_bound) {
  make(1000);
  for (int i = 0; i < 20'000; ++i) {
    use("key " + std::to_string(i), at(0));
    ASSERT_LE(uut->counts().keys, 1000u);
  }
  EXPECT_EQ(uut->counts(), (keyed_counts{.keys = 1000, .evicted = 19'000}));
  EXPECT_EQ(keys(0, 2000).size(), 1000u);
  EXPECT_EQ(uut->overflow()->metrics(at(0)).total_calls, 0u);
}

TEST_F(keyed_room_test, equal_seeds_forget_the_same_keys) {
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
