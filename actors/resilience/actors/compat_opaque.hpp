// Which types CAF knows as messages, and requests that are parts of others.
// Part of the seam (compat.hpp). Without state.
#pragma once

#include "resilience/actors/compat_version.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/type_id.hpp>

#if RESILIENCE_CAF_017
#  include <caf/type_nr.hpp>
#endif

namespace resilience::compat {

/// Whether a `T` can be sent: CAF's own types, and those with an id, which must
/// be registered where this is first asked.
template <class T>
constexpr bool knows_type() {
#if RESILIENCE_CAF_017
  return caf::has_type_id<T>::value || caf::type_nr<T>::value != 0;
#else
  return caf::has_type_id_v<T>;
#endif
}

/// Whether other actors are to answer after the one that has the request: a
/// composition (`g * f`) of 0.17.
inline bool has_stages([[maybe_unused]] const caf::mailbox_element& element) {
#if RESILIENCE_CAF_017
  return !element.stages.empty();
#else
  return false;
#endif
}

} // namespace resilience::compat
