// A part of the circuits by key, with hashes of our own.
#include "resilience/keyed_shard.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace resilience::test {

namespace {

class keyed_shard_test : public ::testing::Test {
protected:
  keyed_node* add(std::string_view key, uint64_t hash, int64_t used = 0) {
    auto x = std::make_shared<keyed_node>(std::weak_ptr<keyed_circuits>{}, key,
                                          hash, breaker_config{}, 1, 0);
    x->last_used = at(used);
    uut.expect_one();
    uut.insert(x);
    return x.get();
  }

  std::string oldest(size_t looks = 100) {
    auto x = uut.take_oldest(looks);
    return x ? x->machine.name() : "";
  }

  keyed_shard uut;
};

TEST_F(keyed_shard_test, equal_hashes_are_no_equal_keys) {
  EXPECT_EQ(uut.find(1, "a"), nullptr);
  auto* a = add("a", 1);
  auto* b = add("b", 1);
  auto* other = add("a", 9); // of the same bucket
  EXPECT_EQ(uut.find(1, "a"), a);
  EXPECT_EQ(uut.find(1, "b"), b);
  EXPECT_EQ(uut.find(9, "a"), other);
  EXPECT_EQ(uut.find(1, "c"), nullptr);
  EXPECT_EQ(uut.find(2, "a"), nullptr);
  // One in the middle of its bucket leaves the others there.
  b->touched = true;
  a->touched = true;
  other->touched = true;
  b->last_used = at(-1);
  EXPECT_EQ(oldest(), "b");
  EXPECT_EQ(uut.find(1, "b"), nullptr);
  EXPECT_EQ(uut.find(1, "a"), a);
  EXPECT_EQ(uut.find(9, "a"), other);
}

TEST_F(keyed_shard_test, counts_who_is_there) {
  for (auto* key : {"a", "b", "c"})
    add(key, 1);
  EXPECT_EQ(uut.count(false), 3u);
  EXPECT_EQ(oldest(), "a");
  EXPECT_EQ(uut.count(false), 2u);
  EXPECT_EQ(uut.count(true), 0u);
}

TEST_F(keyed_shard_test, all_are_found_when_it_has_grown) {
  std::vector<keyed_node*> all;
  for (uint64_t i = 0; i < 100; ++i) {
    all.push_back(add(std::to_string(i), i % 40));
    for (uint64_t k = 0; k <= i; ++k)
      ASSERT_EQ(uut.find(k % 40, std::to_string(k)), all[k]) << k;
  }
  EXPECT_EQ(uut.count(false), 100u);
  EXPECT_EQ(uut.count(true), 0u);
}

TEST_F(keyed_shard_test, looks_are_counted_and_bounded) {
  for (int i = 0; i < 4; ++i)
    add(std::to_string(i), 0, i)->touched = true;
  size_t looks = 3;
  EXPECT_EQ(uut.take_oldest(looks)->machine.name(), "0");
  EXPECT_EQ(looks, 0u);
  EXPECT_EQ(uut.take_oldest(looks), nullptr);
  // "3" was not looked at, so it is still marked; the others come first.
  looks = 10;
  EXPECT_EQ(uut.take_oldest(looks)->machine.name(), "1");
  EXPECT_EQ(looks, 8u);
  EXPECT_EQ(uut.take_idle(at(1000), ms(1), looks)->machine.name(), "2");
  EXPECT_EQ(looks, 7u);
  EXPECT_EQ(uut.take_idle(at(3), ms(1), looks), nullptr);
  EXPECT_EQ(looks, 6u);
}

TEST_F(keyed_shard_test, a_search_for_idle_ones_is_bounded_too) {
  size_t looks = 5;
  EXPECT_EQ(uut.take_idle(at(1000), ms(1), looks), nullptr);
  EXPECT_EQ(looks, 5u);
  for (int i = 0; i < 3; ++i)
    add(std::to_string(i), 0, i)->touched = true;
  looks = 1;
  EXPECT_EQ(uut.take_idle(at(2), ms(10), looks), nullptr);
  EXPECT_EQ(looks, 0u);
  // Each is looked at once, also where there could be more.
  looks = 10;
  EXPECT_EQ(uut.take_idle(at(2), ms(10), looks), nullptr);
  EXPECT_EQ(looks, 7u);
}

TEST_F(keyed_shard_test, who_is_kept_changes_the_list_once) {
  auto* a = add("a", 0);
  add("b", 0);
  EXPECT_FALSE(uut.keep(*a, false));
  EXPECT_TRUE(uut.keep(*a, true));
  EXPECT_FALSE(uut.keep(*a, true));
  EXPECT_EQ(uut.count(true), 1u);
  EXPECT_EQ(uut.count(false), 1u);
  EXPECT_EQ(oldest(), "b");
  EXPECT_EQ(oldest(), "");
  EXPECT_TRUE(uut.keep(*a, false));
  EXPECT_EQ(uut.count(true), 0u);
  size_t looks = 1;
  auto gone = uut.take_oldest(looks);
  EXPECT_EQ(gone.get(), a);
  // Who is in no shard is in no list.
  EXPECT_FALSE(uut.keep(*gone, true));
}

TEST_F(keyed_shard_test, a_circuit_in_use_outlives_its_shard) {
  auto in_use = std::make_shared<keyed_node>(std::weak_ptr<keyed_circuits>{},
                                             "a", 1, breaker_config{}, 1, 0);
  std::weak_ptr<keyed_node> other;
  {
    keyed_shard shard;
    shard.expect_one();
    shard.insert(in_use);
    auto x = std::make_shared<keyed_node>(std::weak_ptr<keyed_circuits>{}, "b",
                                          1, breaker_config{}, 1, 0);
    other = x;
    shard.expect_one();
    shard.insert(std::move(x));
    shard.keep(*other.lock(), true);
  }
  EXPECT_TRUE(other.expired());
  EXPECT_EQ(in_use.use_count(), 1);
}

} // namespace

} // namespace resilience::test
