#include "resilience/boxed.hpp"

#include <gtest/gtest.h>

namespace resilience::test {

TEST(boxed, copies_and_compares_by_value) {
  boxed<int> a;
  EXPECT_FALSE(a);
  EXPECT_EQ(a, boxed<int>{});
  a.emplace(1);
  auto b = a;
  EXPECT_EQ(a, b);
  *b = 2;
  EXPECT_EQ(*a, 1);
  EXPECT_NE(a, b);
  EXPECT_NE(a, boxed<int>{});
  EXPECT_NE(boxed<int>{}, a);
  b = a;
  EXPECT_EQ(*b, 1);
  b.reset();
  EXPECT_FALSE(b);
  a = b;
  EXPECT_FALSE(a);
}

} // namespace resilience::test
