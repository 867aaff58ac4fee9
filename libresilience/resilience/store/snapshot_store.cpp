#include "resilience/store/snapshot_store.hpp"

#include <cstddef>
#include <iterator>

namespace resilience {

const char* to_string(store_errc x) noexcept {
  static constexpr const char* names[] = {
    "none",      "foreign_file", "newer_version", "in_use", "full",
    "no_access", "locked",       "damaged",       "failed"};
  auto i = static_cast<size_t>(x);
  return i < std::size(names) ? names[i] : "invalid";
}

store_error::store_error(store_errc code, const std::string& text)
  : std::runtime_error(text), code_(code) {}

bool store_error::may_pass() const noexcept {
  return code_ == store_errc::full || code_ == store_errc::locked
         || code_ == store_errc::in_use;
}

} // namespace resilience
