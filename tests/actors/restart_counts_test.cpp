// How often actors were restarted, by name.
#include "resilience/actors/restart_counts.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace resilience::test {

namespace {

wall_time wall(int64_t s) {
  return wall_time{std::chrono::seconds{s}};
}

TEST(restart_counts, grow_by_name) {
  restart_counts x;
  EXPECT_FALSE(x.find("a"));
  x.add("b", wall(1));
  x.add("a", wall(3));
  x.add("a", wall(2)); // a wall clock may go back
  x.add("", wall(9));
  EXPECT_EQ(x.find("a"), (restart_record{"a", 2, wall(3)}));
  EXPECT_EQ(x.all(), (std::vector<restart_record>{{"a", 2, wall(3)},
                                                  {"b", 1, wall(1)}}));
}

TEST(restart_counts, go_on_from_what_was_counted_before) {
  restart_counts x;
  x.add("a", wall(5));
  x.restore(std::vector<restart_record>{
    {"a", 10, wall(2)}, {"b", 1, wall(1)}, {"", 3, wall(1)}});
  EXPECT_EQ(x.all(), (std::vector<restart_record>{{"a", 11, wall(5)},
                                                  {"b", 1, wall(1)}}));
}

TEST(restart_counts, are_bounded) {
  restart_counts x{2};
  x.add("a", wall(2));
  x.add("b", wall(1));
  x.add("a", wall(3));
  x.add("c", wall(4));
  EXPECT_FALSE(x.find("b")) << "the longest ago";
  EXPECT_TRUE(x.find("a"));
  EXPECT_TRUE(x.find("c"));
}

TEST(restart_counts, forget_the_oldest_of_many_in_no_time) {
  constexpr size_t most = 100'000;
  std::vector<restart_record> before;
  for (size_t i = 0; i < 4 * most; ++i)
    before.push_back({std::to_string(i), 1, wall(static_cast<int64_t>(i))});
  restart_counts x{most};
  x.restore(before);
  EXPECT_EQ(x.all().size(), most);
  EXPECT_FALSE(x.find(before[3 * most - 1].name));
  EXPECT_TRUE(x.find(before[3 * most].name));
  // One look at all of them for each would take a minute.
  for (size_t i = 0; i < most; ++i)
    x.add("new " + std::to_string(i), wall(static_cast<int64_t>(4 * most + i)));
  EXPECT_LE(x.all().size(), most);
  EXPECT_TRUE(x.find("new " + std::to_string(most - 1)));
}

// -- saving -------------------------------------------------------------------

using records = std::vector<restart_record>;

TEST(restart_counts, give_what_has_changed_to_be_saved) {
  restart_counts x;
  x.restore(records{{"a", 10, wall(2)}, {"b", 1, wall(1)}});
  records saved;
  auto write = [&](const records& xs) {
    saved = xs;
    return true;
  };
  EXPECT_TRUE(x.save(write));
  EXPECT_EQ(saved, records{}) << "it comes from there";
  x.add("b", wall(5));
  x.add("c", wall(6));
  EXPECT_TRUE(x.save(write));
  EXPECT_EQ(saved, (records{{"b", 2, wall(5)}, {"c", 1, wall(6)}}));
  saved.clear();
  EXPECT_TRUE(x.save(write));
  EXPECT_EQ(saved, records{});
}

TEST(restart_counts, are_given_again_where_saving_failed) {
  restart_counts x;
  x.add("a", wall(1));
  EXPECT_FALSE(x.save([](const records&) { return false; }));
  EXPECT_THROW(x.save([](const records&) -> bool { throw 1; }), int);
  auto during = 0u;
  EXPECT_TRUE(x.save([&](const records& xs) {
    during = static_cast<unsigned>(xs.size());
    x.add("a", wall(2));
    return true;
  }));
  EXPECT_EQ(during, 1u);
  EXPECT_TRUE(x.save([&](const records& xs) {
    EXPECT_EQ(xs, (records{{"a", 2, wall(2)}})) << "came meanwhile";
    return true;
  }));
}

// -- threads ------------------------------------------------------------------

TEST(restart_counts, lose_nothing_between_threads) {
  restart_counts x;
  auto work = [&] {
    for (int i = 0; i < 1'000; ++i)
      x.add("a", wall(i));
  };
  std::thread other{work};
  work();
  other.join();
  EXPECT_EQ(x.find("a")->restarts, 2'000u);
}

} // namespace

} // namespace resilience::test
