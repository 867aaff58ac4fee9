// Storage for slots that come and go: indices stay valid, nothing moves.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace resilience {

/// Slots in chunks that double, the first one small, so that an owner with a
/// few slots stays small and one with a million takes few allocations. Growing
/// copies nothing. Not thread-safe; owned by one ledger.
template <class T>
class slab {
public:
  static constexpr uint32_t first_chunk = 2;

  T& operator[](uint32_t i) noexcept {
    auto k = chunk_of(i);
    return chunks_[k][i - begin_of(k)];
  }

  uint32_t capacity() const noexcept {
    return begin_of(static_cast<uint32_t>(chunks_.size()));
  }

  /// Adds a chunk; its slots are value-initialised.
  void grow() {
    auto size = first_chunk << chunks_.size();
    chunks_.push_back(std::make_unique<T[]>(size));
  }

  /// Gives everything but the first chunk back.
  void shrink() {
    chunks_.resize(std::min(chunks_.size(), size_t{1}));
  }

private:
  static constexpr uint32_t chunk_of(uint32_t i) noexcept {
    return static_cast<uint32_t>(std::bit_width(i / first_chunk + 1)) - 1;
  }

  static constexpr uint32_t begin_of(uint32_t chunk) noexcept {
    return first_chunk * ((1u << chunk) - 1);
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
};

} // namespace resilience
