// What leaves a memory store at its limits.
#include "resilience/store/memory_store.hpp"

#include "store/store_fixture.hpp"

#include <algorithm>

namespace resilience::test {

namespace {

using strings = std::vector<std::string>;

class memory_limit : public testing::Test {
protected:
  void save(const std::string& name, int64_t seconds,
            circuit_state state = circuit_state::closed) {
    auto x = closed(name, ++generation, at(seconds));
    x.memory.state = state;
    store.save(std::vector{x}, {});
  }

  strings kept() {
    auto result = names(store.load(100));
    std::sort(result.begin(), result.end());
    return result;
  }

  memory_store store{{.history = 3, .circuits = 3}};
  uint64_t generation = 0;
};

TEST_F(memory_limit, the_oldest_transitions_leave) {
  store.append(entries(3));
  EXPECT_EQ(ids(store.history({})), (std::vector<int64_t>{1, 2, 3}));
  store.append(entries(2, 3));
  EXPECT_EQ(ids(store.history({})), (std::vector<int64_t>{3, 4, 5}));
  store.append(entries(10, 4));
  EXPECT_EQ(ids(store.history({})), (std::vector<int64_t>{13, 14, 15}));
  EXPECT_EQ(store.prune({.max_transitions = 1}, at(0)), 2u);
}

TEST_F(memory_limit, the_closed_circuit_that_was_saved_longest_ago_leaves) {
  save("a", 3);
  save("b", 1);
  save("c", 2);
  save("d", 4);
  EXPECT_EQ(kept(), (strings{"a", "c", "d"}));
  save("c", 9);
  save("e", 5);
  EXPECT_EQ(kept(), (strings{"c", "d", "e"}));
  save("f", 0);
  EXPECT_EQ(kept(), (strings{"c", "d", "e"})) << "itself the oldest";
  EXPECT_EQ(store.find("a"), std::nullopt);
}

TEST_F(memory_limit, one_that_is_not_closed_never_leaves) {
  save("open", 0, circuit_state::open);
  save("isolated", 0, circuit_state::isolated);
  save("a", 1);
  save("b", 2);
  EXPECT_EQ(kept(), (strings{"b", "isolated", "open"}));
  save("disabled", 0, circuit_state::disabled);
  save("half open", 0, circuit_state::half_open);
  EXPECT_EQ(kept(), (strings{"disabled", "half open", "isolated", "open"}));
  save("c", 3);
  EXPECT_EQ(kept().size(), 4u);
  save("open", 4);
  EXPECT_EQ(kept(), (strings{"disabled", "half open", "isolated"}));
}

TEST_F(memory_limit, an_open_one_may_leave_once_it_is_closed) {
  save("a", 0, circuit_state::open);
  save("b", 2);
  save("c", 3);
  save("a", 1);
  save("d", 4);
  EXPECT_EQ(kept(), (strings{"b", "c", "d"}));
  save("b", 5, circuit_state::open);
  save("e", 6);
  EXPECT_EQ(kept(), (strings{"b", "d", "e"}));
}

TEST_F(memory_limit, what_was_forgotten_or_pruned_makes_room) {
  save("a", 1);
  save("b", 2);
  save("c", 3);
  store.forget("b");
  save("d", 4);
  EXPECT_EQ(kept(), (strings{"a", "c", "d"}));
  store.prune({.unused_circuits = std::chrono::seconds{1}}, at(3));
  EXPECT_EQ(kept(), (strings{"c", "d"}));
  save("e", 5);
  EXPECT_EQ(kept(), (strings{"c", "d", "e"}));
  save("f", 6);
  EXPECT_EQ(kept(), (strings{"d", "e", "f"}));
}

TEST_F(memory_limit, settings_leave_with_the_transitions_that_had_them) {
  for (int i = 1; i <= 5'000; ++i) {
    auto x = entry("x", static_cast<uint64_t>(i) + 1);
    x.after.config->failure_threshold = i;
    store.append(std::vector{x});
    EXPECT_EQ(store.find("x")->config->failure_threshold, i);
    for (const auto& y : store.history({}))
      EXPECT_NE(store.settings_text(y.settings), "");
  }
  int kept = 0;
  for (int64_t id = 1; id <= 5'000; ++id)
    kept += store.settings_text(id).empty() ? 0 : 1;
  EXPECT_LE(kept, 1'100);
}

TEST(memory_limits, hold_for_very_many_names) {
  memory_store store;
  for (uint64_t i = 0; i < 110; ++i) {
    std::vector<journal_entry> xs;
    for (int j = 0; j < 1'000; ++j) {
      auto second = static_cast<int64_t>(i) * 1'000 + j;
      xs.push_back(entry(std::to_string(second), 2, at(second)));
      xs.back().after = closed(std::to_string(second), 2, at(second));
    }
    store.append(xs);
  }
  EXPECT_EQ(store.load(1'000'000).circuits.size(), 100'000u);
  EXPECT_EQ(store.history({.limit = 100'000}).size(), 10'000u);
  EXPECT_FALSE(store.find("9999"));
  EXPECT_TRUE(store.find("10000"));
}

} // namespace

} // namespace resilience::test
