// Typed handles, spelled once for both generations of CAF, and what can be told
// of a handle. Part of the seam (compat.hpp). Without state.
#pragma once

#include "resilience/actors/compat_version.hpp"

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/typed_actor.hpp>

#if RESILIENCE_CAF_017
#  include <caf/replies_to.hpp>
#else
#  include <caf/result.hpp>
#endif

#include <type_traits>

namespace resilience::compat {

template <class Signature>
struct typed_signature;

template <class R, class... Ts>
struct typed_signature<R(Ts...)> {
#if RESILIENCE_CAF_017
  using type = typename caf::replies_to<Ts...>::template with<R>;
#else
  using type = caf::result<R>(Ts...);
#endif
};

template <class>
struct answers_nothing;

#if RESILIENCE_CAF_017
template <class In, class Out>
struct answers_nothing<caf::typed_mpi<In, Out>> {
  static constexpr bool value =
    std::is_same_v<
      Out, caf::output_tuple<void>> || std::is_same_v<Out, caf::output_tuple<>>;
};
#else
template <class R, class... Ts>
struct answers_nothing<R(Ts...)> {
  static constexpr bool value = std::is_same_v<R, caf::result<void>>;
};
#endif

template <template <class...> class List, class... Signatures>
constexpr bool all_answer_nothing(const List<Signatures...>*) {
  return (answers_nothing<Signatures>::value && ...);
}

/// Whether whoever asks through a `Handle` can take an empty answer.
template <class Handle>
constexpr bool takes_empty_answers() {
  if constexpr (std::is_same_v<Handle, caf::actor>)
    return true;
  else
    return all_answer_nothing(
      static_cast<const typename Handle::signatures*>(nullptr));
}

/// A typed handle from signatures spelled `R(Args...)`.
template <class... Signatures>
using typed_handle =
  caf::typed_actor<typename typed_signature<Signatures>::type...>;

/// Whether nobody can reach the actor any more. Unlike a look through a strong
/// handle this never ends an actor, so it may be asked under a lock.
inline bool is_gone(const caf::weak_actor_ptr& x) {
  return !x || x->strong_refs == 0;
}

} // namespace resilience::compat
