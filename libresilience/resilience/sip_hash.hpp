// SipHash (Aumasson and Bernstein: "SipHash: a fast short-input PRF", 2012):
// for tables whose keys come from outside. Without the two secret numbers
// nobody can pick keys that fall into one bucket.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace resilience {

/// @tparam Rounds for each 8 bytes, and `FinalRounds` at the end: 1 and 3 are
/// enough for a table, 2 and 4 are those of the paper.
template <int Rounds = 1, int FinalRounds = 3>
uint64_t sip_hash(uint64_t k0, uint64_t k1, std::string_view x) noexcept {
  uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
                   k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
  auto mix = [&v](int rounds) {
    for (; rounds > 0; --rounds) {
      v[0] += v[1];
      v[2] += v[3];
      v[1] = std::rotl(v[1], 13) ^ v[0];
      v[3] = std::rotl(v[3], 16) ^ v[2];
      v[0] = std::rotl(v[0], 32) + v[3];
      v[2] += v[1];
      v[1] = std::rotl(v[1], 17) ^ v[2];
      v[3] = std::rotl(v[3], 21) ^ v[0];
      v[2] = std::rotl(v[2], 32);
    }
  };
  auto take = [&](uint64_t word) {
    v[3] ^= word;
    mix(Rounds);
    v[0] ^= word;
  };
  auto last = static_cast<uint64_t>(x.size()) << 56;
  for (; x.size() >= 8; x.remove_prefix(8)) {
    uint64_t word = 0;
    std::memcpy(&word, x.data(), sizeof(word));
    take(word);
  }
  for (size_t i = 0; i < x.size(); ++i)
    last |= uint64_t{static_cast<uint8_t>(x[i])} << (8 * i);
  take(last);
  v[2] ^= 0xff;
  mix(FinalRounds);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

} // namespace resilience
