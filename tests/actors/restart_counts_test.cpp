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
