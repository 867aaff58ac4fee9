// The hash of texts from outside, against published results.
#include "resilience/sip_hash.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

namespace resilience::test {

namespace {

constexpr uint64_t k0 = 0x0706050403020100;
constexpr uint64_t k1 = 0x0f0e0d0c0b0a0908;

/// The bytes 0, 1, 2...
std::string counting(size_t n) {
  std::string result;
  for (size_t i = 0; i < n; ++i)
    result += static_cast<char>(i);
  return result;
}

// Of the paper's appendix, and the first of its reference implementation.
TEST(sip_hash, is_that_of_the_paper) {
  if (std::endian::native != std::endian::little)
    GTEST_SKIP() << "hashes differ between byte orders";
  EXPECT_EQ((sip_hash<2, 4>(k0, k1, counting(15))), 0xa129ca6149be45e5);
  EXPECT_EQ((sip_hash<2, 4>(k0, k1, counting(0))), 0x726fdb47dd0e0e31);
  EXPECT_EQ((sip_hash<2, 4>(k0, k1, counting(1))), 0x74f839c593dc67fd);
  EXPECT_EQ((sip_hash<2, 4>(k0, k1, counting(8))), 0x93f5f5799a932462);
}

TEST(sip_hash, of_fewer_rounds_is_the_one_of_other_tables) {
  if (std::endian::native != std::endian::little)
    GTEST_SKIP() << "hashes differ between byte orders";
  EXPECT_EQ(sip_hash(k0, k1, counting(0)), 0xabac0158050fc4dc);
}

TEST(sip_hash, heeds_each_byte_the_length_and_both_keys) {
  std::set<uint64_t> all;
  size_t n = 0;
  for (size_t size = 0; size < 40; ++size) {
    std::string zeros(size, '\0');
    all.insert(sip_hash(k0, k1, zeros));
    ++n;
    for (size_t i = 0; i < size; ++i) {
      auto x = zeros;
      x[i] = '\xFF';
      all.insert(sip_hash(k0, k1, x));
      ++n;
    }
  }
  all.insert(sip_hash(k0 + 1, k1, "a"));
  all.insert(sip_hash(k0, k1 + 1, "a"));
  all.insert(sip_hash(k0, k1, "a"));
  EXPECT_EQ(all.size(), n + 3);
}

} // namespace

} // namespace resilience::test
