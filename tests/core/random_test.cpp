// Random numbers: the same from the same seed on every machine.
#include "resilience/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace resilience::test {

namespace {

TEST(random, split_mix_is_the_published_generator) {
  // The first numbers of its reference implementation for this seed.
  constexpr uint64_t expected[] = {6457827717110365317u, 3203168211198807973u,
                                   9817491932198370423u, 4593380528125082431u,
                                   16408922859458223821u};
  uint64_t state = 1'234'567;
  for (auto x : expected) {
    EXPECT_EQ(split_mix(state), x);
    auto before = state;
    EXPECT_EQ(draw_uniform(state), static_cast<double>(x >> 11) / 0x1p53);
    EXPECT_EQ(state, before + split_mix_step);
  }
}

TEST(random, uniform_numbers_fill_the_interval_from_0_to_below_1) {
  uint64_t state = 0;
  double sum = 0;
  double least = 1;
  double greatest = 0;
  constexpr int n = 10'000;
  for (int i = 0; i < n; ++i) {
    auto x = draw_uniform(state);
    sum += x;
    least = std::min(least, x);
    greatest = std::max(greatest, x);
  }
  EXPECT_NEAR(sum / n, 0.5, 0.02);
  EXPECT_GE(least, 0);
  EXPECT_LT(least, 0.01);
  EXPECT_GT(greatest, 0.99);
  EXPECT_LT(greatest, 1);
}

TEST(random, each_bit_of_a_seed_varies) {
  uint64_t once = 0;
  auto always = ~uint64_t{0};
  for (int i = 0; i < 200; ++i) {
    auto x = random_seed();
    once |= x;
    always &= x;
  }
  EXPECT_EQ(once, ~uint64_t{0});
  EXPECT_EQ(always, 0u);
}

} // namespace

} // namespace resilience::test
