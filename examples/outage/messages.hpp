// What the actors of this example say to each other.
#pragma once

#include <resilience/actors/all.hpp>

#include <cstdint>
#include <string>

namespace outage {

/// Asks the HTTP actor for its page; answered by a `page` or an error.
struct fetch {};

/// A page that came with status 200.
struct page {
  std::string body;
};

/// What the armed guard answers while it has nothing better.
inline constexpr const char* kept_page = "a page kept from better times";

/// From the thread of the transfers to the HTTP actor: one has ended.
struct fetched {
  uint64_t id = 0;
  /// libcurl's code; 0 where an answer came.
  int32_t code = 0;
  /// The HTTP status, where an answer came.
  int64_t status = 0;
  /// The body, or what went wrong.
  std::string text;
};

/// Tells a caller to ask at its rate from now on.
struct begin {};

/// Tells a caller to ask no more.
struct halt {};

/// A caller's own timer.
struct beat {};

template <class Inspector>
auto inspect(Inspector& f, fetch& x) {
  return resilience::compat::fields(f, x, "fetch");
}

template <class Inspector>
auto inspect(Inspector& f, page& x) {
  using resilience::compat::field;
  return resilience::compat::fields(f, x, "page", field("body", x.body));
}

template <class Inspector>
auto inspect(Inspector& f, fetched& x) {
  using resilience::compat::field;
  return resilience::compat::fields(
    f, x, "fetched", field("id", x.id), field("code", x.code),
    field("status", x.status), field("text", x.text));
}

template <class Inspector>
auto inspect(Inspector& f, begin& x) {
  return resilience::compat::fields(f, x, "begin");
}

template <class Inspector>
auto inspect(Inspector& f, halt& x) {
  return resilience::compat::fields(f, x, "halt");
}

template <class Inspector>
auto inspect(Inspector& f, beat& x) {
  return resilience::compat::fields(f, x, "beat");
}

} // namespace outage

CAF_BEGIN_TYPE_ID_BLOCK(outage, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(outage, (outage::fetch))
CAF_ADD_TYPE_ID(outage, (outage::page))
CAF_ADD_TYPE_ID(outage, (outage::fetched))
CAF_ADD_TYPE_ID(outage, (outage::begin))
CAF_ADD_TYPE_ID(outage, (outage::halt))
CAF_ADD_TYPE_ID(outage, (outage::beat))
CAF_END_TYPE_ID_BLOCK(outage)
