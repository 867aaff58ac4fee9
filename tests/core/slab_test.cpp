#include "resilience/slab.hpp"

#include <gtest/gtest.h>

#include <set>

namespace resilience::test {

namespace {

TEST(slab, grows_in_chunks_that_double) {
  slab<int> x;
  EXPECT_EQ(x.capacity(), 0u);
  for (auto capacity : {2u, 6u, 14u, 30u, 62u}) {
    x.grow();
    EXPECT_EQ(x.capacity(), capacity);
  }
}

TEST(slab, every_index_is_a_slot_of_its_own_and_stays_where_it_is) {
  slab<uint32_t> x;
  std::vector<uint32_t*> places;
  for (int chunk = 0; chunk < 8; ++chunk) {
    x.grow();
    for (auto i = static_cast<uint32_t>(places.size()); i < x.capacity(); ++i) {
      EXPECT_EQ(x[i], 0u) << "value-initialised";
      x[i] = i;
      places.push_back(&x[i]);
    }
  }
  EXPECT_EQ(std::set(places.begin(), places.end()).size(), x.capacity());
  for (uint32_t i = 0; i < x.capacity(); ++i) {
    EXPECT_EQ(x[i], i);
    EXPECT_EQ(&x[i], places[i]);
  }
}

TEST(slab, reaches_the_capacity_of_a_ledger) {
  slab<char> x;
  while (x.capacity() < 1'000'000)
    x.grow();
  EXPECT_EQ(x.capacity(), 1'048'574u);
  x[x.capacity() - 1] = 'z';
  EXPECT_EQ(x[x.capacity() - 1], 'z');
}

TEST(slab, shrinks_to_its_first_chunk_and_grows_again) {
  slab<int> x;
  x.shrink();
  EXPECT_EQ(x.capacity(), 0u);
  for (int i = 0; i < 5; ++i)
    x.grow();
  x[0] = 7;
  x.shrink();
  EXPECT_EQ(x.capacity(), 2u);
  EXPECT_EQ(x[0], 7);
  x.grow();
  EXPECT_EQ(x.capacity(), 6u);
  EXPECT_EQ(x[5], 0);
}

} // namespace

} // namespace resilience::test
