// What every store makes of the history, and what it drops of it.
#include "store/store_port.hpp"

#include <limits>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

using numbers = std::vector<int64_t>;

class store_history : public store_port {};

INSTANTIATE_TEST_SUITE_P(stores, store_history, every_store(), store_name);

// -- history ------------------------------------------------------------------

TEST_P(store_history, an_entry_comes_back_with_its_settings) {
  auto x = entry("x", 7, at(3));
  x.event.from = circuit_state::disabled;
  x.event.to = circuit_state::isolated;
  x.event.why = cause::slow_call_rate;
  x.event.failures = std::numeric_limits<int32_t>::max();
  x.after.config = eventful("x").config;
  auto off = entry("x", 8, at(4));
  off.after.config.reset();
  auto again = entry("y", 9, at(5));
  again.after.config = x.after.config;
  auto other = entry("y", 10, at(6));
  append({x, off, again, other});
  auto found = history();
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].event, x.event);
  EXPECT_EQ(found[3].event, other.event);
  EXPECT_GT(found[0].settings, 0);
  EXPECT_EQ(found[1].settings, 0);
  EXPECT_EQ(found[2].settings, found[0].settings);
  EXPECT_NE(found[3].settings, found[0].settings);
  auto text = store->settings_text(found[0].settings);
  EXPECT_NE(text.find("\"failure_threshold\":7"), std::string::npos) << text;
  for (int64_t unknown : {int64_t{0}, int64_t{-1}, int64_t{99},
                          std::numeric_limits<int64_t>::max()})
    EXPECT_EQ(store->settings_text(unknown), "");
}

TEST_P(store_history, each_cause_comes_back) {
  for (uint8_t i = 0; valid(static_cast<cause>(i)); ++i) {
    auto x = entry("x", 2u + i);
    x.event.why = static_cast<cause>(i);
    append({x});
    EXPECT_EQ(history().back().event, x.event);
  }
}

TEST_P(store_history, pages_go_from_old_to_new) {
  for (uint64_t i = 0; i < 10; ++i)
    append(
      {entry(i % 2 == 0 ? "even" : "odd", 2 + i, at(static_cast<int64_t>(i)))});
  EXPECT_EQ(ids(history()), (numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(ids(history({.limit = 3})), (numbers{8, 9, 10}));
  EXPECT_EQ(ids(history({.after = 2, .limit = 3})), (numbers{3, 4, 5}));
  EXPECT_EQ(ids(history({.name = "odd", .limit = 2})), (numbers{8, 10}));
  EXPECT_EQ(ids(history({.name = "odd", .after = 1, .limit = 2})),
            (numbers{2, 4}));
  EXPECT_EQ(ids(history({.since = at(7)})), (numbers{8, 9, 10}));
  EXPECT_EQ(ids(history({.name = "odd", .since = at(6)})), (numbers{8, 10}));
  EXPECT_EQ(ids(history({.since = at(4), .after = 7, .limit = 1})),
            (numbers{8}));
  EXPECT_TRUE(history({.after = 10}).empty());
  EXPECT_TRUE(history({.limit = 0}).empty());
  EXPECT_TRUE(history({.since = wall_time::max()}).empty());
  EXPECT_EQ(history({.after = -5, .limit = 4'000'000'000}).size(), 10u);
}

TEST_P(store_history, entries_that_nobody_can_have_caused_are_left_out) {
  auto bad = [](auto change) {
    auto x = entry("x", 2);
    change(x.event);
    return x;
  };
  append({bad([](auto& x) { x.name = ""; }),
          bad([](auto& x) { x.name = "\xC0\x80"; }),
          bad([](auto& x) { x.from = static_cast<circuit_state>(9); }),
          bad([](auto& x) { x.to = static_cast<circuit_state>(200); }),
          bad([](auto& x) { x.why = static_cast<cause>(10); }),
          bad([](auto& x) { x.generation = 0; }),
          bad([](auto& x) { x.generation = max_generation + 1; }),
          bad([](auto& x) { x.failures = -1; }), entry("y", 3)});
  ASSERT_EQ(history().size(), 1u);
  EXPECT_EQ(history()[0].event.name, "y");
  EXPECT_TRUE(store->find("x")) << "the circuit itself is fine";
}

// -- retention ----------------------------------------------------------------

uint64_t prune_all(snapshot_store& x, const retention& keep, wall_time now) {
  uint64_t result = 0;
  while (auto n = x.prune(keep, now))
    result += n;
  return result;
}

TEST_P(store_history, old_transitions_are_dropped_whatever_their_order) {
  append({entry("x", 2, at(0)), entry("x", 3, at(7200)), entry("x", 4, at(100)),
          entry("x", 5, at(3600))});
  retention keep{.history = 1h};
  EXPECT_EQ(store->prune(keep, at(3600)), 0u);
  EXPECT_EQ(prune_all(*store, keep, at(3601)), 1u);
  EXPECT_EQ(prune_all(*store, keep, at(7200)), 1u);
  EXPECT_EQ(ids(history()), (numbers{2, 4}));
  EXPECT_TRUE(store->find("x")) << "circuits are not history";
}

TEST_P(store_history, beyond_a_number_the_first_are_dropped) {
  append(entries(10));
  retention keep{.max_transitions = 4};
  EXPECT_EQ(prune_all(*store, keep, at(0)), 6u);
  EXPECT_EQ(ids(history()), (numbers{7, 8, 9, 10}));
  append(entries(1, 3));
  EXPECT_EQ(prune_all(*store, keep, at(0)), 1u);
}

TEST_P(store_history, an_id_is_never_used_twice) {
  append(entries(3));
  EXPECT_EQ(prune_all(*store, {.history = 1h}, at(1'000'000)), 3u);
  append(entries(1, 3));
  EXPECT_EQ(ids(history()), numbers{4});
}

TEST_P(store_history, much_is_dropped_in_pieces) {
  append(entries(10'500));
  retention keep{.max_transitions = 100};
  EXPECT_EQ(prune_all(*store, keep, at(0)), 10'400u);
  EXPECT_EQ(history({.limit = 1000}).size(), 100u);
}

TEST_P(store_history, closed_circuits_that_nobody_uses_are_forgotten_if_asked) {
  auto open = closed("open", 2, at(0));
  open.memory.state = circuit_state::open;
  save({closed("old", 1, at(0)), closed("used", 1, at(1)), open});
  store->prune({.history = 1h}, at(1'000'000));
  EXPECT_TRUE(store->find("old")) << "nobody asked";
  retention keep{.unused_circuits = 1h};
  store->prune(keep, at(3600));
  EXPECT_TRUE(store->find("old")) << "not past its time yet";
  store->prune(keep, at(3601));
  EXPECT_FALSE(store->find("old"));
  EXPECT_TRUE(store->find("used"));
  store->prune(keep, at(1'000'000));
  EXPECT_FALSE(store->find("used"));
  EXPECT_TRUE(store->find("open")) << "never";
}

TEST_P(store_history, clocks_at_their_ends_overflow_nothing) {
  append({entry("x", 2, wall_time::min()), entry("x", 3, wall_time::max())});
  EXPECT_EQ(store->prune({.history = 24h * 3650}, wall_time::min()), 0u);
  EXPECT_EQ(prune_all(*store, {.history = 1h}, wall_time::max()), 1u);
  EXPECT_EQ(ids(history()), numbers{2});
}

} // namespace

} // namespace resilience::test
