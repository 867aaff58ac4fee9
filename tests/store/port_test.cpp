// What every store makes of circuits and restarts, whatever it is made of.
#include "store/store_port.hpp"

#include <limits>

namespace resilience::test {

namespace {

using namespace std::chrono_literals;

using strings = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(stores, store_port, every_store(), store_name);

// -- circuits -----------------------------------------------------------------

TEST_P(store_port, a_new_one_remembers_nothing) {
  auto found = store->load(10);
  EXPECT_TRUE(found.circuits.empty());
  EXPECT_FALSE(found.more);
  EXPECT_TRUE(found.restarts.empty());
  EXPECT_TRUE(found.skipped.empty());
  EXPECT_EQ(store->damaged(), damage_report{});
  EXPECT_EQ(store->find("x"), std::nullopt);
  EXPECT_TRUE(history().empty());
  EXPECT_EQ(store->prune({}, at(0)), 0u);
  EXPECT_FALSE(store->where().empty());
}

TEST_P(store_port, every_field_comes_back) {
  auto x = eventful("payments");
  save({x});
  EXPECT_EQ(store->find("payments"), x);
  auto found = store->load(10);
  ASSERT_EQ(found.circuits.size(), 1u);
  EXPECT_EQ(found.circuits[0], x);
}

TEST_P(store_port, what_is_not_there_comes_back_as_not_there) {
  auto x = closed("payments");
  x.config.reset();
  save({x});
  EXPECT_EQ(store->find("payments"), x);
  // And takes the place of what was.
  auto y = eventful("orders");
  save({y});
  y.last_failure.reset();
  y.open_until.reset();
  y.opened_at.reset();
  y.config.reset();
  y.totals.latency.clear();
  save({y});
  EXPECT_EQ(store->find("orders"), y);
}

TEST_P(store_port, each_state_comes_back) {
  for (uint8_t i = 0; valid(static_cast<circuit_state>(i)); ++i) {
    auto x = closed(std::string{"x"} + std::to_string(i));
    x.memory.state = static_cast<circuit_state>(i);
    save({x});
    EXPECT_EQ(store->find(x.name), x);
  }
}

TEST_P(store_port, names_are_kept_to_the_byte) {
  auto long_name = std::string(256, 'n');
  auto zero = std::string{"a\0b", 3};
  for (const auto& name :
       strings{"a", "A", " a", "a ", "caf\xC3\xA9", "cafe\xCC\x81", "'; --",
               "%", "\xF0\x9F\x92\xA1", zero, long_name, "\n"}) {
    save({closed(name)});
    append({entry(name, 2)});
    ASSERT_TRUE(store->find(name)) << name;
    EXPECT_EQ(store->find(name)->name, name);
    EXPECT_EQ(history({.name = name}).size(), 1u) << name;
  }
  EXPECT_EQ(store->load(100).circuits.size(), 12u);
  EXPECT_EQ(store->find("b"), std::nullopt);
}

TEST_P(store_port, what_no_circuit_can_be_is_left_out_and_the_rest_written) {
  auto bad = [](auto change) {
    auto x = closed("bad");
    change(x);
    return x;
  };
  auto nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<circuit_snapshot> xs = {
    bad([](auto& x) { x.name = ""; }),
    bad([](auto& x) { x.name = std::string(257, 'n'); }),
    bad([](auto& x) { x.name = "caf\xE9"; }),
    bad([](auto& x) { x.config->failure_threshold = 0; }),
    bad([&](auto& x) { x.config->cooldown_growth = nan; }),
    bad([](auto& x) { x.memory.state = static_cast<circuit_state>(5); }),
    bad([](auto& x) { x.memory.generation = 0; }),
    bad([](auto& x) { x.memory.generation = max_generation + 1; }),
    bad([](auto& x) { x.memory.failures = -1; }),
    bad([](auto& x) { x.memory.isolation = 8; }),
    bad([](auto& x) { x.memory.remaining = -1ns; }),
    bad([](auto& x) { x.memory.window_slow = 1; }),
  };
  for (const auto& x : xs) {
    save({closed("good"), x, closed("better")});
    append({{opened("bad", 0), x}});
  }
  EXPECT_EQ(names(store->load(10)), (strings{"better", "good"}));
  EXPECT_TRUE(history().empty());
}

TEST_P(store_port, texts_for_people_are_cut_and_made_readable) {
  auto x = closed("x");
  x.provider = std::string(255, 'p') + "\xC3\xA9";
  x.last_failure = failure_info{at(0), "bad \xFF byte "};
  x.last_failure->reason.append(5000, 'r');
  save({x});
  auto found = store->find("x");
  ASSERT_TRUE(found && found->last_failure);
  EXPECT_EQ(found->provider, std::string(255, 'p'));
  const auto& reason = found->last_failure->reason;
  EXPECT_EQ(reason.size(), 1024u);
  EXPECT_TRUE(reason.starts_with("bad \xEF\xBF\xBD byte rrr")) << reason;
  auto y = entry("y", 2);
  y.event.last_failure = std::string(1023, 'e') + "\xF0\x9F\x92\xA1";
  append({y});
  EXPECT_EQ(history().at(0).event.last_failure, std::string(1023, 'e'));
}

TEST_P(store_port, counters_end_at_the_largest_signed_number) {
  constexpr auto most = uint64_t{std::numeric_limits<int64_t>::max()};
  auto x = closed("x", max_generation);
  x.totals.total_calls = std::numeric_limits<uint64_t>::max();
  x.totals.latency = {most, most + 1, 0};
  x.totals.success_rate = 17; // follows from its counters
  x.totals.layers.retries = 3;
  x.memory.window_calls = x.memory.window_failed = most + 7;
  store->save(std::vector{x},
              std::vector{restart_record{"a", most + 1, at(0)}});
  auto found = store->find("x");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->memory.generation, max_generation);
  EXPECT_EQ(found->totals.total_calls, most);
  EXPECT_EQ(found->totals.latency, (std::vector<uint64_t>{most, most, 0}));
  EXPECT_EQ(found->totals.success_rate, 1.0);
  EXPECT_EQ(found->totals.layers, layer_metrics{});
  EXPECT_EQ(found->memory.window_failed, most);
  EXPECT_EQ(store->load(9).restarts.at(0).restarts, most);
}

TEST_P(store_port, wall_clocks_may_say_what_they_like) {
  for (auto when : {wall_time::min(), wall_time::max(), wall_time{},
                    wall_time{-1ns}, at(-4'000'000'000)}) {
    auto x = eventful("x");
    x.saved_at = when;
    x.open_until = when;
    x.opened_at = when;
    x.last_failure->at = when;
    store->forget("x");
    save({x});
    EXPECT_EQ(store->find("x"), x);
    append({entry("y", 2, when - (when > wall_time::min() ? 1ns : 0ns))});
    store->prune({}, when);
    store->load(10);
  }
}

TEST_P(store_port, latencies_of_any_length_come_back) {
  for (size_t n : {0u, 1u, 26u, 64u}) {
    auto x = closed("x");
    x.totals.latency.assign(n, 0);
    if (n > 0)
      x.totals.latency.back() = 3;
    save({x});
    EXPECT_EQ(store->find("x"), x) << n;
  }
  auto x = closed("x");
  x.totals.latency.assign(65, 1);
  save({x});
  EXPECT_EQ(store->find("x")->totals.latency, std::vector<uint64_t>(64, 1));
}

// -- which one stays ----------------------------------------------------------

TEST_P(store_port, a_lower_generation_never_takes_the_place) {
  save({closed("x", 5, at(0))});
  auto older = closed("x", 4, at(100));
  older.totals.total_calls = 1000;
  save({older});
  EXPECT_EQ(store->find("x")->memory.generation, 5u);
  append({entry("x", 3, at(100))});
  EXPECT_EQ(store->find("x")->memory.generation, 5u);
  // The transition is history all the same.
  EXPECT_EQ(history().size(), 1u);
  save({closed("x", 6, at(-100))});
  EXPECT_EQ(store->find("x")->memory.generation, 6u);
}

TEST_P(store_port, of_equal_generations_the_later_stays) {
  auto x = closed("x", 5, at(10));
  x.totals.total_calls = 10;
  save({x});
  auto y = x;
  y.provider = "older";
  y.saved_at = at(9);
  save({y});
  EXPECT_EQ(store->find("x")->provider, "");
  y.provider = "as old";
  y.saved_at = at(10);
  save({y});
  EXPECT_EQ(store->find("x")->provider, "as old");
  y.provider = "newer, fewer calls since a restart";
  y.saved_at = at(11);
  y.totals.total_calls = 1;
  save({y});
  EXPECT_EQ(store->find("x")->provider, y.provider);
}

TEST_P(store_port, a_clock_that_was_set_back_freezes_nothing) {
  auto x = closed("x", 5, at(1'000'000));
  x.totals.total_calls = 10;
  save({x});
  x.saved_at = at(0);
  x.totals.rejected = 1;
  save({x});
  EXPECT_EQ(store->find("x"), x);
}

TEST_P(store_port, of_one_batch_the_last_of_a_name_stays) {
  auto a = closed("x", 2);
  auto b = closed("x", 3);
  auto c = closed("x", 3);
  a.provider = "a";
  b.provider = "b";
  c.provider = "c";
  save({b, c, a});
  EXPECT_EQ(store->find("x"), c);
  append({entry("y", 2), entry("z", 4), entry("y", 3)});
  EXPECT_EQ(store->find("y")->memory.generation, 3u);
  ASSERT_EQ(history().size(), 3u);
  EXPECT_EQ(history()[2].event.generation, 3u);
}

// -- loading ------------------------------------------------------------------

TEST_P(store_port, those_not_closed_come_first_then_the_latest_saved) {
  std::vector<circuit_snapshot> xs = {
    closed("c1", 1, at(1)),  closed("c3", 1, at(3)), closed("c2b", 1, at(2)),
    closed("c2a", 1, at(2)), closed("o0", 1, at(0)), closed("o9", 1, at(9))};
  xs[4].memory.state = circuit_state::isolated;
  xs[5].memory.state = circuit_state::half_open;
  save(xs);
  const strings all = {"o9", "o0", "c3", "c2a", "c2b", "c1"};
  for (size_t n : {6u, 7u, 1000u}) {
    EXPECT_EQ(names(store->load(n)), all);
    EXPECT_FALSE(store->load(n).more);
  }
  EXPECT_EQ(names(store->load(std::numeric_limits<size_t>::max())), all);
  for (size_t n : {0u, 1u, 3u, 5u}) {
    EXPECT_EQ(names(store->load(n)),
              strings(all.begin(), all.begin() + static_cast<long>(n)));
    EXPECT_TRUE(store->load(n).more);
  }
}

TEST_P(store_port, forgets_a_circuit_and_keeps_its_history) {
  append({entry("x", 2), entry("y", 2)});
  store->forget("x");
  store->forget("nobody");
  EXPECT_EQ(store->find("x"), std::nullopt);
  EXPECT_EQ(names(store->load(9)), strings{"y"});
  EXPECT_EQ(history({.name = "x"}).size(), 1u);
  // A new one of that name begins at its first generation.
  save({closed("x", 1)});
  EXPECT_EQ(store->find("x")->memory.generation, 1u);
}

TEST_P(store_port, restarts_are_replaced_and_come_all_by_name) {
  std::vector<restart_record> xs = {{"b", 1, at(1)},
                                    {"a", 2, wall_time::max()},
                                    {"", 3, at(0)},
                                    {"bad\xFF", 1, at(0)}};
  store->save({}, xs);
  xs[0].restarts = 0;
  xs[0].last = at(-5);
  store->save({}, std::span{xs}.first(1));
  auto found = store->load(0);
  EXPECT_EQ(found.restarts, (std::vector{xs[1], xs[0]}));
  EXPECT_FALSE(found.more);
}

TEST_P(store_port, empty_batches_are_nothing) {
  append({});
  save({});
  EXPECT_TRUE(store->load(1).circuits.empty());
}

} // namespace

} // namespace resilience::test
