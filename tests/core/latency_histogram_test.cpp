#include "resilience/latency_histogram.hpp"

#include "support/instants.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace resilience::test {

namespace {

TEST(latency_histogram, buckets_double_and_a_bound_belongs_to_the_next) {
  struct row {
    duration took;
    size_t bucket;
  };
  const row rows[] = {
    {duration::min(), 0},
    {-1ns, 0},
    {0ns, 0},
    {999ns, 0},
    {1us, 1},
    {2us - 1ns, 1},
    {2us, 2},
    {3us, 2},
    {4us - 1ns, 2},
    {4us, 3},
    {1024us - 1ns, 10},
    {1024us, 11},
    {std::chrono::microseconds{1 << 24} - 1ns, 24},
    {std::chrono::microseconds{1 << 24}, 25},
    {std::chrono::microseconds{1 << 25}, 25},
    {1h, 25},
    {duration::max(), 25},
  };
  for (const auto& x : rows)
    EXPECT_EQ(latency_histogram::bucket(x.took), x.bucket) << x.took.count();
}

TEST(latency_histogram, counts_every_call_in_its_bucket) {
  latency_histogram x;
  EXPECT_EQ(x.total(), 0u);
  x.record(0ns);
  x.record(3us);
  x.record(3us);
  x.record(1h);
  auto counts = x.counts();
  ASSERT_EQ(counts.size(), latency_histogram::num_buckets);
  EXPECT_EQ(counts[0], 1u);
  EXPECT_EQ(counts[2], 2u);
  EXPECT_EQ(counts[25], 1u);
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), uint64_t{0}), 4u);
  EXPECT_EQ(x.total(), 4u);
}

TEST(latency_histogram, goes_on_from_earlier_counts) {
  latency_histogram x;
  x.record(1h);
  for (size_t n : {2u, 26u, 27u}) {
    std::vector<uint64_t> earlier(n);
    std::iota(earlier.begin(), earlier.end(), uint64_t{7});
    x.assign(earlier);
    earlier.resize(latency_histogram::num_buckets);
    EXPECT_EQ(x.counts(), earlier) << "another version had " << n;
  }
  x.record(0ns);
  EXPECT_EQ(x.counts()[0], 8u);
}

TEST(latency_histogram, a_quantile_is_the_bound_of_its_bucket) {
  latency_histogram x;
  for (int i = 0; i < 50; ++i)
    x.record(3us);
  for (int i = 0; i < 49; ++i)
    x.record(100us);
  x.record(1s);
  auto counts = x.counts();
  struct row {
    double quantile;
    duration bound;
  };
  const row rows[] = {
    {0.0, 4us},
    {0.01, 4us},
    {0.5, 4us},
    {0.51, 128us},
    {0.99, 128us},
    {0.991, std::chrono::microseconds{1 << 20}},
    {1.0, std::chrono::microseconds{1 << 20}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(latency_quantile(counts, row.quantile), row.bound)
      << row.quantile;
}

TEST(latency_histogram, without_calls_a_quantile_is_zero) {
  EXPECT_EQ(latency_quantile(latency_histogram{}.counts(), 0.99), 0ns);
  EXPECT_EQ(latency_quantile({}, 0.5), 0ns);
}

TEST(latency_histogram, one_call_is_every_quantile) {
  latency_histogram x;
  x.record(3us);
  for (auto quantile : {0.0, 0.5, 1.0})
    EXPECT_EQ(latency_quantile(x.counts(), quantile), 4us);
  latency_histogram none;
  none.record(0ns);
  EXPECT_EQ(latency_quantile(none.counts(), 0.5), 1us);
}

TEST(latency_histogram, the_last_bucket_has_no_bound) {
  latency_histogram x;
  x.record(1h);
  EXPECT_EQ(latency_quantile(x.counts(), 0.5), duration::max());
}

} // namespace

} // namespace resilience::test
