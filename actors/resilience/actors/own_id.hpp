// Ids of a guard's own requests: the ledger's, marked by a high bit.
#pragma once

#include <caf/message_id.hpp>

#include <cstdint>

namespace resilience {

inline constexpr uint64_t own_mark = uint64_t{1} << 59;

inline bool is_own(caf::message_id id) noexcept {
  return (id.request_id().integer_value() & own_mark) != 0;
}

inline uint64_t ledger_id(caf::message_id id) noexcept {
  return id.request_id().integer_value() & (own_mark - 1);
}

/// With the priority of `like`.
inline caf::message_id own_id(uint64_t ledger_id,
                              caf::message_id like) noexcept {
  return caf::message_id{own_mark | ledger_id}.with_category(like.category());
}

} // namespace resilience
