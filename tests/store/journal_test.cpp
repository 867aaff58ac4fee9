// The journal: bounded, batched, and patient with a store that fails.
#include "resilience/store/journal.hpp"
#include "resilience/store/memory_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace resilience::test {

namespace {

journal_entry entry(const std::string& name, uint64_t generation) {
  journal_entry result;
  result.event.name = name;
  result.event.at = wall_clock::now();
  result.event.generation = generation;
  result.event.to = circuit_state::open;
  result.after.name = name;
  result.after.memory.generation = generation;
  result.after.memory.state = circuit_state::open;
  return result;
}

/// A memory store that fails or waits when told.
class told_store : public memory_store {
public:
  struct script {
    std::atomic<bool> fails{false};
    std::atomic<bool> appends_fail{false};
    std::atomic<bool> reads_fail{false};
    /// What it says then.
    std::string fault = "no room";
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false;
    bool waiting = false;
    std::vector<size_t> batches;
    int saves = 0;
    /// What it drops at a time; less than nothing: as a memory store does.
    int64_t prunable = -1;
    int prunes = 0;
    damage_report damage;
  };

  explicit told_store(std::shared_ptr<script> x) : script_(std::move(x)) {}

  void append(std::span<const journal_entry> batch) override {
    if (script_->fails || script_->appends_fail)
      throw std::runtime_error{script_->fault};
    {
      std::unique_lock<std::mutex> guard{script_->mutex};
      script_->waiting = true;
      script_->changed.notify_all();
      script_->changed.wait(guard, [&] { return !script_->held; });
      script_->batches.push_back(batch.size());
    }
    memory_store::append(batch);
  }

  void save(std::span<const circuit_snapshot> circuits,
            std::span<const restart_record> restarts) override {
    ++script_->saves;
    if (script_->fails)
      throw std::runtime_error{script_->fault};
    memory_store::save(circuits, restarts);
  }

  std::optional<circuit_snapshot> find(std::string_view name) override {
    if (script_->reads_fail)
      throw store_error{store_errc::locked, "somebody has it"};
    return memory_store::find(name);
  }

  uint64_t prune(const retention& keep, wall_time now) override {
    ++script_->prunes;
    return script_->prunable < 0 ? memory_store::prune(keep, now)
                                 : static_cast<uint64_t>(script_->prunable);
  }

  damage_report damaged() const override {
    return script_->damage;
  }

private:
  std::shared_ptr<script> script_;
};

struct journal_test : testing::Test {
  std::shared_ptr<told_store::script> told =
    std::make_shared<told_store::script>();
  journal log{std::make_unique<told_store>(told), 10};

  static std::vector<journal_entry> entries(const std::string& name,
                                            uint64_t from, uint64_t to) {
    std::vector<journal_entry> result;
    for (auto i = from; i <= to; ++i)
      result.push_back(entry(name, i));
    return result;
  }
};

TEST_F(journal_test, of_nobody_nothing_is_known) {
  EXPECT_EQ(journal_status{}.waiting, 0u);
  EXPECT_EQ(journal::receipt{}.accepted, 0u);
  EXPECT_EQ(journal::receipt{}.last, 0u);
}

TEST_F(journal_test, what_is_added_is_durable_after_a_flush) {
  EXPECT_TRUE(log.idle());
  auto x = log.add(entries("a", 2, 4));
  EXPECT_EQ(x.accepted, 3u);
  EXPECT_EQ(x.last, 3u);
  EXPECT_FALSE(log.idle());
  EXPECT_EQ(log.status().waiting, 3u);
  EXPECT_EQ(log.flush(), 3u);
  EXPECT_TRUE(log.idle());
  EXPECT_EQ(log.status().written, 3u);
  EXPECT_EQ(log.status().failures, 0u);
  EXPECT_EQ(log.history({}).size(), 3u);
  EXPECT_EQ(log.status().where, "memory");
}

TEST_F(journal_test, what_waits_is_written_together) {
  log.add(entries("a", 2, 3));
  log.add(entries("b", 2, 4));
  log.flush();
  EXPECT_EQ(told->batches, std::vector<size_t>{5});
  EXPECT_EQ(told->saves, 0) << "there is nothing to save";
}

TEST_F(journal_test, no_transaction_holds_more_than_some_thousands) {
  journal large{std::make_unique<told_store>(told)};
  large.add(entries("a", 1, 10'000));
  EXPECT_EQ(large.flush(), 10'000u);
  EXPECT_EQ(told->batches, (std::vector<size_t>{4096, 4096, 1808}));
}

TEST_F(journal_test, has_room_for_16384_unless_told_otherwise) {
  journal large{std::make_unique<told_store>(told)};
  EXPECT_EQ(large.add(std::vector<journal_entry>(16'385)).accepted, 16'384u);
}

TEST_F(journal_test, the_newest_are_dropped_and_counted_without_room) {
  EXPECT_EQ(log.add(entries("a", 2, 9)).accepted, 8u);
  auto x = log.add(entries("b", 2, 9));
  EXPECT_EQ(x.accepted, 2u);
  EXPECT_EQ(x.last, 10u);
  EXPECT_EQ(log.status().dropped, 6u);
  EXPECT_EQ(log.add(entries("c", 2, 2)).accepted, 0u);
  EXPECT_EQ(log.status().dropped, 7u);
  EXPECT_EQ(log.flush(), 10u);
  EXPECT_EQ(log.add(entries("b", 4, 4)).last, 11u);
}

TEST_F(journal_test, a_store_that_fails_loses_nothing) {
  told->fails = true;
  log.add(entries("a", 2, 4));
  EXPECT_EQ(log.flush(), 0u);
  auto x = log.status();
  EXPECT_EQ(x.waiting, 3u);
  EXPECT_EQ(x.fault, "no room");
  EXPECT_EQ(x.failures, 1u);
  EXPECT_FALSE(log.save({}, {}));
  told->fails = false;
  EXPECT_EQ(log.flush(), 3u);
  EXPECT_EQ(log.status().fault, "");
  auto all = log.history({});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].event.generation, 2u) << "in order";
}

TEST_F(journal_test, a_store_that_fails_without_a_word_has_failed) {
  told->fails = true;
  told->fault.clear();
  log.add(entries("a", 2, 2));
  EXPECT_EQ(log.flush(), 0u);
  EXPECT_EQ(log.status().fault, "unknown");
  EXPECT_EQ(log.status().failures, 1u);
}

TEST_F(journal_test, a_circuit_is_not_saved_before_its_transitions) {
  told->fails = true;
  log.add(entries("a", 2, 2));
  log.park(entry("a", 2).after);
  log.flush();
  EXPECT_EQ(told->saves, 0);
  told->fails = false;
  log.flush();
  EXPECT_EQ(told->saves, 1);
  EXPECT_TRUE(log.idle());
}

TEST_F(journal_test,
       parked_circuits_are_found_before_and_after_they_are_saved) {
  auto x = entry("a", 7).after;
  EXPECT_TRUE(log.park(x));
  EXPECT_FALSE(log.idle());
  EXPECT_EQ(log.find("a"), x);
  EXPECT_FALSE(log.find("b"));
  told->fails = true;
  log.flush();
  EXPECT_EQ(log.find("a"), x);
  told->fails = false;
  log.flush();
  EXPECT_TRUE(log.idle());
  ASSERT_TRUE(log.find("a"));
  EXPECT_EQ(log.find("a")->memory.generation, 7u);
  EXPECT_FALSE(log.find("b"));
  EXPECT_TRUE(told->batches.empty()) << "there was no transition";
}

TEST_F(journal_test, a_circuit_that_waits_in_the_journal_is_found) {
  log.add(entries("a", 2, 3));
  ASSERT_TRUE(log.find("a"));
  EXPECT_EQ(log.find("a")->memory.generation, 3u);
  EXPECT_FALSE(log.find("b"));
  log.park(entry("a", 4).after);
  EXPECT_EQ(log.find("a")->memory.generation, 4u) << "the newest";
}

TEST_F(journal_test, parked_circuits_are_bounded) {
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(log.park(entry(std::to_string(i), 2).after));
  EXPECT_FALSE(log.park(entry("one too many", 2).after));
}

TEST_F(journal_test, saves_circuits_and_restarts) {
  EXPECT_TRUE(log.save({entry("a", 3).after}, {{"w", 2, {}}}));
  EXPECT_TRUE(log.save({entry("b", 3).after}, {}));
  EXPECT_TRUE(log.save({}, {{"x", 2, {}}}));
  auto x = log.load(10);
  EXPECT_EQ(x.circuits.size(), 2u);
  EXPECT_EQ(x.restarts.size(), 2u);
}

TEST_F(journal_test, saves_after_what_waits) {
  log.add(entries("a", 2, 3));
  EXPECT_TRUE(log.save({entry("a", 4).after}, {}));
  EXPECT_TRUE(log.idle());
  EXPECT_EQ(log.find("a")->memory.generation, 4u);
  log.add(entries("a", 5, 5));
  EXPECT_TRUE(log.save({}, {}));
  EXPECT_TRUE(log.idle());
}

TEST_F(journal_test, shows_a_history_with_what_waits) {
  log.add(entries("a", 2, 3));
  EXPECT_EQ(log.history({}).size(), 2u);
}

TEST_F(journal_test, tells_of_damage_after_each_call_that_reads) {
  EXPECT_EQ(log.status().damaged, 0u);
  EXPECT_EQ(log.status().last_damage, "");
  auto found = [&](const std::function<void()>& call) {
    ++told->damage.rows;
    told->damage.last = "row " + std::to_string(told->damage.rows);
    call();
    return log.status().damaged == told->damage.rows
           && log.status().last_damage == told->damage.last;
  };
  EXPECT_TRUE(found([&] { log.load(10); }));
  EXPECT_TRUE(found([&] { log.find("x"); }));
  EXPECT_TRUE(found([&] { log.history({}); }));
  log.close();
  EXPECT_EQ(log.status().last_damage, "row 3") << "still known";
}

TEST_F(journal_test, prunes) {
  log.add(entries("a", 2, 9));
  log.flush();
  log.prune({.max_transitions = 3}, wall_clock::now());
  EXPECT_EQ(log.history({}).size(), 3u);
}

TEST_F(journal_test, a_fault_of_writing_stays_until_that_works_again) {
  told->appends_fail = true;
  log.add(entries("a", 2, 2));
  EXPECT_FALSE(log.save({entry("b", 2).after}, {}));
  EXPECT_EQ(log.status().fault, "no room");
  EXPECT_FALSE(log.find("other"));
  log.prune({}, wall_clock::now());
  EXPECT_EQ(log.status().fault, "no room") << "reading works, writing does not";
  told->appends_fail = false;
  log.flush();
  EXPECT_EQ(log.status().fault, "");
  EXPECT_EQ(log.status().failures, 1u);
}

TEST_F(journal_test, saving_nothing_works_whatever_comes_meanwhile) {
  EXPECT_TRUE(log.save({}, {}));
  log.add(entries("a", 2, 3));
  EXPECT_EQ(log.added(), 2u);
  EXPECT_TRUE(log.save({}, {}));
  EXPECT_TRUE(log.idle());
}

TEST_F(journal_test,
       a_store_that_cannot_be_read_is_not_one_without_the_circuit) {
  told->reads_fail = true;
  EXPECT_THROW(log.find("a"), store_error);
  EXPECT_EQ(log.status().fault, "somebody has it");
  log.add(entries("a", 2, 2));
  EXPECT_TRUE(log.find("a")) << "it waits here";
  told->reads_fail = false;
  EXPECT_FALSE(log.find("b"));
  EXPECT_EQ(log.status().fault, "");
}

TEST_F(journal_test, many_parked_circuits_want_a_flush) {
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(log.park(entry(std::to_string(i), 2).after));
  EXPECT_FALSE(log.is_crowded());
  EXPECT_TRUE(log.park(entry("a", 2).after));
  EXPECT_TRUE(log.is_crowded());
  log.flush();
  EXPECT_FALSE(log.is_crowded());
}

TEST_F(journal_test, prunes_until_nothing_is_left_or_others_have_waited) {
  told->prunable = 0;
  log.prune({}, wall_clock::now());
  EXPECT_EQ(told->prunes, 1);
  told->prunable = 1;
  log.prune({}, wall_clock::now());
  EXPECT_EQ(told->prunes, 1 + 16);
}

TEST_F(journal_test, once_closed_nothing_is_written) {
  log.add(entries("a", 2, 2));
  log.close();
  EXPECT_TRUE(log.idle());
  log.add(entries("a", 3, 3));
  EXPECT_EQ(log.flush(), 1u);
  EXPECT_THROW(log.find("b"), store_error);
  EXPECT_THROW(log.history({}), store_error);
  EXPECT_THROW(log.settings_text(1), store_error);
}

TEST_F(journal_test, nobody_who_adds_waits_for_the_store) {
  told->held = true;
  log.add(entries("a", 2, 2));
  std::thread writer{[&] { log.flush(); }};
  {
    std::unique_lock<std::mutex> guard{told->mutex};
    told->changed.wait(guard, [&] { return told->waiting; });
  }
  // The writer is in the store now, and stays there.
  EXPECT_FALSE(log.idle());
  EXPECT_EQ(log.add(entries("a", 3, 20)).accepted, 9u)
    << "what the writer has in hand takes room, too";
  EXPECT_EQ(log.status().waiting, 10u);
  EXPECT_TRUE(log.park(entry("p", 2).after));
  EXPECT_FALSE(log.idle());
  {
    std::lock_guard<std::mutex> guard{told->mutex};
    told->held = false;
  }
  told->changed.notify_all();
  writer.join();
  EXPECT_EQ(log.flush(), 10u);
}

} // namespace

} // namespace resilience::test
