// Which answers a handle's type promises, told of a message. Part of the seam
// (compat.hpp). Without state.
#pragma once

#include "resilience/actors/compat_version.hpp"

#include <caf/actor.hpp>
#include <caf/message.hpp>
#include <caf/typed_actor.hpp>

#if RESILIENCE_CAF_017
#  include <caf/replies_to.hpp>
#else
#  include <caf/result.hpp>
#endif

#include <type_traits>

namespace resilience::compat {

template <class... Ts>
bool holds_types(const caf::message& x) {
  if constexpr ((std::is_same_v<Ts, caf::message> || ...))
    return true; // anything
  else if constexpr (sizeof...(Ts) == 0 || (std::is_void_v<Ts> || ...))
    return x.empty();
  else
    return x.match_elements<Ts...>();
}

template <class>
struct answer_of;

#if RESILIENCE_CAF_017
template <class In, class... Ts>
struct answer_of<caf::typed_mpi<In, caf::output_tuple<Ts...>>> {
  static bool is(const caf::message& x) {
    return holds_types<Ts...>(x);
  }
};
#else
template <class... Ts, class... In>
struct answer_of<caf::result<Ts...>(In...)> {
  static bool is(const caf::message& x) {
    return holds_types<Ts...>(x);
  }
};
#endif

template <template <class...> class List, class... Signatures>
bool any_answers(const List<Signatures...>*, const caf::message& x) {
  return (answer_of<Signatures>::is(x) || ...);
}

/// Whether `x` is an answer to some request that a `Handle` takes. An untyped
/// handle promises nothing, so everything is.
template <class Handle>
bool may_answer([[maybe_unused]] const caf::message& x) {
  if constexpr (std::is_same_v<Handle, caf::actor>)
    return true;
  else
    return any_answers(static_cast<const typename Handle::signatures*>(nullptr),
                       x);
}

} // namespace resilience::compat
