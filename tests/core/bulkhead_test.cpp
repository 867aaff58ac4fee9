#include "resilience/bulkhead.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

namespace {

using entry = bulkhead::entry;
using ids = std::vector<uint64_t>;

TEST(bulkhead, places_then_queue_then_full) {
  bulkhead x{{.max_concurrent = 1, .max_queue = 2}};
  EXPECT_EQ(x.enter(1), entry::granted);
  EXPECT_EQ(x.enter(2), entry::queued);
  EXPECT_EQ(x.enter(3), entry::queued);
  EXPECT_EQ(x.enter(4), entry::full);
  EXPECT_EQ(x.enter(2), entry::queued); // it waits already, once
  EXPECT_EQ(x.queued(), 2u);
  EXPECT_EQ(x.leave(), 2u);
  EXPECT_EQ(x.leave(), 3u);
  EXPECT_EQ(x.leave(), std::nullopt);
  EXPECT_EQ(x.leave(), std::nullopt); // nobody is in
  EXPECT_EQ(x.in_use(), 0u);
}

TEST(bulkhead, who_gives_up_loses_the_place_in_the_queue) {
  bulkhead x{{.max_concurrent = 1, .max_queue = 3}};
  for (uint64_t id = 1; id <= 4; ++id)
    x.enter(id);
  EXPECT_TRUE(x.abandon(2));
  EXPECT_FALSE(x.abandon(2));
  EXPECT_FALSE(x.abandon(1)); // a holder does not wait
  EXPECT_EQ(x.enter(2), entry::queued);
  EXPECT_EQ(x.leave(), 3u);
  EXPECT_EQ(x.leave(), 4u);
  EXPECT_EQ(x.leave(), 2u);
}

TEST(bulkhead, new_limits_take_nothing_back) {
  bulkhead x{{.max_concurrent = 2, .max_queue = 4}};
  for (uint64_t id = 1; id <= 6; ++id)
    x.enter(id);
  EXPECT_EQ(x.configure({.max_concurrent = 1, .max_queue = 0}), ids{});
  EXPECT_EQ(x.enter(7), entry::full);
  EXPECT_EQ(x.enter(6), entry::queued);
  EXPECT_EQ(x.leave(), std::nullopt); // one too many was in
  EXPECT_EQ(x.leave(), 3u);
  EXPECT_EQ(x.configure({.max_concurrent = 3}), (ids{4, 5}));
  EXPECT_EQ(x.queued(), 1u);
}

TEST(bulkhead, a_queue_under_churn_keeps_its_order) {
  bulkhead x{{.max_concurrent = 1, .max_queue = 8}};
  x.enter(0);
  x.enter(1); // stays first
  for (uint64_t id = 2; id < 100'000; ++id) {
    ASSERT_EQ(x.enter(id), entry::queued);
    ASSERT_TRUE(x.abandon(id));
  }
  x.enter(7);
  EXPECT_EQ(x.leave(), 1u);
  EXPECT_EQ(x.leave(), 7u);
}

TEST(bulkhead, settings_have_bounds) {
  EXPECT_TRUE(validate(bulkhead_config{}).empty());
  EXPECT_TRUE(validate(bulkhead_config{1, 0, 0s}).empty());
  EXPECT_EQ(validate(bulkhead_config{0, -1, -1ns}).size(), 3u);
  EXPECT_EQ(validate(bulkhead_config{1'000'001, 1'000'001, 24h * 366}).size(),
            3u);
}

} // namespace

} // namespace resilience::test
