// Sending, spelled once for both generations of CAF. Part of the seam
// (compat.hpp). Without state; with a sender only in that actor's own context.
#pragma once

#include "resilience/actors/compat_version.hpp"

#if RESILIENCE_CAF_017
#  include <caf/send.hpp>
#else
#  include <caf/anon_mail.hpp>
#endif

#include <utility>

namespace resilience::compat {

/// Sends without a sender, from any thread.
template <class Handle, class... Ts>
void anon_post(const Handle& to, Ts&&... xs) {
#if RESILIENCE_CAF_017
  caf::anon_send(to, std::forward<Ts>(xs)...);
#else
  caf::anon_mail(std::forward<Ts>(xs)...).send(to);
#endif
}

/// Sends a request from `self` (an actor or a `caf::scoped_actor`); what comes
/// back takes `.then`, `.await` or `.receive`. @param timeout or
/// `caf::infinite`
template <class Self, class Handle, class Timeout, class... Ts>
auto request(Self& self, const Handle& to, Timeout timeout, Ts&&... xs) {
#if RESILIENCE_CAF_017
  return self->request(to, timeout, std::forward<Ts>(xs)...);
#else
  return self->mail(std::forward<Ts>(xs)...).request(to, timeout);
#endif
}

/// Sends from `self` without wanting an answer.
template <class Self, class Handle, class... Ts>
void post(Self& self, const Handle& to, Ts&&... xs) {
#if RESILIENCE_CAF_017
  self->send(to, std::forward<Ts>(xs)...);
#else
  self->mail(std::forward<Ts>(xs)...).send(to);
#endif
}

} // namespace resilience::compat
